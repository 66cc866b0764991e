"""A plan of 1,000 tasks against 100,000 results in a bucket 30 ms away: requests and seconds."""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from gate import Gate  # noqa: E402 -- below ROOT
from measure import BIN, compiled, environment, spent, table  # noqa: E402
from runners import Wombat, parents  # noqa: E402

from tests.s3.servers import ENVIRON, Server, running  # noqa: E402
from tests.tools.cache import HERE  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

TASKS, WIDTH, RUNS = 1000, 50, 100
"""Each run left a result of each task."""
KEPT = 10
"""Of so many runs each result has a record of its own, too, as where no two runs made the same."""
FAR = 30.0
REQUESTS, SECONDS = 50, 2.0
PREFIX = "plan"


def main() -> int:
    given = arguments()
    subprocess.run(["bash", str(HERE / "install.sh"), "servers"], check=True)
    compiled()
    with tempfile.TemporaryDirectory(prefix="wombat-bench-", dir=given.scratch) as name:
        scratch = Path(name)
        (scratch / "server").mkdir()
        with running("seaweed", scratch / "server") as server:
            folder = scratch / "project"
            folder.mkdir()
            Wombat().write(folder, [parents(number, WIDTH) for number in range(given.tasks)])
            history(server, folder, given.runs, given.kept)
            kept = [measured(server, folder, scratch, way, given) for way in CHANGES]
    return 0 if all(kept) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, help="where the server and the project are")
    parser.add_argument("--tasks", type=int, default=TASKS)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--kept", type=int, default=KEPT, help="runs with records of their own")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def env(address: str) -> dict[str, str]:
    told = {**ENVIRON, "WOMBAT_STORE": address, "WOMBAT_PROJECT": "bench"}
    return environment({**told, "WOMBAT_ALLOW_ENDPOINT": "127.0.0.1"})


def history(server: Server, folder: Path, runs: int, kept: int) -> None:
    """One real run, and segments of many others: a few of them newer than it."""
    address = server.address(PREFIX)
    for words in (("store", "init", address), ("run", "big", "-q", "-j", "2")):
        spent((str(BIN / "wombat"), *words), folder, env(address))
    os.environ.update(ENVIRON)
    from wombat.store import open_store
    from wombat.store.cache import write_segment
    from wombat.store.parallel import each

    store = open_store(address, project="bench", zone="local", create=False)
    real = next(iter(store.segments("big")))
    began = datetime.fromisoformat(real["time"])
    for number in range(1, runs):
        moment = began + timedelta(minutes=3 - number if number > 2 else number)
        told = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        made = others(real["results"], number)
        write_segment(store.space, "big", f"other-{number}", told, made)
        if number < kept:
            write = partial(store.record_result, run=f"other-{number}", attempt=1)
            list(each(lambda one, write=write: write(one[0], result=one[1]), made.items()))


def others(results: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The same results at other keys, as code that has changed since would have left them."""
    found = {}
    for key, entry in results.items():
        other = hashlib.sha256(f"{number} {key}".encode()).hexdigest()
        found[other] = {**entry, "key": other}
    return found


def same(folder: Path) -> None:
    """Nothing has changed since the real run."""


def one_function(folder: Path) -> None:
    """A task in the first row changed: what reads it may run."""
    text = (folder / "tasks.py").read_text()
    (folder / "tasks.py").write_text(text.replace("return 7\n", "return 7 + 0\n"))


def a_row(folder: Path) -> None:
    """All tasks of the first row changed."""
    text = (folder / "tasks.py").read_text()
    for number in range(WIDTH):
        text = text.replace(f"return {number}\n", f"return {number} + 1\n")
    (folder / "tasks.py").write_text(text)


CHANGES = {"nothing changed": same, "one task changed": one_function, "50 tasks changed": a_row}


def measured(
    server: Server, folder: Path, scratch: Path, way: str, given: argparse.Namespace
) -> bool:
    CHANGES[way](folder)
    gate = Gate(server.endpoint, scratch / "counts", latency=FAR)
    words = (str(BIN / "wombat"), "plan", "big", "--format", "json")
    walls, asked = [], {}
    for _ in range(given.rounds):
        address = server.address(PREFIX, int(gate.endpoint.rpartition(":")[2]))
        with gate.opened() as found:
            walls.append(spent(words, folder, env(address)).wall)
        asked = found
    here = [spent((*words, "--offline"), folder, env(server.address(PREFIX))).wall]
    print(f"\n### {way}: {given.tasks} tasks, {given.tasks * given.runs:,} results, {FAR:g} ms\n")
    wall = statistics.median(walls)
    print(f"{wall:.2f} s, of which {here[0]:.2f} s without any store; {asked['kinds']}, "
          f"{asked['rounds']} rounds, {asked['received'] / 1e6:.1f} MB")  # fmt: skip
    return table(
        [
            ("requests", "one", float(asked["requests"]), REQUESTS),
            ("seconds", "a second", wall, SECONDS),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
