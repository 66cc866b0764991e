"""What the documentation shows is true: files pass `check`, commands run, tables are whole."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.docs.pages import (
    ROOT,
    added,
    anchors,
    blocks,
    code,
    commands,
    links,
    prose,
    read,
    tables,
)
from tests.docs.playing import parse, play, told
from tests.docs.projects import (
    GITLAB,
    LANGUAGE,
    README,
    RUNNING,
    SCHEMAS,
    WEATHER,
    codes,
    lay_out,
    write,
)
from wombat.api.scaffold import begin
from wombat.backends._schemas import require_valid
from wombat.backends.gitlab.template import same
from wombat.cli.entry import VERBS, run
from wombat.errors import EXIT_CODES
from wombat.settings import ENVIRONMENT


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """What `wombat init shop` makes; the current folder is its parent."""
    begin(tmp_path / "shop")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "shop"


@pytest.mark.parametrize("page", [LANGUAGE, SCHEMAS])
def test_files_of_a_page_pass(page, tmp_path):
    lay_out(tmp_path, page)
    assert codes(tmp_path) == []


SNIPPETS = [
    pytest.param(page, one, id=f"{Path(page).stem}-{number}")
    for page in (LANGUAGE, SCHEMAS)
    for number, one in enumerate(blocks(page, "yaml"))
    if one.path is None
]


@pytest.mark.parametrize(("page", "snippet"), SNIPPETS)
def test_snippets_are_right_or_wrong_as_said(page, snippet, tmp_path):
    files = lay_out(tmp_path, page)
    if snippet.text.startswith("schema:"):
        write(tmp_path / "schemas" / "snippet.yml", snippet.text)
    else:
        write(tmp_path / WEATHER, added(files[WEATHER], snippet.text))
    assert codes(tmp_path) == ([snippet.wrong] if snippet.wrong else [])


def test_a_snippet_adds_tasks_and_replaces_the_rest():
    base = "pipeline: p\nparams: {a: {type: int}}\ntasks:\n  x:\n    shell: |\n      one\n"
    more = "params: {b: {type: int}}\ntasks:\n  y: {shell: two}\n"
    whole = "pipeline: p\nparams: {b: {type: int}}\ntasks:\n  x:\n    shell: |\n      one\n"
    assert added(base, more) == whole + "  y: {shell: two}\n"


@pytest.mark.slow
def test_the_example_runs(tmp_path, monkeypatch, capsys):
    files = lay_out(tmp_path, LANGUAGE)
    text = files[WEATHER]
    for one in blocks(LANGUAGE, "yaml"):
        if one.path is None and re.search(r"^  (warmest|forecast):", one.text, re.MULTILINE):
            text = added(text, one.text)
    write(tmp_path / WEATHER, text)
    monkeypatch.chdir(tmp_path)
    assert run(["run", "weather", "-p", "production", "-P", "since=2019"]) == 0, capsys.readouterr()
    assert run(["pull", "weather/page", "-o", "page"]) == 0
    assert (tmp_path / "page" / "page.txt").read_text().startswith('bergen: {"months":2}\n')


def python_blocks(*pages: str):
    return [
        pytest.param(
            one.text, one.path or f"{page}, block {number}", id=f"{Path(page).stem}-{number}"
        )
        for page in pages
        for number, one in enumerate(blocks(page, "python"))
    ]


@pytest.mark.parametrize(("text", "where"), python_blocks(README, LANGUAGE, SCHEMAS, RUNNING))
def test_python_compiles(text, where):
    compile(text, where, "exec")


@pytest.mark.parametrize(("text", "where"), python_blocks(SCHEMAS))
def test_python_of_schemas_holds_what_it_asserts(text, where):
    exec(compile(text, where, "exec"), {})


def test_commands_in_the_text_are_commands():
    pages = (README, LANGUAGE, SCHEMAS, RUNNING, GITLAB)
    inline = [one for page in pages for one in code(prose(page))]
    shown = [
        piece
        for page in pages
        for block in blocks(page, "console")
        for one in commands(block.text)
        for piece in one.line.split(" && ")
    ]
    scripts = [
        line for page in pages for one in blocks(page, "sh") for line in one.text.split("\n")
    ]
    shown += [re.sub(r"^([A-Z_]+=\S+ )*", "", line) for line in scripts]
    found = {line for line in (*inline, *shown) if re.match(r"wombat [a-z]", line)}
    assert len(found) > 30
    for line in found:
        parse(shlex.split(line, comments=True)[1:])


def test_the_readme_says_what_commands_say(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    play(README, capsys, but="error[")
    child = (tmp_path / "shop" / "ci" / "wombat" / "shop.yml").read_text("utf-8")
    (shown,) = [one.text for one in blocks(README, "yaml") if "extends: .wombat" in one.text]
    assert shown.strip() in child


def test_the_readmes_refused_edge(shop, monkeypatch, capsys):
    (block,) = [one for one in blocks(README, "console") if "error[edge-refuted]" in one.text]
    (command,) = commands(block.text)
    (line,) = re.findall(r"schemas/shop\.yml:(\d+):\d+: 'email' in shop\.paid", block.text)
    file = shop / "schemas" / "shop.yml"
    lines = file.read_text().splitlines(keepends=True)
    lines.insert(int(line) - 1, "  email: string\n")
    file.write_text("".join(lines))
    monkeypatch.chdir(shop)
    assert run(["check"]) == 10
    said = capsys.readouterr()
    assert set(told("\n".join(command.said))) <= set(told(f"{said.out}\n{said.err}"))


def test_the_readmes_files_pass(shop):
    for one in blocks(README, "yaml"):
        if one.text.startswith("pipeline:"):
            write(shop / "pipelines" / "shop.yml", one.text)
        elif one.text.startswith("schema:"):
            file = shop / "schemas" / "shop.yml"
            _, *others = file.read_text().split("---\n")
            write(file, "---\n".join([one.text, *others]))
    assert codes(shop) == []


@pytest.mark.slow
def test_running_runs(shop, monkeypatch, capsys):
    monkeypatch.chdir(shop)
    play(RUNNING, capsys)
    for one in blocks(RUNNING, "python"):
        values: dict[str, object] = {}
        exec(compile(one.text, RUNNING, "exec"), values)
        assert "country" in values["best"].columns
        assert str(values["report"]).startswith("| country")
    assert "pandas" in sys.modules


def test_gitlab_takes_what_includes_the_template(shop):
    (block,) = [one for one in blocks(RUNNING, "yaml") if one.path == ".gitlab-ci.yml"]
    import yaml

    require_valid(yaml.safe_load(block.text), "gitlab-ci.json", ".gitlab-ci.yml")
    assert (shop / ".gitlab-ci.yml").read_text().endswith(block.text)
    (included,) = yaml.safe_load(block.text)["include"]
    shown = (ROOT / "ci_templates" / "gitlab.yml").read_text()
    assert same((shop / included["local"]).read_text(), shown)


def test_running_knows_every_code_setting_and_verb():
    found = tables(RUNNING)
    (exits,) = [rows for header, rows in found if header[0] == "code"]
    assert [int(row[0]) for row in exits] == list(EXIT_CODES)
    (named,) = [rows for header, rows in found if header[0] == "variable"]
    assert {code(row[0])[0] for row in named} == set(ENVIRONMENT.values())
    text = read(RUNNING)
    for verb, _ in (each for verbs in VERBS.values() for each in verbs):
        assert re.search(rf"wombat {verb}\b", text), verb


@pytest.mark.parametrize(
    "page", [README, *(f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md"))]
)
def test_links_lead_somewhere(page):
    for path, anchor in links(page):
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), path
        if anchor:
            assert anchor in anchors(str(target.resolve().relative_to(ROOT))), (path, anchor)
