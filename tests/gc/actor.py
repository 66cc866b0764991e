"""One process at a store in a folder, whose hours are milliseconds.

python -m tests.gc.actor STORE collect|write SEED SECONDS
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from tests.gc.world import SMALL, noise
from wombat.errors import WombatError
from wombat.store import Store, doom, journal, open_store
from wombat.store.doom import Doomed
from wombat.store.gc import Clocks, Retention, Rules, collect
from wombat.store.refs import Change

HOUR = 0.01
"""Seconds."""
KEEP = Retention(Rules(keep_last=3, younger_than=0))
CLOCKS = Clocks(
    window=HOUR, grace=24 * HOUR, life=48 * HOUR, removed=60 * HOUR, unfinished=0, closed=0
)
POOL = 6


def shrink() -> None:
    """The clocks of writers, as those of collectors."""
    doom.FRESH, doom.WINDOW, doom.STALE = HOUR / 6, HOUR, 12 * HOUR  # type: ignore[misc]
    journal.WINDOW = HOUR  # type: ignore[misc]


def content(number: int) -> bytes:
    """Some bytes are everybody's, some of a few, some of one."""
    return noise("all", 2000) + noise(number // 2, 3000) + noise(("one", number), 2000)


def write(store: Store, seed: str, number: int) -> None:
    dice = random.Random(f"{seed}-{number}")
    which = dice.randrange(POOL)
    head = store.head("p", seed)
    base = list(doom.artifacts_in(head.outputs)) if head else []
    for last in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file"
            path.write_bytes(content(which))
            artifact = store.push_tree(path, type="file", base=base, sizes=SMALL)
        change = Change(
            "p", seed, f"{seed}-{number}", "0" * 64, number, None, "2026-11-01T00:00:00Z",
            {"o": artifact.to_json()},
        )  # fmt: skip
        try:
            done = store.commit_ref(change)
        except Doomed:
            if last:
                raise
            continue
        print(done.outcome, done.ref, which, flush=True)
        return


def main(address: str, what: str, seed: str, seconds: str) -> None:
    """Prints each commit as soon as it is acknowledged, and each error's code."""
    shrink()
    sys.stdin.readline()  # the starting gun
    end, number = time.monotonic() + float(seconds), 0
    while time.monotonic() < end:
        number += 1
        store = open_store(address, project="shop", zone="t")
        try:
            if what == "write":
                write(store, seed, number)
            else:
                report = collect(store.space, KEEP, apply=True, large=True, clocks=CLOCKS)
                print("collected", report.deletes, report.compacts, flush=True)
        except WombatError as error:
            print("error", error.code, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
