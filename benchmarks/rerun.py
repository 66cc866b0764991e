"""300 small tasks, run first and again when nothing changed: Wombat and what else runs such."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from measure import BIN, Spent, compiled, environment, spent, table  # noqa: E402 -- below ROOT
from runners import RUNNERS, SHAPES, TASKS, Runner, Wombat, WombatAgain, parents  # noqa: E402

from tests.tools.cache import HERE  # noqa: E402

OF_DVC, OF_DOIT, MS_A_TASK = 1 / 15, 1.5, 3.0
YOUNG = 2.5
"""Seconds after which files are told from what is written to them later."""


def main() -> int:
    given = arguments()
    subprocess.run(["bash", str(HERE / "runners.sh")], check=True)
    compiled()
    kept = True
    for shape in given.shapes:
        with tempfile.TemporaryDirectory(prefix="wombat-bench-", dir=given.scratch) as name:
            kept &= measured(shape, Path(name), given)
    return 0 if kept else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, help="where the projects are")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--tools", nargs="+", choices=RUNNERS, default=list(RUNNERS))
    parser.add_argument("--tasks", type=int, default=TASKS)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--firsts", type=int, default=3, help="how often all is run anew")
    return parser.parse_args()


def measured(shape: str, scratch: Path, given: argparse.Namespace) -> bool:
    """Both ways of one graph; whether what was promised is kept."""
    graph = [parents(number, SHAPES[shape]) for number in range(given.tasks)]
    tools = {name: RUNNERS[name] for name in ("wombat", *given.tools)}
    first: dict[str, list[Spent]] = {name: [] for name in tools}
    for number in range(given.firsts):
        for name, tool in tools.items():
            if number and name == "dvc":
                continue  # a minute and a half, which says it all
            # Nothing is removed meanwhile: ext4 looks long for inodes that weren't freed just now.
            folder = scratch / f"{name}{number}"
            project(tool, folder, graph)
            first[name].append(timed(tool, folder))
    alone = one_task(scratch)
    time.sleep(YOUNG)
    again = rerun({**tools, "wombat": WombatAgain()}, scratch, given.rounds)
    told(shape, given.tasks, first, again)
    began = median(first["wombat"])
    print(
        f"\nwombat's first run: {began * 1000 / given.tasks:.2f} ms a task in all, "
        f"{(began - alone) * 1000 / (given.tasks - 1):.2f} ms for each task more than one"
    )
    rows = [("first run, ms a task", "a millisecond", began * 1000 / given.tasks, MS_A_TASK)]
    for name, promised in (("dvc", OF_DVC), ("doit", OF_DOIT)):
        if name in again:
            ratio = median(again["wombat"]) / median(again[name])
            rows.append((f"no-op rerun, {shape}", name, ratio, promised))
    return table(rows)


def project(tool: Runner, folder: Path, graph: list[list[int]]) -> None:
    folder.mkdir(parents=True)
    tool.write(folder, graph)
    if tool.prepare:
        env = environment(dict(tool.quiet))
        subprocess.run(tool.prepare, cwd=folder, env=env, check=True, capture_output=True)


def timed(tool: Runner, folder: Path) -> Spent:
    return spent(tool.words, folder, environment(dict(tool.quiet)))


def one_task(scratch: Path) -> float:
    """What a run of a single task takes: start-up, plan, worker, publish."""
    tool, walls = Wombat(), []
    for number in range(3):
        folder = scratch / f"one{number}"
        project(tool, folder, [[]])
        walls.append(timed(tool, folder).wall)
    return statistics.median(walls)


def rerun(tools: dict[str, Runner], scratch: Path, rounds: int) -> dict[str, list[Spent]]:
    """With nothing to do, after rounds to warm up; the rounds interleave."""
    taken: dict[str, list[Spent]] = {name: [] for name in tools}
    for number in range(rounds + 2):
        for name, tool in tools.items():
            took = timed(tool, scratch / f"{name}0")
            if number >= 2:
                taken[name].append(took)
    said = subprocess.run(
        (str(BIN / "wombat"), "run", "big"),
        cwd=scratch / "wombat0",
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    if "nothing changed" not in said:
        raise SystemExit(f"the rerun did something: {said}")
    return taken


def median(taken: list[Spent]) -> float:
    return statistics.median(one.wall for one in taken)


def told(
    shape: str, tasks: int, first: dict[str, list[Spent]], again: dict[str, list[Spent]]
) -> None:
    print(f"\n### {tasks} tasks, {shape}\n")
    print("| tool | first run, ms a task | no-op rerun, ms | of wombat's | CPU ms |")
    print("|---|---:|---:|---:|---:|")
    for name, firsts in first.items():
        wall, cpu = median(again[name]), statistics.median(one.cpu for one in again[name])
        print(
            f"| {name} | {median(firsts) * 1000 / tasks:.2f} | {wall * 1000:.0f} | "
            f"{wall / median(again['wombat']):.2f} | {cpu * 1000:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
