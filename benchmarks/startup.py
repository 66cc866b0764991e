"""What one command costs: `wombat --version`, and `wombat exec` of a trivial task."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measure import BIN, Command, compiled, medians, table

PIPELINE = """\
pipeline: tiny
tasks:
  one:
    run: tiny:one
    outputs: {one: {type: json}}
"""
TASK = '''\
"""One trivial task."""


def one() -> dict:
    return {"one": 1}
'''
VERSION_PROMISED, EXEC_PROMISED = 5, 40


def project(folder: Path) -> Path:
    (folder / "pipelines").mkdir()
    (folder / "pipelines" / "tiny.yml").write_text(PIPELINE)
    (folder / "tiny.py").write_text(TASK)
    return folder


def main() -> int:
    compiled()
    with tempfile.TemporaryDirectory() as folder:
        root = project(Path(folder))
        wombat = str(BIN / "wombat")
        seconds = medians(
            {
                "pass": Command((sys.executable, "-c", "pass"), root),
                "version": Command((wombat, "--version"), root),
                "exec": Command((wombat, "exec", "--run", "bench", "tiny/one"), root),
            },
            rounds=15,
        )
    kept = table(
        [
            (
                "`wombat --version`",
                "`python -c pass`",
                seconds["version"] / seconds["pass"],
                VERSION_PROMISED,
            ),
            (
                "`wombat exec` of a JSON task",
                "`python -c pass`",
                seconds["exec"] / seconds["pass"],
                EXEC_PROMISED,
            ),
        ]
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
