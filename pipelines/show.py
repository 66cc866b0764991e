"""Shows what the demo pulled: `show.py rejected FOLDER` or `show.py made FOLDER`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

COLUMNS = ["time_hour", "carrier", "flight", "temp", "age", "late"]
REASONS = "rejected_because"


def rejected(folder: Path) -> Iterator[str]:
    """Of each frame that was set aside, how many rows for which reasons; no value of any."""
    for path in sorted(folder.iterdir()):
        reasons = pd.read_parquet(path, columns=[REASONS])[REASONS].map(", ".join)
        yield f"{path.name}: {len(reasons):,} rows"
        yield from (f"{count:>9,}  {why}" for why, count in reasons.value_counts().items())


def made(folder: Path) -> Iterator[str]:
    frame = pd.read_parquet(folder / "features")
    metrics = json.loads(_only(folder / "metrics").read_text(encoding="utf-8"))
    yield f"features: {len(frame):,} rows, {len(frame.columns)} columns"
    yield frame[COLUMNS].head(3).to_string(index=False)
    yield "metrics, on days the model has not seen"
    yield from (f"  {name:<10}{metrics[name]:>9,}" for name in ("flights", "auc", "brier"))
    yield _only(folder / "headline").read_text(encoding="utf-8").strip()
    yield f"report: {_only(folder / 'page')}"


def _only(folder: Path) -> Path:
    return next(path for path in sorted(folder.rglob("*")) if path.is_file())


if __name__ == "__main__":
    for line in {"rejected": rejected, "made": made}[sys.argv[1]](Path(sys.argv[2])):
        sys.stdout.write(f"{line}\n")
