"""A project of its own for each test, with a store that remembers, and helpers to make more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wombat.api.session import open_session

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.api.session import Session

PIPELINE = """\
pipeline: shop
params: {factor: {type: int, default: 2}}
tasks:
  numbers:
    run: tasks:numbers
    with: {factor: $params.factor}
    outputs: {numbers: {type: json}}
  split:
    foreach: {region: [us, eu]}
    run: tasks:split
    inputs: {numbers: numbers}
    outputs: {frame: {type: dataframe}, note: {type: text}}
  page:
    shell: |
      printf hello > "$WOMBAT_OUTPUT_PAGE"
      printf 7 > "$WOMBAT_OUTPUT_NUMBERS"
    outputs: {page: {type: file, path: page.txt}, numbers: {type: json}}
"""
TASKS = """\
import pyarrow as pa


def numbers(factor: int) -> list:
    return [n * factor for n in range(3)]


def split(numbers: list, region: str):
    return {"frame": pa.table({"n": numbers}), "note": f"of {region}"}
"""


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own CI must not be taken for the project's."""
    for name in (
        "GITLAB_CI",
        "GITHUB_ACTIONS",
        "WOMBAT_STORE",
        "WOMBAT_ZONE",
        "WOMBAT_RUN",
        "WOMBAT_PROFILE",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project that runs: JSON, parts of frames and texts, a file."""
    folder = tmp_path / "project"
    (folder / "pipelines").mkdir(parents=True)
    (folder / "pipelines" / "shop.yml").write_text(PIPELINE)
    (folder / "tasks.py").write_text(TASKS)
    return folder


@pytest.fixture
def session(root: Path) -> Session:
    return open_session(root)
