"""Shows what the demo found and pulled: `show.py FOLDER`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

COLUMNS = ["time_hour", "carrier", "flight", "temp", "age", "late"]
REPORTS = Path(".wombat/reports")


def shown(folder: Path) -> Iterator[str]:
    frame = pd.read_parquet(folder / "features")
    metrics = json.loads(_only(folder / "metrics").read_text(encoding="utf-8"))
    yield "\nwhat the schemas warned of"
    yield from _warnings()
    yield f"\nflights/features: {len(frame):,} rows, {len(frame.columns)} columns"
    yield frame[COLUMNS].head().to_string(index=False)
    yield "\nflights/metrics, on days the model has not seen"
    for name in ("flights", "auc", "brier"):
        yield f"  {name:<12}{metrics[name]:>10,}"
    yield f"\n{_only(folder / 'headline').read_text(encoding='utf-8').strip()}"
    yield f"\nreport    {_only(folder / 'page')}"
    yield "GitLab    build/gitlab/flights.yml"


def _warnings() -> Iterator[str]:
    for path in sorted(REPORTS.glob("flights.*.json")):
        for check in json.loads(path.read_text(encoding="utf-8"))["checks"]:
            for found in check["findings"]:
                share = f"{found['failing']:,} of {found['checked']:,} rows"
                yield f"  {check['artifact']}: {found['message']} ({share})"


def _only(folder: Path) -> Path:
    return next(path for path in sorted(folder.rglob("*")) if path.is_file())


if __name__ == "__main__":
    for line in shown(Path(sys.argv[1])):
        sys.stdout.write(f"{line}\n")
