"""Golden files: the files that GitLab gets of a project, as they were read and agreed to.

A folder of `golden/` holds a `wombat.yml` and what is generated with it. To write them anew:
WOMBAT_UPDATE=1. Read them before you commit, as a reviewer of CI would.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from wombat.api.project import compile_all, compile_files, write_files
from wombat.backends import Reused, Selection
from wombat.cli.entry import run
from wombat.digest import digest_json

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
RUN: Final = "gitlab.example.com-4711-815"
OUT: Final = "ci/wombat"
EARLIER: Final = "gitlab-example-com-4711-700"


def served(*parts: str) -> dict[tuple[str, str | None], Reused]:
    """Parts that a run made before this one: `task`, or `task=label`."""
    named = [(one.partition("=")[0], one.partition("=")[2] or None) for one in parts]
    return {one: Reused(EARLIER, digest_json(list(one))) for one in named}


MONTHS: Final = served(*(f"fetch=2026-0{number}" for number in (1, 2, 3)))
CASES: Final[Mapping[str, tuple[str, Selection | None]]] = {
    "free-16.11": ("churn", Selection(RUN, ("churn",), zone="t")),
    "free-18.5": ("churn", Selection(RUN, ("churn",), zone="t", effects=True)),
    "ultimate-18.8": ("churn", Selection(RUN, ("churn",))),
    "six-tasks": ("churn", Selection(RUN, ("churn",))),
    "nothing-to-run": ("two", Selection(RUN, (), ("sales",), ("stock",))),
    "gathered": ("shards", Selection(RUN, ("shards",), zone="t")),
    "reused": (
        "churn",
        Selection(
            RUN, ("churn",), zone="t", reused={"churn": served("load", "features", "score=us")}
        ),
    ),
    "reused-batches": (
        "two",
        Selection(
            RUN,
            ("sales", "stock"),
            zone="t",
            effects=True,
            reused={"sales": MONTHS, "stock": served("count")},
        ),
    ),
    "committed": ("churn", None),
    "committed-18.8": ("two", None),
}


def test_every_folder_is_a_case() -> None:
    assert {folder.name for folder in GOLDEN.iterdir()} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_files_as_they_were_reviewed(name: str, tmp_path: Path) -> None:
    root, selection = project(name, tmp_path), CASES[name][1]
    made = compile_files(compile_all(root), "gitlab", selection, root / OUT).files
    if os.environ.get("WOMBAT_UPDATE"):
        for old in set(GOLDEN.joinpath(name).iterdir()) - {GOLDEN / name / "wombat.yml"}:
            old.unlink()
        write_files(made, GOLDEN / name)
    kept = {f.name: f.read_text("utf-8") for f in GOLDEN.joinpath(name).iterdir()}
    kept.pop("wombat.yml")
    assert made == kept


def test_committed_files_are_stale_when_they_read_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = project("committed-18.8", tmp_path)
    words = ["compile", "-C", str(root), "--to", "gitlab", "--out", str(root / OUT)]
    assert run([*words, "--check"]) == 1
    assert run(words) == 0, capsys.readouterr().err
    assert run([*words, "--check"]) == 0, capsys.readouterr().err
    file = root / OUT / "triggers.yml"
    file.write_text(file.read_text("utf-8").replace("mirror", "depend"), "utf-8")
    assert run([*words, "--check"]) == 1


@pytest.mark.parametrize("folder", ["{other}", "ci/ä", "a b", "$HOME"])
def test_committed_files_stand_where_triggers_can_name_them(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = project("committed-18.8", tmp_path / "project")
    out = folder.format(other=tmp_path / "other")
    assert run(["compile", "-C", str(root), "--to", "gitlab", "--out", str(root / out)]) == 2
    assert "expected a folder of the project" in capsys.readouterr().err
    assert not (root / out).exists()


def project(name: str, folder: Path) -> Path:
    """The sources of a case's project, with its own wombat.yml."""
    shutil.copytree(HERE / "projects" / CASES[name][0], folder, dirs_exist_ok=True)
    shutil.copy(GOLDEN / name / "wombat.yml", folder)
    return folder


def test_a_selection_is_told_as_json() -> None:
    selection = CASES["reused-batches"][1]
    assert selection is not None
    told = json.loads(json.dumps(selection.to_json()))
    assert told["pipelines"] == ["sales", "stock"]
    assert told["reused"]["stock"]["count="]["run"] == EARLIER
    assert sorted(told["reused"]["sales"]) == [f"fetch=2026-0{number}" for number in (1, 2, 3)]
