"""What one command costs: `wombat --version`, `exec` of a trivial task, a store's verbs."""

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
VERSION_PROMISED, EXEC_PROMISED, STORE_PROMISED = 5, 40, 15
WOMBAT = str(BIN / "wombat")
VERBS = {
    "put of 3 unchanged files": "put data raw/orders",
    "pull of what is there": "pull raw/orders -o got",
    "show": "show raw/orders",
    "ls": "ls raw",
    "log": "log raw",
}
WRITTEN = "project: bench\n"


def project(folder: Path) -> Path:
    (folder / "pipelines").mkdir()
    (folder / "pipelines" / "tiny.yml").write_text(PIPELINE)
    (folder / "tiny.py").write_text(TASK)
    return folder


def stored(folder: Path, written: str | None) -> Path:
    """A project with a folder that was put and pulled; some with a `wombat.yml`."""
    (folder / "data").mkdir(parents=True)
    for name in "abc":
        (folder / "data" / name).write_text(name * 1000)
    if written:
        (folder / "wombat.yml").write_text(written)
    for words in VERBS.values():
        Command((WOMBAT, *words.split()), folder).seconds()
    return folder


def commands(root: Path) -> dict[str, Command]:
    plain, written = stored(root / "plain", None), stored(root / "written", WRITTEN)
    words = {name: (WOMBAT, *verb.split()) for name, verb in VERBS.items()}
    return {
        "pass": Command((sys.executable, "-c", "pass"), root),
        "--version": Command((WOMBAT, "--version"), root),
        "exec of a JSON task": Command((WOMBAT, "exec", "--run", "bench", "tiny/one"), root),
        **{name: Command(one, plain) for name, one in words.items()},
        **{f"{name}, with wombat.yml": Command(one, written) for name, one in words.items()},
    }


def main() -> int:
    compiled()
    with tempfile.TemporaryDirectory() as folder:
        seconds = medians(commands(project(Path(folder))), rounds=15)
    one = seconds.pop("pass")
    promised = {"--version": VERSION_PROMISED, "exec of a JSON task": EXEC_PROMISED}
    kept = table(
        [
            (
                f"`wombat {name}`",
                "`python -c pass`",
                taken / one,
                promised.get(name, STORE_PROMISED),
            )
            for name, taken in seconds.items()
        ]
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
