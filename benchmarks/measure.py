"""Runs commands in turn and compares their medians: ratios of one run, never bare seconds.

Seconds are those of the processor, so that whatever else runs on the machine does not decide.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Command:
    """A command to be timed, in its own folder and environment."""

    words: tuple[str, ...]
    cwd: Path = ROOT
    env: tuple[tuple[str, str], ...] = ()

    def seconds(self) -> float:
        began = _used()
        done = subprocess.run(
            self.words,
            cwd=self.cwd,
            env=environment(dict(self.env)),
            capture_output=True,
            check=False,
        )
        took = _used() - began
        if done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace")[-2000:]
            raise SystemExit(f"{' '.join(self.words)[:200]}: exit {done.returncode}\n{said}")
        return took


@dataclass(frozen=True)
class Spent:
    """What a command took: seconds by the clock and of the processor, and its memory in bytes.

    Processor and memory are those of all its processes; the memory is that of the largest.
    """

    wall: float
    cpu: float
    memory: int

    def __add__(self, other: Spent) -> Spent:
        memory = max(self.memory, other.memory)
        return Spent(self.wall + other.wall, self.cpu + other.cpu, memory)


def spent(words: tuple[str, ...], cwd: Path, env: dict[str, str]) -> Spent:
    """Runs one command; SystemExit with what it said where it fails.

    Linux counts the memory of whoever started a process as the process's own peak, so the caller
    has to be small.
    """
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(words, cwd=cwd, env=env, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            text = said.read().decode(errors="replace")[-2000:]
            raise SystemExit(f"{' '.join(words)[:200]}: exit {process.returncode}\n{text}")
    return Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def _used() -> float:
    """Processor seconds of all commands that have ended so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def environment(more: dict[str, str] | None = None) -> dict[str, str]:
    """The same for every command: bytecode is used, nothing of the caller's settings."""
    kept = {key: os.environ[key] for key in ("HOME", "TMPDIR") if key in os.environ}
    path = os.pathsep.join((str(BIN), os.environ["PATH"]))
    return kept | {"PATH": path, "LANG": "C.UTF-8"} | (more or {})


def compiled() -> None:
    """Start-up is measured as it is shipped: with bytecode."""
    for folder in (ROOT / "wombat", Path(sysconfig.get_path("purelib"))):
        words = (sys.executable, "-m", "compileall", "-qq", "-j0", str(folder))
        # In a process of its own: what it takes would be counted as that of whatever is measured.
        subprocess.run(words, env=environment(), check=False)


def medians(commands: dict[str, Command], *, rounds: int) -> dict[str, float]:
    """Seconds of each command, after one round to warm up; the rounds interleave."""
    for command in commands.values():
        command.seconds()
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(command.seconds())
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def table(rows: list[tuple[str, str, float, float]]) -> bool:
    """Prints what, of what, the ratio reached and the one promised; True where all are kept."""
    print("\n| what | of | ratio | promised | |")
    print("|---|---|---:|---:|---|")
    for what, of, reached, promised in rows:
        kept = "kept" if reached <= promised else "**missed**"
        print(f"| {what} | {of} | {reached:.2f} | ≤ {promised:g} | {kept} |")
    return all(reached <= promised for _, _, reached, promised in rows)
