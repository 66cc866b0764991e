"""What GitLab can't say is an error at the task's place, through one door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.backends.gitlab import BACKEND
from wombat.cli.entry import run
from wombat.digest import Digest
from wombat.plan.ir import Code, Job, Plan, Task

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

WIDE = """pipeline: wide
tasks:
  load:
    foreach: {shard: [%s]}
    shell: ./load
    outputs: {rows: {type: json}}
  report:
    shell: ./report
    inputs: {rows: {from: load, collect: list}}
"""


def compile_wide(root: Path, parts: int) -> int:
    (root / "pipelines").mkdir(exist_ok=True)
    text = WIDE % ", ".join(f"s{number}" for number in range(parts))
    (root / "pipelines" / "wide.yml").write_text(text)
    return run(["compile", "-C", str(root), "--to", "gitlab", "--out", str(root / "out")])


def test_more_needs_than_gitlab_allows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compile_wide(tmp_path, 50) == 0
    capsys.readouterr()
    assert compile_wide(tmp_path, 51) == 10
    said = capsys.readouterr().err
    assert "pipelines/wide.yml:8:5: error[unsupported]: gitlab: job 'wide/report' needs 51" in said
    assert "hint: " in said


def test_more_leaves_than_a_publish_job_can_need(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A publish job needs every leaf, and is bound by the same limit."""
    (tmp_path / "pipelines").mkdir()
    text = WIDE % ", ".join(f"s{number}" for number in range(60))
    (tmp_path / "pipelines" / "wide.yml").write_text(text.partition("  report:")[0])
    code = run(["compile", "-C", str(tmp_path), "--to", "gitlab", "--out", str(tmp_path / "out")])
    assert code == 10
    said = capsys.readouterr().err
    assert "pipelines/wide.yml:4:5: error[unsupported]: gitlab: 60 jobs come last" in said


def plan_of(pipeline: str, *jobs: str) -> Plan:
    code = Code("modules", Digest("0" * 64))
    made = tuple(Job(name, "one", 0) for name in jobs)
    task = Task("one", "shell", code, script="x")
    return Plan(pipeline, f"pipelines/{pipeline}.yml", code.digest, (task,), made)


def test_two_jobs_of_one_name_are_never_written() -> None:
    """Names can't collide as they are made; should they ever, no job may vanish in silence."""
    fine = [plan_of("a", "a/one: [x]", "a/one: [y]"), plan_of("b", "b/one")]
    assert list(BACKEND.supports(fine)) == []
    within = [plan_of("a", "a/one: [x]", "a/one: [x]")]
    between = [plan_of("a", "a/one"), plan_of("b", "a/one")]
    reserved = [plan_of("a", "b/publish"), plan_of("b", "b/one")]
    for plans in (within, between, reserved):
        (found,) = BACKEND.supports(plans)
        assert "two jobs are called" in found.message
