"""Two projects whose edge is a frame: one makes customers, one takes them; one store for both."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.api.sharing import run

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.executor.local import RunResult

MAKER = """\
pipeline: crm
tasks:
  load:
    run: tasks:load
    outputs: {customers: crm.customers}
"""
MADE = """\
schema: crm.customers
version: "1.0"
columns:
  id: {type: int64, min: 1}
  age: {type: int64, min: 0}
"""
CODE = """\
import pyarrow as pa


def load() -> pa.Table:
    return pa.table({"id": pa.array([1, 2]), "age": pa.array([41, 7])})
"""
TAKER = """\
pipeline: report
tasks:
  ages:
    run: tasks:ages
    inputs: {customers: {artifact: "crm:crm/customers@main", schema: report.customers}}
    outputs: {count: {type: json}}
"""
TAKEN = "schema: report.customers\ncolumns: {age: int64}\n"
AGES = """\
import pyarrow as pa


def ages(customers: pa.Table) -> dict:
    return {"rows": customers.num_rows, "columns": customers.column_names}
"""


def project(folder: Path, name: str, pipeline: str, schema: str, code: str) -> Path:
    stem = pipeline.split("\n", maxsplit=1)[0].removeprefix("pipeline: ")
    write(
        folder,
        {
            "wombat.yml": f"project: {name}\nstore: {folder.parent / 'shared'}\n",
            f"pipelines/{stem}.yml": pipeline,
            "schemas/all.yml": schema,
            "tasks.py": code,
        },
    )
    return folder


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def maker(folder: Path, schema: str = MADE) -> Path:
    """The project `crm`, in git, with its frame published in the trusted zone."""
    root = project(folder / "crm", "crm", MAKER, schema, CODE)
    commit(root)
    publish(root)
    return root


def taker(folder: Path, schema: str = TAKEN) -> Path:
    return project(folder / "shop", "shop", TAKER, schema, AGES)


def publish(root: Path, pipeline: str = "crm") -> RunResult:
    return run(root, pipeline, zone="t")


def git(root: Path, *words: str) -> str:
    given = ["git", "-C", str(root), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    return subprocess.run([*given, *words], check=True, capture_output=True, text=True).stdout


def commit(root: Path) -> str:
    if not (root / ".git").exists():
        git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "x")
    return git(root, "rev-parse", "HEAD").strip()
