"""docs/gitlab.md is true: its way is gone, its files are taken, its tables and codes are whole."""

from __future__ import annotations

import os
import re
import tomllib
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from tests.backends.gitlab_sources import SOURCES
from tests.docs.pages import ROOT, added, blocks, code, read, sections, tables
from tests.docs.playing import play_block
from tests.docs.projects import GITLAB, codes, write
from tests.forge.server import PROJECT, SECRET, Server
from wombat.api.scaffold import begin
from wombat.backends._schemas import require_valid
from wombat.backends.gitlab.inputs import vendored
from wombat.backends.gitlab.keywords import FLOOR, SINCE, TIER, available
from wombat.backends.gitlab.template import template
from wombat.cli.entry import run
from wombat.errors import EXIT_CODES
from wombat.language.pipeline import PipelineDecl
from wombat.language.project import ProjectDecl

if TYPE_CHECKING:
    from pathlib import Path

    from tests.docs.pages import Block

GOLDEN: Final = "tests/backends/golden/"
SHOP: Final = "pipelines/shop.yml"
WAY: Final = slice("## From an empty project", "## What each event does")
YAML: Final = blocks(GITLAB, "yaml")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    begin(tmp_path)
    return tmp_path


def kind(block: Block) -> str:
    """Which file a snippet belongs to, by its first key."""
    first = next(iter(sections(block.text)), "")
    if block.path:
        return block.path
    if first in PipelineDecl.model_fields:
        return SHOP
    return "wombat.yml" if first in ProjectDecl.model_fields else ".gitlab-ci.yml"


def lay(root: Path, block: Block) -> None:
    """Writes a file that is shown, or adds a snippet to the one that it belongs to."""
    path = kind(block)
    if block.path:
        write(root / path, block.text)
    else:
        write(root / path, added((root / path).read_text("utf-8"), block.text))


@pytest.mark.parametrize("block", [one for one in YAML if kind(one) in (SHOP, "wombat.yml")])
def test_files_and_snippets_pass(block: Block, shop: Path):
    write(shop / "requirements.lock", f"wombat-ci==1 --hash=sha256:{'a' * 64}\n")
    write(shop / "ci" / "own.yml", ".ours: {}\n")
    lay(shop, block)
    assert codes(shop) == []
    if kind(block) == "wombat.yml":
        words = ["compile", "-C", str(shop), "--to", "gitlab", "--out"]
        assert run([*words, str(shop / "ci")]) == 0


@pytest.mark.parametrize("block", [one for one in YAML if kind(one).endswith("ci.yml")])
def test_gitlab_takes_what_stands_in_its_own_files(block: Block):
    require_valid(yaml.safe_load(block.text), "gitlab-ci.json", ".gitlab-ci.yml")


def test_gitlab_takes_files_that_jobs_are_made_from():
    (block,) = [one for one in YAML if kind(one) == "ci/own.yml"]
    require_valid(yaml.safe_load(block.text), "gitlab-ci.json", "ci/own.yml")
    assert all(name.startswith(".") for name in yaml.safe_load(block.text))


def way() -> list[Block]:
    """The blocks of the way from an empty project, in their order."""
    text = read(GITLAB)
    there = text[text.index(WAY.start) : text.index(WAY.stop)]
    return [one for one in blocks(GITLAB) if one.text in there]


@pytest.mark.slow
def test_the_way_can_be_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITLAB_TOKEN", SECRET)
    with Server() as server:
        where = ("--server", server.address, "--repository", PROJECT)
        more = {"wombat schedule sync": where, "wombat doctor --token": where}
        for block in way():
            if block.language == "console":
                play_block(block.text, capsys, more)
            elif block.language == "yaml":
                lay(tmp_path / "shop", block)
        assert server.state.violations == []
        assert list(server.state.shown()) == ["wombat: shop"]
    assert run(["schedule", "show"]) == 0
    assert re.search(r"shop +0 3 \* \* \* +Europe/Berlin .* due", capsys.readouterr().out)


