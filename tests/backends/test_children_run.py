"""Generated children, run job for job in real shells: committed files, batches, gather jobs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import scratch_project, tools

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.harness import Project

__all__ = ["scratch_project", "tools"]
pytestmark = pytest.mark.slow
OUT = "ci/wombat"
INCLUDE = f"include: {{local: {OUT}/triggers.yml}}\n"
PARTS = """pipeline: parts
tasks:
  load:
    foreach: {shard: [a, b, c, d, e, f, g, h, i, j, k]}
    batch: 2
    command: [sh, -c, 'echo "\\"$1\\"" > "$2"', load, $foreach.shard, $outputs.word]
    outputs: {word: {type: json}}
  total:
    command: [sh, -c, 'cat "$1"/*/* > "$2"', total, $inputs.words, $outputs.all]
    inputs: {words: {from: load, collect: directory}}
    outputs: {all: {type: file, path: all.txt}}
"""


def headers(project: Project, pipeline: str) -> list[dict[str, object]]:
    assert project.store is not None
    found = sorted(project.store.glob(f"*/shop/runs/{pipeline}/*/header"))
    return [json.loads(file.read_text())["header"] for file in found]


@pytest.fixture
def committed(scratch_project: Callable[[str], Project]) -> Project:
    project = scratch_project("churn")
    project.write("pipelines/parts.yml", PARTS)
    project.write("wombat.yml", "project: shop\ngitlab: {limits: {needs: 3}}\n")
    project.write(".gitlab-ci.yml", INCLUDE)
    project.wombat("compile", "--to", "gitlab", "--out", OUT)
    project.commit()
    return project


def test_committed_children_do_every_task(committed: Project) -> None:
    ran = committed.gitlab()

    codes = ran.exit_codes()
    assert set(codes.values()) == {0}, ran.output
    batches = {f"parts/load: [{number}/6]" for number in range(1, 7)}
    gathers = {f"parts/gather-total: [{number}/2]" for number in (1, 2)}
    ends = {"parts/total", "parts/publish", "churn/publish", "wombat-check"}
    assert batches | gathers | ends <= set(codes), ran.output
    committed.wombat("pull", "parts/all", "-o", "pulled")
    (file,) = (committed.root / "pulled").rglob("all.txt")
    assert file.read_text() == "".join(f'"{letter}"' for letter in "abcdefghijk")
    (header,) = headers(committed, "parts")
    assert header["event"] == "push", header


def test_a_stale_file_fails_the_check_and_starts_nothing(committed: Project) -> None:
    committed.write("pipelines/parts.yml", PARTS.replace("batch: 2", "batch: 3"))
    committed.commit()

    ran = committed.gitlab()

    assert ran.exit_codes() == {"wombat-check": 1}, ran.output
    assert "stale: ci/wombat/parts.yml" in ran.job("wombat-check").log
    assert headers(committed, "parts") == []


def test_a_child_in_which_nothing_runs_is_green(scratch_project: Callable[[str], Project]) -> None:
    from wombat.api.project import compile_all, compile_files
    from wombat.backends import Selection

    project = scratch_project("churn")
    selection = Selection("r1", (), unchanged=("churn",))
    made = compile_files(compile_all(project.root), "gitlab", selection)
    project.write("child.yml", made.files["child.yml"])

    ran = project.gitlab("--file", "child.yml")

    assert ran.exit_codes() == {"wombat/unchanged": 0}, ran.output
    assert "Nothing to run; pipelines unchanged: 1" in ran.job("wombat/unchanged").log
