"""The page on artifact types: its example runs, its tables are whole, its links lead somewhere."""

from __future__ import annotations

import ast
import re
from typing import get_args

import pytest

from tests.docs.pages import ROOT, anchors, blocks, code, links, prose, tables
from tests.docs.projects import codes, lay_out, write
from wombat.cli.entry import run
from wombat.data.forms import form_of
from wombat.language.outputs import FORMATS, TYPES, Encoding, Media
from wombat.schema.policy import DEPTHS

PAGE, LANGUAGE = "docs/ARTIFACTS.md", "docs/LANGUAGE.md"


@pytest.mark.slow
def test_the_example_runs(tmp_path, monkeypatch, capsys):
    lay_out(tmp_path, PAGE)
    write(tmp_path / "wombat.yml", "store: artifacts\n")
    assert codes(tmp_path) == []
    monkeypatch.chdir(tmp_path)
    assert run(["run", "iris", "-p", "production"]) == 0, capsys.readouterr()
    [notebook] = [one for one in blocks(PAGE, "python") if one.path is None]
    exec(notebook.text, {})
    assert "[0 0 0] {'accuracy': 0.9" in capsys.readouterr().out


@pytest.mark.slow
def test_the_refused_model(tmp_path, monkeypatch, capsys):
    """What the page shows is what is said; with the class allowed it is kept."""
    lay_out(tmp_path, PAGE)
    write(tmp_path / "wombat.yml", "store: artifacts\n")
    tasks = tmp_path / "iris" / "tasks.py"
    text = tasks.read_text().replace(
        "sklearn.linear_model import LogisticRegression",
        "sklearn.ensemble import RandomForestClassifier as LogisticRegression",
    )
    tasks.write_text(
        re.sub(r"last\.\w+_\b", "x[:3]", text, count=1).replace("last.intercept_", "x[:3, 0]")
    )
    monkeypatch.chdir(tmp_path)
    assert run(["run", "iris/train"]) == 12
    said = capsys.readouterr().err
    [shown] = blocks(PAGE, "text")
    assert all(line in said for line in shown.text.splitlines())
    [allowed] = re.findall(r"\{type: model, trusted: [^}]*\}", prose(PAGE))
    pipeline = tmp_path / "pipelines" / "iris.yml"
    pipeline.write_text(pipeline.read_text().replace("{type: model}", allowed))
    assert run(["run", "iris/report"]) == 0, capsys.readouterr()


def rows(*header: str, page: str = PAGE):
    [found] = [rows for each, rows in tables(page) if each == header]
    return found


def test_the_tables_are_whole():
    assert [code(row[0])[0] for row in rows("type", "annotation")] == list(TYPES)
    for kind, formats in rows("type", "formats"):
        assert tuple(code(formats)) == FORMATS[code(kind)[0]]
    assert len(rows("type", "formats")) == len(FORMATS)
    assert [code(row[0])[0] for row in rows("`check`", "what is looked at")] == list(DEPTHS)
    header = ("type", "a function returns", "kept as", "good to know")
    assert [code(row[0])[0] for row in rows(*header, page=LANGUAGE)] == list(TYPES)


def test_every_annotation_has_a_form():
    for kind, words in rows("type", "annotation"):
        for text in code(words):
            assert form_of(text), (kind, text)


def test_python_is_python():
    for one in blocks(PAGE, "python"):
        ast.parse(one.text)


def test_its_links_lead_somewhere():
    for path, anchor in links(PAGE):
        target = f"docs/{path}" if path else PAGE
        assert (ROOT / target).is_file(), target
        assert not anchor or anchor in anchors(target), (path, anchor)


@pytest.mark.parametrize(
    ("word", "kinds"), [("media", Media), ("encoding", Encoding), ("type", TYPES)]
)
def test_language_lists_every_choice(word, kinds):
    cells = [row[1] for _, found in tables(LANGUAGE) for row in found if code(row[0])[:1] == [word]]
    choices = set(kinds if isinstance(kinds, tuple) else get_args(kinds))
    assert any(set(code(cell)) == choices for cell in cells)
