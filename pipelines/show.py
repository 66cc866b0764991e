"""Shows what the demo pulled: `show.py FOLDER`."""

import json
import sys
from pathlib import Path

import pandas as pd

COLUMNS = ["time_hour", "carrier", "flight", "temp", "age", "late"]


def shown(folder: Path) -> str:
    frame = pd.read_parquet(folder / "features")
    metrics = json.loads(_only(folder / "metrics").read_text(encoding="utf-8"))
    figures = [f"  {name:<12}{metrics[name]:>10,}" for name in ("flights", "auc", "brier")]
    return "\n".join(
        (
            f"\nflights/features: {len(frame):,} rows, {len(frame.columns)} columns",
            frame[COLUMNS].head().to_string(index=False),
            "\nflights/metrics, on days the model has not seen",
            *figures,
            f"\n{_only(folder / 'headline').read_text(encoding='utf-8').strip()}",
            f"\nreport    {_only(folder / 'page')}",
            "GitLab    build/gitlab/",
            "",
        )
    )


def _only(folder: Path) -> Path:
    return next(path for path in sorted(folder.rglob("*")) if path.is_file())


if __name__ == "__main__":
    sys.stdout.write(shown(Path(sys.argv[1])))
