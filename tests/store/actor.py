"""One process that works on a store, for tests of races and of sudden ends."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from wombat.digest import digest_json
from wombat.errors import Conflict
from wombat.store import Store, open_store

TIME = "2026-11-01T00:00:00Z"


def tree(top: Path, seed: str) -> Path:
    """A file that needs a pack, and a small one; the same for the same seed."""
    top.mkdir(parents=True)
    (top / "big").write_bytes(random.Random(seed).randbytes(200_000))
    (top / "small").write_text(seed)
    return top


def work(store: Store, folder: Path, run: str, order: int = 1) -> str:
    """Push, header, attempt, result, publish; returns the outcome."""
    artifact = store.push_tree(folder, type="directory")
    store.create_header("p", run, {"seed": run})
    output = artifact.to_json()
    attempt = store.record_attempt("p", run, "t", None, {"state": "done", "outputs": {"o": output}})
    store.record_result("ab" * 32, run, attempt, {"outputs": {"o": output}})
    published = store.publish(
        pipeline="p",
        branch="main",
        run=run,
        plan="0" * 64,
        order=order,
        commit=None,
        time=TIME,
        outputs={"o": output},
        results={"ab" * 32: {"o": output}},
    )
    return published.outcome


def several(address: str, top: str, *runs: str) -> None:
    """Opens the store, publishes each run, and says so."""
    store = open_store(address, project="shop", zone="local")
    for order, run in enumerate(runs, 1):
        assert work(store, Path(top, run), run, order) == "published"
        print(run, flush=True)


def main(address: str, folder: str, run: str, commits: str) -> None:
    """Prints each commit's outcome as soon as it is acknowledged."""
    store = open_store(address, project="shop", zone="local")
    if commits == "-":
        print(work(store, Path(folder), run), flush=True)
        return
    sys.stdin.readline()  # the starting gun
    for number in range(int(commits)):
        name = f"{run}-{number}"
        try:
            published = store.publish(
                pipeline="p",
                branch="main",
                run=name,
                plan="0" * 64,
                order=1,
                commit=None,
                time=TIME,
                outputs={"o": {"C": digest_json(name)}},
            )
            print(published.outcome, name, flush=True)
        except Conflict as error:
            print("conflict", name, error.message, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
