"""A script as anybody has one: reads JSON, writes a line. `headline.py METRICS SHARES OUT`."""

import json
import sys
from pathlib import Path

metrics = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
shares = map(json.loads, Path(sys.argv[2]).read_text(encoding="utf-8").splitlines())
hardest = max((one for one in shares if one["by"] == "hour"), key=lambda hour: hour["seen"])
Path(sys.argv[3]).write_text(
    f"{metrics['late_share']:.0%} of {metrics['flights']:,} flights were late"
    f" ({hardest['seen']:.0%} of those at {hardest['name']}:00);"
    f" the model's AUC is {metrics['auc']:.3f}\n",
    encoding="utf-8",
)
