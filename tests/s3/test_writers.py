"""Many processes on one ref of a real server: as many versions as acknowledgements."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from wombat.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.s3.servers import Server

pytestmark = pytest.mark.slow
WRITERS, COMMITS = (64, 25) if os.environ.get("WOMBAT_SOAK") else (16, 10)


def race(address: str, writers: int, commits: int) -> list[list[str]]:
    """What each commit of each writer said: its outcome, its run, and what more there was."""
    argv = [sys.executable, "-m", "tests.store.actor", address, "-"]
    started = [
        subprocess.Popen(
            [*argv, f"w{number}", str(commits)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(writers)
    ]
    for one in started:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    lines = [line for one in started for line in one.communicate()[0].splitlines()]
    assert all(one.returncode == 0 for one in started)
    assert len(lines) == writers * commits
    return [line.split(maxsplit=2) for line in lines]


def test_versions_are_acknowledgements(servers: Callable[[str], Server], prefix: str) -> None:
    address = servers("seaweed").address(prefix)
    store = open_store(address, project="shop", zone="local")
    said = race(address, WRITERS, COMMITS)
    acknowledged = {run for outcome, run, *_ in said if outcome == "published"}
    log = list(store.ref_log("p", "main"))
    assert {record.run for record in log} == acknowledged
    assert [record.seq for record in log] == list(range(len(log), 0, -1))
    for outcome, _, *rest in said:
        if outcome != "published":
            winner = re.search(r"run '([^']+)'", rest[0])
            assert winner
            assert outcome == "conflict"
            assert winner[1] in acknowledged
    assert len(acknowledged) >= COMMITS


def test_without_conditional_writes_nothing_is_overwritten(
    servers: Callable[[str], Server], prefix: str
) -> None:
    address = servers("rclone").address(prefix)
    store = open_store(address, project="shop", zone="local")
    said = race(address, 6, 3)
    acknowledged = {run for outcome, run, *_ in said if outcome == "published"}
    log = list(store.ref_log("p", "main"))
    assert acknowledged <= {record.run for record in log}
    assert len({record.name for record in log}) == len(log)