def test_the_runners_file_can_be_read():
    (block,) = blocks(GITLAB, "toml")
    (runner,) = tomllib.loads(block.text)["runners"]
    assert runner["docker"]["volumes"][0] == "/srv/wombat:/srv/wombat"


def test_generated_files_are_the_golden_ones():
    """With WOMBAT_UPDATE=1 the page takes them over."""
    text = read(GITLAB)
    shown = [one for one in YAML if one.path and one.path.startswith(GOLDEN)]
    assert len(shown) >= 3
    for one in shown:
        head = f"`{one.path}`:\n\n```yaml\n"
        text = text.replace(f"{head}{one.text}```", f"{head}{read(str(one.path))}```")
    if os.environ.get("WOMBAT_UPDATE"):
        (ROOT / GITLAB).write_text(text, "utf-8")
    assert text == read(GITLAB)


def rows(*header: str) -> dict[str, tuple[str, ...]]:
    """A table by the code in its first column, each cell's codes."""
    (found,) = [rows for head, rows in tables(GITLAB) if head[: len(header)] == header]
    return {one: row[1:] for row in found for one in code(row[0])}


def test_what_the_server_decides_is_in_the_table():
    newer = {key: since for key, since in SINCE.items() if not available(key, FLOOR)}
    found = {key: row[0] for key, row in rows("keyword", "since").items()}
    assert found == newer | TIER


EVENTS: Final = (
    ("plan", "push-default", "push-default-unprotected"),
    ("plan", "push-branch", "push-protected-branch"),
    ("plan", "merge-request"),
    ("run", "merge-request"),
    ("plan", "merged-result", "merge-train"),
    ("plan", "fork-in-the-project", "merge-request-closed"),
    ("plan", "push-tag", "push-protected-tag"),
    *[("plan", "schedule-default", "schedule-branch", "schedule-protected-branch")] * 2,
    ("plan", "web-default", "web-branch", "api-default", "trigger-default", "other-project"),
    ("plan", "chat-default", "webide-default"),
)
"""What each row of the table of events is for the tests of the template."""


def test_each_event_starts_the_jobs_that_the_table_says():
    (found,) = [rows for head, rows in tables(GITLAB) if head[0] == "event"]
    for row, (mode, *sources) in zip(found, EVENTS, strict=True):
        expected = [getattr(SOURCES[one], mode) for one in sources]
        jobs = {f"wombat-{one}" for one in ("check", "compile", "run", "try") if one in row[1]}
        assert all(set(one) - {"wombat-report"} == jobs for one in expected), row
        zones = {one["wombat-compile"] for one in expected if "wombat-compile" in one}
        assert set(code(row[3])) == zones, row


def test_the_templates_inputs_and_jobs_are_in_the_tables():
    options = {"image": "busybox", "tags": ["docker"]}
    assert set(rows("input", "default")) == set(vendored(options, []))
    jobs = set(re.findall(r"^(wombat-\w+):", template(options, [], component=True), re.MULTILINE))
    assert set(rows("job", "does")) == jobs


def test_the_runbook_has_a_paragraph_for_every_code():
    text = read(GITLAB)
    found = re.findall(r"^### Exit (\d+)\n\n(.+?)\n\n(?=#)", text, re.MULTILINE | re.DOTALL)
    assert [int(number) for number, _ in found] == list(EXIT_CODES)
    for number, said in found:
        assert "\n\n" not in said, f"exit {number} has more than a paragraph"


def test_the_rules_that_the_runbook_names_end_with_its_codes():
    said = re.findall(r"^### Exit (\d+)\n\n(.+?)\n\n(?=#)", read(GITLAB), re.MULTILINE | re.DOTALL)
    named = [
        (number, one)
        for number, text in said
        for one in code(text)
        if re.fullmatch(r"[a-z]+(-[a-z]+)+", one) and not one.startswith("wombat-")
    ]
    assert len(named) > 10
    for number, one in named:
        rule = read(f"wombat/rules/{one}.md")
        ends = re.findall(r"[Ee]xit(?: code)? (\d+)", rule)
        assert not ends or number in ends, one
