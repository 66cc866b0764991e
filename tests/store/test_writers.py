"""Many processes on one ref: as many versions as acknowledgements."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from wombat.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

ACTOR = [sys.executable, "-m", "tests.store.actor"]
WRITERS, COMMITS = (64, 25) if os.environ.get("WOMBAT_SOAK") else (16, 5)


@pytest.mark.slow
def test_versions_are_acknowledgements(tmp_path: Path) -> None:
    address = str(tmp_path / "store")
    writers = [
        subprocess.Popen(
            [*ACTOR, address, "-", f"w{n}", str(COMMITS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(WRITERS)
    ]
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    lines = [line for w in writers for line in w.communicate()[0].splitlines()]
    assert all(w.returncode == 0 for w in writers)
    assert len(lines) == WRITERS * COMMITS
    acknowledged = {line.split()[1] for line in lines if line.startswith("published")}
    store = open_store(address, project="shop", zone="local")
    log = list(store.ref_log("p", "main"))
    assert {r.run for r in log} == acknowledged
    assert [r.seq for r in log] == list(range(len(log), 0, -1))
    for line in lines:
        if not line.startswith("published"):
            assert line.startswith("conflict")
            winner = re.search(r"run '([^']+)'", line)
            assert winner
            assert winner[1] in acknowledged
    assert len(acknowledged) >= COMMITS
