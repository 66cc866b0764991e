"""The rows of the store's benchmark: what is stored and fetched, by whom, in which order."""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from measure import Spent, spent
from sets import EDITS, FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from gate import Gate
    from tool import Place, Tool

PLAIN = ("cp", "rclone", "borg-zstd")
"""Left out of long histories, as they would say nothing more."""
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Size:
    """Bytes of the file, number of files, rows of the table, versions, rows and versions of (f)."""

    file: int = 1 << 30
    files: int = 20_000
    rows: int = 1_750_000
    versions: int = 10
    long_rows: int = 437_500
    long: int = 100

    def smaller(self, by: int) -> Size:
        return Size(
            self.file // by, self.files // by, self.rows // by, self.versions, self.long_rows // by
        )


@dataclass
class Cell:
    """One tool in one row: each time it was run, the bytes stored after, requests of the last.

    `rounds` is the longest chain of requests that waited for one another.
    """

    times: list[Spent] = field(default_factory=list)
    stored: list[int] = field(default_factory=list)
    requests: int | None = None
    rounds: int | None = None


@dataclass
class Bench:
    """One place, its tools, and what was measured so far: row to tool to cell."""

    place: Place
    tools: Sequence[type[Tool]]
    scratch: Path
    size: Size
    rounds: int
    gate: Gate | None = None
    """What counts requests before a server."""
    counting: bool = False
    """Whether commands pass the gate now."""
    cells: dict[str, dict[str, Cell]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Cell))
    )
    full: dict[str, list[int]] = field(default_factory=dict)
    """Bytes that a full index would hold, by row."""
    said: Callable[[str], None] = print
    _count: int = 0

    def make(self, what: str, path: Path, count: int, *words: str) -> Path:
        """Data, by a process of its own."""
        path.parent.mkdir(parents=True, exist_ok=True)
        script = (sys.executable, str(HERE / "sets.py"), what, str(path))
        subprocess.run((*script, "--count", str(count), *words), check=True)
        return path

    @contextmanager
    def stores(self, *, without: Collection[str] = ()) -> Iterator[list[Tool]]:
        """An empty store of each tool."""
        self._count += 1
        prefix = f"{self.place.name}-{os.getpid()}-{self._count}"
        tools = [tool for tool in self.tools if tool.name not in without]
        made = [tool(self.scratch / prefix / tool.name, self.place, "") for tool in tools]
        for tool in made:
            tool.prefix = f"{prefix}/{tool.name}"
            tool.prepare()
        try:
            yield made
        finally:
            shutil.rmtree(self.scratch / prefix, ignore_errors=True)

    def push(self, row: str, tools: Sequence[Tool], path: Path) -> None:
        for tool in tools:
            tool.source(path)
            self._time(row, tool, tool.push(path), tool.cwd())
            self.cells[row][tool.name].stored.append(tool.stored())

    def pull(self, row: str, tools: Sequence[Tool], path: Path) -> None:
        """Without caches, into a new folder; what we fetched is compared with what was stored."""
        for tool in tools:
            tool.forget()
            into = tool.home / "pulled"
            commands = tool.pull(path, into)
            self._time(row, tool, commands, tool.cwd(into))
            if tool.name == "wombat":
                same(path, into)
            shutil.rmtree(into) if into.is_dir() else into.unlink()

    def _time(self, row: str, tool: Tool, commands: Sequence[tuple[str, ...]], cwd: Path) -> None:
        """Nothing of what ran before is left to be written to the disk."""
        os.sync()
        cell = self.cells[row][tool.name]
        if self.gate and self.counting:
            with self.gate.opened() as counts:
                tool.move(self.gate.endpoint)
                total = _run(tool, commands, cwd)
                tool.move(self.place.endpoint)
            cell.requests, cell.rounds = int(counts["requests"]), int(counts["rounds"])
        else:
            total = _run(tool, commands, cwd)
        # What is only counted passes a gate that is slower than the server.
        if self.gate is None or self.counting == self.gate.narrow:
            cell.times.append(total)
        self.said(
            f"{self.place.name:6} {row:28} {tool.name:10} {total.wall:8.2f} s {total.cpu:8.2f} cpu "
            f"{total.memory / 1e6:6.0f} MB" + (f" {cell.requests} req" if self.counting else "")
        )

    def passes(self) -> Iterator[int]:
        """The rounds; before a server at full speed one more, of which requests are counted."""
        extra = int(self.gate is not None and not self.gate.narrow)
        for number in range(self.rounds + extra):
            self.counting = self.gate is not None and (self.gate.narrow or number == 0)
            yield number


