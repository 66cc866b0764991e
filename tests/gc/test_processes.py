"""Writers and collectors as processes at one folder, stopped and killed at random."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.gc.actor import content
from wombat.store import open_store
from wombat.store.doom import artifacts_in

SOAK = bool(os.environ.get("WOMBAT_SOAK"))
ROUNDS = 1_000 if SOAK else 4
SECONDS = 0.9
ROOT = Path(__file__).parents[2]
ACTORS = (("write", "a"), ("write", "b"), ("collect", "x"), ("collect", "y"))


def play(address: Path, dice: random.Random) -> Counter[str]:
    """One round; what was acknowledged and is among the last three of its branch can be read."""
    said = _run(address, dice)
    acknowledged = {}
    for line in said.splitlines():
        words = line.split()
        if words[0] in ("published", "already"):
            acknowledged[words[1]] = int(words[2])
    store = open_store(str(address), project="shop", zone="t")
    checked = 0
    for branch in store.branches("p"):
        for record in list(store.ref_log("p", branch))[:3]:
            if record.name in acknowledged:
                [artifact] = artifacts_in(record.outputs)
                assert store.read_file(artifact, "file") == content(acknowledged[record.name])
                checked += 1
    told = Counter(line.split()[0] for line in said.splitlines())
    told.update(line for line in said.splitlines() if line.startswith("error"))
    told["deleted"] = sum(
        int(line.split()[1]) for line in said.splitlines() if line.startswith("collected")
    )
    told["checked"] = checked
    return told


def _run(address: Path, dice: random.Random) -> str:
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.gc.actor", str(address), what, seed, str(SECONDS)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for what, seed in ACTORS
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    end = time.monotonic() + SECONDS + 0.6
    while time.monotonic() < end:
        time.sleep(dice.uniform(0.01, 0.15))
        one = dice.choice(processes)
        if dice.random() < 0.03:
            one.kill()
            continue
        one.send_signal(signal.SIGSTOP)
        time.sleep(dice.choice((0.005, 0.03, 0.1, 0.3)))
        one.send_signal(signal.SIGCONT)
    return "".join(process.communicate(timeout=120)[0] for process in processes)


@pytest.mark.slow
def test_nothing_that_lives_is_deleted_among_processes(tmp_path: Path) -> None:
    told: Counter[str] = Counter()
    number = 0
    # A busy machine may leave some of them no time: more rounds then, never less that is seen.
    while number < ROUNDS or not met(told):
        assert number < 15 * ROUNDS, told
        told += play(tmp_path / str(number), random.Random(number))
        number += 1
    print(f"{number} rounds: {dict(told)}")


def met(told: Counter[str]) -> bool:
    return told["deleted"] > 0 and all(
        told[word] >= ROUNDS for word in ("checked", "published", "collected")
    )
