"""Files that `gitlab: {include: …}` names: looked for where GitLab would, and only those."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wombat.api.project import check

if TYPE_CHECKING:
    from pathlib import Path


def said(root: Path, include: str) -> list[str]:
    (root / "pipelines").mkdir(parents=True, exist_ok=True)
    (root / "pipelines" / "a.yml").write_text("pipeline: a\ntasks: {one: {shell: date}}\n")
    (root / "wombat.yml").write_text(f"gitlab: {{include: [{include}]}}\n")
    return [one.code for one in check(root).diagnostics]


@pytest.mark.parametrize("include", ["ci/own.yml", "/ci/own.yml", "{local: /ci/own.yml}"])
def test_a_plain_path_must_be_a_file(tmp_path: Path, include: str):
    assert said(tmp_path, include) == ["include-file"]
    (tmp_path / "ci" / "own.yml").mkdir(parents=True)
    assert said(tmp_path, include) == ["include-file"]
    (tmp_path / "ci" / "own.yml").rmdir()
    (tmp_path / "ci" / "own.yml").write_text(".ours: {}\n")
    assert said(tmp_path, include) == []


@pytest.mark.parametrize(
    "include",
    [
        "https://example.com/ci.yml",
        "'ci/*.yml'",
        "{project: group/ci, file: /own.yml}",
        "{component: example.com/group/ci/own@1}",
        "{template: Auto-DevOps.gitlab-ci.yml}",
    ],
)
def test_what_is_elsewhere_cannot_be_looked_for(tmp_path: Path, include: str):
    assert said(tmp_path, include) == []


def test_paths_count_from_the_repositorys_root(tmp_path: Path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "part" / "ci").mkdir(parents=True)
    (tmp_path / "part" / "ci" / "own.yml").write_text(".ours: {}\n")
    assert said(tmp_path / "part", "ci/own.yml") == ["include-file"]
    assert said(tmp_path / "part", "part/ci/own.yml") == []
