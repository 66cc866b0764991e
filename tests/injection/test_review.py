"""What merge requests show of a project: texts of users are shown, and mean nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from tests.injection.slots import HEAD, ONE, SLOTS
from tests.injection.test_pipelines import kept_in, made
from tests.injection.writing import quoted
from wombat.cli.entry import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token

pytestmark = pytest.mark.slow

SHOWN = (
    *("description", "owner", "task description", "parameter description", "foreach"),
    *("input artifact, part", "output path", "image", "shell"),
)


@pytest.fixture(params=SHOWN)
def folder(request: pytest.FixtureRequest, tmp_path: Path, capsys) -> Path:
    """What `wombat plan` says of the payloads kept in a slot."""
    slot = SLOTS[request.param]
    root = made(tmp_path / "kept", slot, kept_in(slot, tmp_path / "all"))
    for form in ("text", "markdown", "json"):
        assert run(["plan", "-C", str(root), "--format", form]) == 0
        (tmp_path / f"plan.{form}").write_text(capsys.readouterr().out, "utf-8")
    return tmp_path


def test_a_plan_steers_no_terminal_and_is_json(folder):
    for form in ("text", "markdown"):
        said = (folder / f"plan.{form}").read_text("utf-8")
        assert {c for c in said if not c.isprintable()} <= {"\n"}, form
    assert json.loads((folder / "plan.json").read_text("utf-8"))


def test_a_plan_in_markdown_holds_no_markup_of_users(folder):
    tokens = list(flat(MarkdownIt("gfm-like", {"linkify": False}).parse(text_of(folder))))

    strange = [t for t in tokens if t.type in ("html_block", "html_inline", "image", "link_open")]
    assert [t.content or t.attrs for t in strange] == []
    words = " ".join(t.content for t in tokens if t.type == "text")
    assert re.findall(r"(?<![\w.])@\w+", words) == []
    assert [t for t in tokens if t.type == "heading_open" and t.tag == "h1"][1:] == []


def text_of(folder: Path) -> str:
    return (folder / "plan.markdown").read_text("utf-8")


def flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from flat(token.children or [])


def test_code_quality_is_json_whatever_stands_in_a_mistake(tmp_path, capsys):
    slot = SLOTS["run"]
    root = made(tmp_path, slot, list(kept_in(SLOTS["description"], tmp_path / "all")))
    (root / "pipelines" / "good.yml").write_text(
        HEAD.replace("<N>", "good") + f"owner: {quoted('x')}\n" + ONE
    )

    assert run(["check", "-C", str(root), "--format", "gitlab"]) == 10

    found = json.loads(capsys.readouterr().out)
    assert len(found) > 500
    assert all(one["location"]["path"].startswith("pipelines/p") for one in found)
    assert all(c.isprintable() or c == "\n" for one in found for c in one["description"])
