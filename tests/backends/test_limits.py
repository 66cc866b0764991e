"""What GitLab can't say is an error at the task's place, through one door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.cli.entry import run

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
