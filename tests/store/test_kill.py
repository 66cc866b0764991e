"""Killed at any system call of push and publish: nothing acknowledged is lost, nothing is wrong."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.store.actor import tree, work
from wombat.digest import digest_bytes
from wombat.store import Artifact, Store, names, open_store
from wombat.store.doom import artifacts_in
from wombat.store.reading import open_alone
from wombat.store.records import unseal
from wombat.store.whole import check_manifest

if TYPE_CHECKING:
    from pathlib import Path

SOAK = bool(os.environ.get("WOMBAT_SOAK"))
"""Opening to read changes nothing: it is left out of the quicker rounds."""
CALLS = ("openat", "write", "fsync", "link", "unlink", "mkdir")
EACH = 4
# `-B`: no bytecode is written, so that every run makes the same calls.
ACTOR = [sys.executable, "-B", "-m", "tests.store.actor"]


def strace(arguments: list[str], *options: str) -> subprocess.CompletedProcess[str]:
    """Only calls that touch the store's path count, except write and fsync: they have none."""
    command = ["strace", "-f", "-qq", *options, *ACTOR, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def sound(store: Store) -> None:
    """Every final name holds what it says; every record leads to whole artifacts."""
    rooted: set[Artifact] = set()
    for key in store.blobs.list("local/"):
        name = names.parse(key)
        assert name is not None, f"{key} is no name of ours"
        data = store.blobs.get(key)
        if name.kind == "pack":
            assert digest_bytes(data) == name["digest"]
        elif name.kind == "manifest":
            artifact = Artifact(name["content"], name["manifest"])  # type: ignore[arg-type]
            check_manifest(open_alone(store.space, artifact))
        else:
            rooted.update(artifacts_in(unseal(key, name.kind, data)))
    for artifact in rooted:
        for file in store.manifest(artifact):
            assert digest_bytes(store.read_file(artifact, file.path)) == file.digest
    for record in store.ref_log("p", "main"):
        artifact = Artifact.from_json(record.outputs["o"])
        assert store.read_file(artifact, "small") == record.run.encode()


def points(tmp_path: Path) -> list[tuple[str, int]]:
    """How often each call is made by one whole run, counted from the first of the store."""
    start(tmp_path / "count")
    log = tmp_path / "log"
    names_of = ",".join(CALLS)
    done = strace(
        [str(tmp_path / "count" / "store"), str(tmp_path / "count" / "tree"), "r1", "-"],
        "-o",
        str(log),
        "-e",
        f"trace={names_of}",
    )
    assert done.returncode == 0, done.stderr
    found: dict[tuple[str, int], None] = {}
    counts: Counter[tuple[str, str]] = Counter()
    begun = False
    for line in log.read_text().splitlines():
        if match := re.match(r"(\d+) +(\w+)\(", line):
            # strace counts the calls of each thread by itself.
            thread, call = match[1], match[2]
            counts[thread, call] += 1
            begun = begun or "/count/store/wombat.json" in line
            if begun and (SOAK or call != "openat" or "O_CREAT" in line):
                found[call, counts[thread, call]] = None
    return list(found)


def chosen(every: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Of each call the first, the last, and some between."""
    dice, found = random.Random(1), []
    for call in CALLS:
        mine = [one for one in every if one[0] == call]
        between = dice.sample(mine[1:-1], min(EACH, max(0, len(mine) - 2)))
        found += [one for one in mine if one in (mine[0], mine[-1], *between)]
    return found


def start(top: Path) -> None:
    tree(top / "tree", "r1")
    tree(top / "tree0", "r0")
    store = open_store(str(top / "store"), project="shop", zone="local")
    assert work(store, top / "tree0", "r0") == "published"


@pytest.mark.slow
def test_killed_at_every_call(tmp_path: Path) -> None:
    every = points(tmp_path)
    assert len(every) > 50
    assert {call for call, _ in every} == set(CALLS)
    every = every if SOAK else chosen(every)
    killed = 0
    for number, (call, when) in enumerate(every):
        top = tmp_path / str(number)
        start(top)
        done = strace(
            [str(top / "store"), str(top / "tree"), "r1", "-"],
            "-e",
            f"trace={call}",
            "-e",
            f"inject={call}:signal=SIGKILL:when={when}",
            "-o",
            "/dev/null",
        )
        killed += done.returncode != 0
        store = open_store(str(top / "store"), project="shop", zone="local")
        sound(store)
        runs = [r.run for r in store.ref_log("p", "main")]
        assert "r0" in runs, "an acknowledged ref is gone"
        if "published" in done.stdout:
            assert "r1" in runs, "an acknowledged ref is gone"
        # The next try needs nobody's help, and recognises what was done.
        assert work(store, top / "tree", "r1") == ("already" if "r1" in runs else "published")
        sound(store)
        assert sorted(r.run for r in store.ref_log("p", "main")) == ["r0", "r1"]
    assert killed > len(every) * 0.9
