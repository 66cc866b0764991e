"""Validation of frames against bare pandera and against predicates by hand in polars, as ratios.

    python benchmarks/typed.py [--valid ROWS] [--failing ROWS] [--rounds N]

One frame of ten columns: whole numbers, floats, texts, moments and truth values, with nulls,
bounds, members, a pattern, lengths, a key and a rule. Seconds are those of the processor, medians
of rounds in which the contenders take turns. Memory is the peak of a process of its own while it
validates, the frame included, by what the frame takes in its library.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import ROOT, compiled, environment

VALID, FAILING, ROUNDS = 10_000_000, 1_000_000, 5
FRAMES = ("arrow", "polars", "pandas")
PROMISED = {
    ("valid", "arrow", "ours"): ("hand", 1.5),
    ("valid", "polars", "ours"): ("hand", 1.5),
    ("valid", "pandas", "ours"): ("pandera", 0.5),
    ("valid", "pandas", "ours-without-polars"): ("pandera", 1.0),
    ("failing", "polars", "ours"): ("pandera", 1 / 20),
    ("failing", "pandas", "ours"): ("pandera", 1 / 20),
    ("failing", "pandas", "ours-without-polars"): ("pandera", 1 / 20),
}
MEMORY = 1.5


def child(*words: str) -> dict[str, float]:
    """What a process of its own measured: seconds by contender, or one number."""
    command = (sys.executable, str(Path(__file__).with_name("typed_frames.py")), *words)
    env = environment({"PYTHONPATH": str(ROOT)})
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: exit {done.returncode}\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def timed(folder: Path, rounds: int) -> list[tuple[str, str, float, float]]:
    rows = []
    for what in ("valid", "failing"):
        for frame in FRAMES:
            if not any(key[:2] == (what, frame) for key in PROMISED):
                continue
            took = child("time", what, frame, str(folder / what), str(rounds))
            shown = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in took.items())
            print(f"{what:8s} {frame:7s} {shown}", flush=True)
            for (kind, library, ours), (peer, limit) in PROMISED.items():
                if (kind, library) == (what, frame):
                    ratio = took[ours] / took[peer]
                    rows.append((f"{what}, {frame}: {ours}", peer, ratio, limit))
    return rows


def remembered(folder: Path) -> list[tuple[str, str, float, float]]:
    rows = []
    for what in ("valid", "failing"):
        for frame in FRAMES:
            for ours in ("ours", "ours-without-polars"):
                found = child("memory", what, frame, str(folder / what), ours)
                rows.append((f"{what}, {frame}: {ours}", "peak ÷ frame", found["ratio"], MEMORY))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser()
    for name, default in (("valid", VALID), ("failing", FAILING), ("rounds", ROUNDS)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    compiled()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        child("make", "valid", str(folder / "valid"), str(asked.valid))
        child("make", "failing", str(folder / "failing"), str(asked.failing))
        rows = [*timed(folder, asked.rounds), *remembered(folder)]
        read = child("proven", str(folder / "valid"))["share"]
        rows.append(("a proven edge: bytes read", "the file's", read, 0.0))
    print("\n| what | of | ratio | promised | |\n|---|---|---:|---:|---|")
    for what, of, reached, limit in rows:
        kept = "kept" if reached <= limit else "**missed**"
        print(f"| {what} | {of} | {reached:.3f} | ≤ {limit:g} | {kept} |")
    return 0 if all(reached <= limit for _, _, reached, limit in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
