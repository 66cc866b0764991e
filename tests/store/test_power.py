"""Power lost at any point, with any of what wasn't synced: nothing acknowledged is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.store.actor import tree, work
from tests.store.powerloss import OPTIONS, Disk, read_log, replay
from tests.store.test_kill import sound
from wombat.errors import WombatError
from wombat.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

SOAK = bool(os.environ.get("WOMBAT_SOAK"))
RUNS = ["r0", "r1", "r2"] if SOAK else ["r0", "r1"]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The calls of one process that makes a store and publishes to it."""
    top = tmp_path_factory.mktemp("power")
    for run in RUNS:
        tree(top / run, run)
    script = "import sys; from tests.store.actor import several; several(*sys.argv[1:])"
    command = [sys.executable, "-B", "-c", script, str(top / "disk" / "store"), str(top), *RUNS]
    (top / "disk").mkdir()
    done = subprocess.run(
        ["strace", *OPTIONS, "-o", str(top / "log"), *command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == RUNS
    return (top / "log").read_text(), top


def checked(place: Path, said: list[str], top: Path, *, go_on: bool) -> None:
    """The state opens, verifies, holds what was acknowledged; and the next run just works."""
    store = open_store(str(place / "store"), project="shop", zone="local")
    sound(store)
    runs = [r.run for r in store.ref_log("p", "main")]
    assert set(said) <= set(runs), f"{said} were acknowledged, {runs} are there"
    if go_on:
        last = RUNS[-1]
        again = work(store, top / last, last, len(RUNS))
        assert again == ("already" if last in runs else "published")
        sound(store)
    shutil.rmtree(place)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost(log: tuple[str, Path], tmp_path: Path) -> None:
    text, top = log
    disk = read_log(text, str(top / "disk"))
    assert len(disk.acknowledged) == len(RUNS)
    met, states = replay(
        disk,
        tmp_path,
        lambda place, said, number: checked(place, said, top, go_on=SOAK or number % 8 == 0),
        drops=2 if SOAK else 1,
    )
    assert met > 500
    assert states >= 40
    print(f"{disk.times} cuts, {met} states, {states} that differ")


def without(disk: Disk, *, folders: bool) -> Disk:
    """As if files, or folders, were never fsynced."""
    for op in disk.ops:
        if (op.inode in disk.folders) is folders:
            op.durable = 1 << 60
    return disk


@pytest.mark.slow
@pytest.mark.parametrize("folders", [False, True], ids=["files", "folders"])
def test_without_fsync_it_is_noticed(log: tuple[str, Path], tmp_path: Path, folders: bool) -> None:
    """The replay can fail: it isn't blind."""
    text, top = log
    disk = without(read_log(text, str(top / "disk")), folders=folders)

    with pytest.raises((AssertionError, WombatError)):
        replay(
            disk, tmp_path, lambda place, said, _: checked(place, said, top, go_on=False), drops=1
        )
