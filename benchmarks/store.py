"""The store against DVC, restic and borg, with cp and rclone for scale: one interleaved run."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from gate import Gate  # noqa: E402 -- tests are found below ROOT
from measure import BIN, compiled, environment, spent  # noqa: E402
from peers import TOOLS  # noqa: E402
from rows import ROWS, Bench, Size  # noqa: E402
from targets import Target, growth, history, targets  # noqa: E402
from tool import Place  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

LAST = "## The last run"
PLACES = ("local", "sea", "far")
FAR = {"latency": 30.0, "bandwidth": 100.0}
"""Milliseconds there and back, Mbit/s."""


def main() -> int:
    given = arguments()
    # Servers and scratch folders go with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    subprocess.run(["bash", str(ROOT / "tests" / "tools" / "peers.sh")], check=True)
    compiled()
    scratch = Path(tempfile.mkdtemp(prefix="wombat-bench-", dir=given.scratch))
    report = Report(given.out)
    report.head()
    kept = True
    try:
        for name in given.on:
            kept &= measured(name, given, scratch, report)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if given.into:
        report.insert(given.into)
    return 0 if kept else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, help="where data and stores are; some 20 GB")
    parser.add_argument("--quick", action="store_true", help="a sixteenth of the sizes")
    parser.add_argument("--rows", type=_list(ROWS), default=list(ROWS))
    parser.add_argument("--on", type=_list(PLACES), default=["local"])
    parser.add_argument("--tools", type=_list(TOOLS), default=list(TOOLS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--into", type=Path, help="a page whose last section is replaced")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench" / "store")
    return parser.parse_args()


def _list(known: object) -> object:
    def parse(text: str) -> list[str]:
        words = text.split(",")
        if unknown := [w for w in words if w not in known]:  # type: ignore[operator]
            raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {', '.join(known)}")  # type: ignore[call-overload]
        return words

    return parse


def measured(name: str, given: argparse.Namespace, scratch: Path, report: Report) -> bool:
    """All rows in one place; whether every promise was kept."""
    size = Size().smaller(16) if given.quick else Size()
    if name == "far":
        size = size.smaller(8)  # the line decides there, and hours would say no more
    with place(name, scratch) as (where, gate):
        tools = [TOOLS[t] for t in given.tools if name in TOOLS[t].places]
        bench = Bench(where, tools, scratch, size, given.rounds, gate)
        bench.said = report.line
        for row in given.rows:
            ROWS[row](bench)
            found = targets(bench, start_up())
            report.write(bench, found, size)
        return all(t.kept for t in found)


@contextmanager
def place(name: str, scratch: Path) -> Iterator[tuple[Place, Gate | None]]:
    """A folder; a SeaweedFS; the same behind a long and narrow line."""
    if name == "local":
        yield Place(name), None
        return
    from tests.s3.servers import running

    folder = scratch / f"server-{name}"
    folder.mkdir()
    with running("seaweed", folder) as server:
        limits = FAR if name == "far" else {}
        yield Place(name, server.endpoint), Gate(server.endpoint, folder / "counts", **limits)


def start_up() -> float:
    words = (str(BIN / "wombat"), "--version")
    return statistics.median(spent(words, ROOT, environment()).wall for _ in range(9))


class Report:
    """Everything as it comes: lines on the terminal, JSON and Markdown in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.lines: list[str] = []
        self.parts: dict[str, str] = {}

    def line(self, text: str) -> None:
        print(text, flush=True)
        self.lines.append(text)

    def head(self) -> None:
        """The machine and the versions of all tools."""
        cores, memory = os.cpu_count(), os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        self.line(f"{platform.platform()}, {cores} cores, {memory / 1e9:.0f} GB")
        for name, tool in TOOLS.items():
            probe = tool(Path(tempfile.gettempdir()), Place("local"), "")
            self.line(f"{name}: {probe.version()}")

    def text(self) -> str:
        head = [f"- {line}" for line in self.lines[: 1 + len(TOOLS)]]
        return "\n".join((*head, "", *self.parts.values()))

    def insert(self, page: Path) -> None:
        kept = page.read_text().split(LAST)[0]
        page.write_text(f"{kept}{LAST}\n\n{self.text()}")

    def write(self, bench: Bench, found: list[Target], size: Size) -> None:
        name = bench.place.name
        self.parts[name] = "\n".join((f"### {name}", "", *table(bench), "", *promises(found), ""))
        data = {
            "size": asdict(size),
            "full": bench.full,
            "cells": {r: {t: asdict(c) for t, c in v.items()} for r, v in bench.cells.items()},
        }
        (self.folder / f"{name}.json").write_text(json.dumps(data, indent=1))
        (self.folder / "store.md").write_text(self.text())
        print("\n".join(promises(found)), flush=True)


def table(bench: Bench) -> list[str]:
    lines = [
        "| row | tool | wall s | of ours | CPU s | MB memory | requests, rounds | MB | growth % |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row, cells in bench.cells.items():
        ours = statistics.median(t.wall for t in cells["wombat"].times) if "wombat" in cells else 0
        for tool, cell in cells.items():
            wall = statistics.median(t.wall for t in cell.times)
            cpu = statistics.median(t.cpu for t in cell.times)
            memory = max(t.memory for t in cell.times) / 1e6
            asked = "" if cell.requests is None else f"{cell.requests} ({cell.rounds})"
            stored = f"{cell.stored[-1] / 1e6:.1f}" if cell.stored else ""
            grown = history(bench, row.removesuffix(" next"), tool) if row.endswith("next") else []
            lines.append(
                f"| {row} | {tool} | {wall:.2f} | {wall / ours if ours else 0:.2f} | {cpu:.2f} | "
                f"{memory:.0f} | {asked} | {stored} | "
                f"{f'{growth(grown):.2f}' if grown else ''} |"
            )
    return lines


def promises(found: list[Target]) -> list[str]:
    lines = ["| row | promise | reached | at most | |", "|---|---|---:|---:|---|"]
    for one in found:
        kept = "kept" if one.kept else "**missed**"
        lines.append(f"| {one.row} | {one.what} | {one.reached:.2f} | {one.limit:g} | {kept} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
