"""Check and compile of 1,000 and 10,000 tasks, against `dvc dag` on the same graph."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import BIN, Command, compiled, environment, medians, table

from tests.tools.cache import HERE, cache_folder

WIDTH = 50
DVC_PROMISED, LINEAR_PROMISED = 0.3, 1.1


def parents(number: int) -> list[int]:
    """A task reads two of the row before it; the graph is WIDTH wide."""
    row, column = divmod(number, WIDTH)
    return [] if row == 0 else [(row - 1) * WIDTH + c % WIDTH for c in (column, column + 1)]


def wombat_project(folder: Path, count: int) -> Path:
    tasks = {}
    for number in range(count):
        inputs = {f"in{i}": f"task{p}.out{p}" for i, p in enumerate(parents(number))}
        tasks[f"task{number}"] = {
            "command": ["python", "tool.py", "$outputs.out" + str(number)],
            **({"inputs": inputs} if inputs else {}),
            "outputs": {f"out{number}": {"type": "json"}},
        }
    lines = ["pipeline: big", "tasks:"]
    lines += [f"  {name}: {_flow(task)}" for name, task in tasks.items()]
    (folder / "pipelines").mkdir(parents=True)
    (folder / "pipelines" / "big.yml").write_text("\n".join(lines) + "\n")
    (folder / "tool.py").write_text('"""A tool."""\n')
    return folder


def _flow(task: object) -> str:
    """JSON is YAML, but a reference is a plain scalar."""
    return re.sub(r'"(\$outputs\.\w+)"', r"\1", json.dumps(task))


def dvc_project(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    lines = ["stages:"]
    for number in range(count):
        stage = {"cmd": f"python tool.py out{number}", "outs": [f"out{number}"]}
        if parents(number):
            stage["deps"] = [f"out{p}" for p in parents(number)]
        lines.append(f"  task{number}: {json.dumps(stage)}")
    (folder / "dvc.yaml").write_text("\n".join(lines) + "\n")
    subprocess.run(
        [str(dvc()), "init", "--no-scm", "-q"], cwd=folder, env=environment(), check=True
    )
    return folder


def dvc() -> Path:
    return cache_folder() / "dvc" / "bin" / "dvc"


def compiling(folder: Path) -> Command:
    """Check, then compile: what a pipeline's first job does."""
    wombat = str(BIN / "wombat")
    script = f"{wombat} check -q && {wombat} compile --to gitlab --out build"
    return Command(("sh", "-ec", script), folder)


def main() -> int:
    subprocess.run(["bash", str(HERE / "install.sh"), "dvc"], check=True)
    compiled()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few, some = (compiling(wombat_project(folder / str(n), n)) for n in (WIDTH, 1000))
        many = compiling(wombat_project(folder / "10000", 10_000))
        quiet = (("DVC_NO_ANALYTICS", "1"),)
        dag = Command((str(dvc()), "dag"), dvc_project(folder / "dvc", 1000), quiet)
        against = medians({"wombat": some, "dvc": dag}, rounds=5)
        growth = medians({"few": few, "some": some, "many": many}, rounds=3)
    a_task = (growth["some"] - growth["few"]) / (1000 - WIDTH)
    of_many = (growth["many"] - growth["few"]) / (10_000 - WIDTH)
    kept = table(
        [
            (
                "check + compile, 1,000 tasks",
                "`dvc dag`",
                against["wombat"] / against["dvc"],
                DVC_PROMISED,
            ),
            ("a task of 10,000", "a task of 1,000", of_many / a_task, LINEAR_PROMISED),
        ]
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