def _run(tool: Tool, commands: Sequence[tuple[str, ...]], cwd: Path) -> Spent:
    times = [spent(words, cwd, tool.env()) for words in commands]
    return sum(times[1:], times[0])


def same(path: Path, into: Path) -> None:
    """Raises SystemExit where what was fetched isn't what was stored."""
    one = {p.relative_to(path if path.is_dir() else path.parent): p for p in _files(path)}
    other = {p.relative_to(into): p for p in _files(into)}
    wrong = one.keys() ^ other.keys()
    wrong |= {n for n in one.keys() & other.keys() if not filecmp.cmp(one[n], other[n], False)}
    if wrong:
        raise SystemExit(f"pulled something else: {sorted(wrong)[:3]}")


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]


def warm(path: Path) -> None:
    """Everybody reads from the page cache."""
    for file in _files(path):
        with file.open("rb") as stream:
            while stream.read(1 << 20):
                pass


def row_a(bench: Bench) -> None:
    """One large file: first push, pull."""
    source = bench.make("file", bench.scratch / "data" / "one.bin", bench.size.file)
    bench.full["a push"] = full_index([source])
    for _ in bench.passes():
        warm(source)
        with bench.stores() as tools:
            bench.push("a push", tools, source)
            bench.pull("a pull", tools, source)


def row_b(bench: Bench) -> None:
    """Many files: first push, nothing changed (d), one changed (e), pull."""
    source = bench.make("files", bench.scratch / "data" / "many", bench.size.files)
    bench.full["b push"] = full_index([source])
    for number in bench.passes():
        warm(source)
        with bench.stores() as tools:
            bench.push("b push", tools, source)
            for _ in range(3):
                bench.push("d nothing changed", tools, source)
            bench.make("change", source, number)
            bench.push("e one changed", tools, source)
            bench.pull("b pull", tools, source)


def row_c(bench: Bench) -> None:
    """Versions of a table, each way of editing as CSV and as Parquet."""
    for form in FORMATS:
        for edit in EDITS:
            _versions(bench, form, edit)


def _versions(bench: Bench, form: str, edit: str) -> None:
    row, made = f"c {form} {edit}", bench.scratch / "data" / f"{edit}-{form}"
    words = ("--edit", edit, "--form", form, "--versions", str(bench.size.versions))
    bench.make("versions", made, bench.size.rows, *words)
    files = sorted(made.rglob(f"*.{form}"))
    bench.full[row] = full_index(files)
    current = bench.scratch / "data" / f"table.{form}"
    bench.counting = bench.gate is not None and bench.gate.narrow
    with bench.stores(without=("cp", "rclone")) as tools:
        for number, file in enumerate(files):
            shutil.copyfile(file, current)
            bench.push(f"{row} {'next' if number else 'first'}", tools, current)
        bench.pull(f"{row} pull", tools, current)
    shutil.rmtree(made)


def row_f(bench: Bench) -> None:
    """The first and the last of many versions, fetched in turn."""
    for edit in ("in-place", "scattered"):
        made = bench.scratch / "data" / f"long-{edit}"
        words = ("--edit", edit, "--form", "csv", "--versions", str(bench.size.long))
        files = sorted(bench.make("versions", made, bench.size.long_rows, *words).rglob("*.csv"))
        _first_and_last(bench, f"f {edit}", files)
        shutil.rmtree(made)


def _first_and_last(bench: Bench, row: str, files: list[Path]) -> None:
    current = bench.scratch / "data" / "long" / "table.csv"
    first = bench.scratch / "data" / "short" / "table.csv"
    for folder in (current, first):
        folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(files[0], first)
    bench.counting = False
    with bench.stores(without=PLAIN) as one, bench.stores(without=PLAIN) as many:
        bench.push(f"{row} push", one, first)
        for file in files:
            shutil.copyfile(file, current)
            bench.push(f"{row} push", many, current)
        for _ in bench.passes():
            bench.pull(f"{row} first", one, first)
            bench.pull(f"{row} last", many, current)


def full_index(paths: Sequence[Path]) -> list[int]:
    """Bytes after each version, by a process of its own."""
    words = [sys.executable, str(HERE / "full_index.py"), *map(str, paths)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return [int(line) for line in done.stdout.split()]


ROWS: dict[str, Callable[[Bench], None]] = {"a": row_a, "b": row_b, "c": row_c, "f": row_f}
