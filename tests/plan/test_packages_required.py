"""Which packages count for which task, and what the key makes of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.plan.closure.test_serial import ROOT, other_pythons
from wombat.api.project import check
from wombat.plan.keys import boundary_key, components, compute_key, versions
from wombat.plan.packages.distributions import COMMANDS, MODULES, of_command, of_module
from wombat.plan.packages.pins import is_name, normal
from wombat.plan.packages.stdlib import MODULES as STANDARD

PACKAGES = {
    "boto3": ["botocore"],
    "botocore": [],
    "dataclasses": [],
    "dbt-core": [],
    "dbt-duckdb": ["dbt-core"],
    "google-api-core": [],
    "google-cloud-bigquery": ["google-api-core"],
    "google-cloud-storage": ["google-api-core"],
    "numpy": [],
    "pandas": ["numpy"],
    "polars": [],
    "pyarrow": [],
    "pyyaml": [],
    "scikit-learn": ["numpy", "scipy"],
    "scipy": ["numpy"],
    "torch": [],
    "wombat-ci": ["pyyaml"],
}
FILES = {
    "shop/__init__.py": "",
    "shop/load.py": (
        "from __future__ import annotations\n"
        "import os, json, asynchat\nfrom typing import TYPE_CHECKING\nimport wombat\n"
        "from . import paths\nfrom shop.paths import *\n"
        "if TYPE_CHECKING:\n    import torch\nelse:\n    import yaml\n\n"
        "def run(): ...\n"
    ),
    "shop/paths.py": "def cloud():\n    from google.cloud import storage\n",
    "shop/model.py": (
        "import sklearn.linear_model as lm\nimport polars as pl\nimport shop.load_more.deep\n"
        "def fit(frame: pl.DataFrame): ...\ndef bare(frame): ...\n"
    ),
    "shop/load_more/deep.py": "import importlib\nimportlib.import_module('boto3.session')\n",
    "shop/odd.py": "import nobody_knows.this\nimport shop\ndef run(): ...\n",
    "shop/plain.py": "import csv, dataclasses, scripts\ndef run(): ...\n",
    "scripts/report.py": "import beside\nimport csv\n",
    "scripts/beside.py": "import pandas\nfrom shop.plain import run\n",
    "plugins/one.py": "import torch\n",
    "sql/a.sql": "select 1",
    "shop/odder.py": "import polars\n",
    "shop/rows.py": "import torch\nclass Row: ...\n",
}
TASKS: dict[str, dict[str, Any]] = {
    "load": {"run": "shop.load:run"},
    "fit": {"run": "shop.model:fit", "inputs": {"frame": "load"}},
    "bare": {"run": "shop.model:bare", "inputs": {"frame": "load"}},
    "odd": {"run": "shop.odd:run"},
    "plain": {"run": "shop.plain:run"},
    "said": {"run": "shop.odd:run", "requires": ["Google.Cloud_BigQuery"]},
    "none": {"run": "shop.model:fit", "inputs": {"frame": "load"}, "requires": []},
    "image": {"run": "shop.model:fit", "inputs": {"frame": "load"}, "image": "python:3.12"},
    "plugged": {"run": "shop.plain:run", "depends_on": ["plugins/*", "sql/**"]},
    "script": {"command": ["python", "scripts/report.py"]},
    "module": {"command": ["python", "-m", "torch.distributed.run"]},
    "dbt": {"shell": "cd sql && dbt run | tee log"},
    "inline": {"command": ["python", "-c", "import csv; from shop import paths, odder"]},
    "judged": {"shell": "x", "outputs": {"o": {"type": "records", "model": "shop.rows:Row"}}},
}
REQUIRED = {
    "load": {"pyyaml", "google-cloud-storage"},
    "fit": {"scikit-learn", "polars", "boto3"},
    "bare": {"scikit-learn", "polars", "boto3", "pandas"},
    "odd": {"*"},
    "plain": set(),
    "said": {"google-cloud-bigquery"},
    "none": set(),
    "image": set(),
    "plugged": {"torch"},
    "script": {"pandas"},
    "module": {"torch"},
    "dbt": {"dbt-core", "dbt-duckdb"},
    "inline": {"google-cloud-storage", "polars"},
    "judged": {"torch"},
}


def uv_lock(versions: dict[str, str] | None = None) -> str:
    text = "version = 1\n"
    for name, uses in PACKAGES.items():
        version = (versions or {}).get(name, "1.0")
        depends = ", ".join(f'{{ name = "{one}" }}' for one in uses)
        text += f'\n[[package]]\nname = "{name}"\nversion = "{version}"\n'
        text += f'source = {{ registry = "https://pypi.org/simple" }}\ndependencies = [{depends}]\n'
    return text


def lay_out(root: Path, **more: str) -> Path:
    tasks = {name: {"outputs": ["out"], **task} for name, task in TASKS.items()}
    files = {**FILES, "pipelines/shop.yml": json.dumps({"pipeline": "shop", "tasks": tasks})}
    for path, text in {**files, **more}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def packages(root: Path) -> dict[str, dict[str, str]]:
    """What stands in the key of each task."""
    plan = check(root).plans["shop"]
    found = {}
    for task in plan.tasks:
        content = {one.name: "0" * 64 for one in task.inputs}
        tree = components(plan, task, None, {}, content, profile="production")
        found[task.name] = tree["packages"]
    return found


def test_what_each_task_requires(tmp_path: Path) -> None:
    checked = check(lay_out(tmp_path, **{"uv.lock": uv_lock()}))
    assert [(d.code, d.severity) for d in checked.diagnostics] == [("import-not-locked", "note")]
    plan = checked.plans["shop"]
    assert {task.name: set(task.requires) for task in plan.tasks} == REQUIRED
    assert list(plan.packages) == ["*", *PACKAGES]
    assert versions(plan, plan.task("fit")) == dict.fromkeys(
        ("boto3", "botocore", "numpy", "polars", "scikit-learn", "scipy"), "1.0"
    )


def test_a_new_version_concerns_just_those_who_reach_it(tmp_path: Path) -> None:
    """One package after the other, against the graph above walked by hand."""
    before = packages(lay_out(tmp_path, **{"uv.lock": uv_lock()}))
    for name in ("numpy", "google-api-core", "torch", "botocore", "pyyaml", "dbt-core"):
        (tmp_path / "uv.lock").write_text(uv_lock({name: "2.0"}))
        after = packages(tmp_path)
        changed = {task for task in TASKS if after[task] != before[task]}
        users = {name}
        for _ in PACKAGES:
            users |= {one for one, uses in PACKAGES.items() if users & set(uses)}
        assert changed == {task for task, said in REQUIRED.items() if said & {*users, "*"}}, name


def test_a_file_without_a_graph_counts_whole(tmp_path: Path) -> None:
    pins = [f"{name}==1.0 --hash=sha256:aa" for name in PACKAGES]
    before = packages(lay_out(tmp_path, **{"requirements.txt": "\n".join(pins)}))
    (tmp_path / "requirements.txt").write_text("# again\n" + "\n".join(reversed(pins)))
    assert packages(tmp_path) == before
    (tmp_path / "requirements.txt").write_text("\n".join([*pins[1:], "boto3==2.0"]))
    after = packages(tmp_path)
    changed = {task for task in TASKS if after[task] != before[task]}
    assert changed == {task for task, said in REQUIRED.items() if said}


def test_a_version_that_check_code_imports_judges_anew(tmp_path: Path) -> None:
    """And makes nothing anew: the check is no code of the task."""
    schema = "schema: s\ncolumns:\n  a: {type: int64, checks: [{python: 'shop.rows:ok'}]}\n"
    task = {"shell": "x", "outputs": {"o": {"schema": "s", "format": "csv"}}}
    files = {
        "shop/rows.py": "import torch\ndef ok(column): return column\n",
        "schemas/s.yml": schema,
        "pipelines/shop.yml": json.dumps({"pipeline": "shop", "tasks": {"t": task}}),
    }
    lay_out(tmp_path, **files)
    keys = []
    for pinned in ({}, {"torch": "2.0"}, {"pandas": "2.0"}, {"boto3": "2.0"}):
        (tmp_path / "uv.lock").write_text(uv_lock(pinned))
        plan = check(tmp_path).plans["shop"]
        key = compute_key(plan, plan.tasks[0], None, {}, {}, profile="production")
        keys.append((key, boundary_key(key, plan, plan.tasks[0], "production")))
    assert len({key for key, _ in keys}) == 1
    assert [judged == keys[0][1] for _, judged in keys] == [True, False, False, True]


def test_which_lock_file_it_is(tmp_path: Path) -> None:
    """The one that is named, else uv.lock, pylock.toml, requirements.txt, that of the jobs."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    pylock = (
        'lock-version = "1.0"\n[[packages]]\nname = "torch"\nversion = "2"\ndependencies = []\n'
    )
    jobs = f"torch==4 --hash=sha256:{'a' * 64}\nwombat-ci==1 --hash=sha256:{'a' * 64}\n"
    files = {
        "locks/other.txt": "torch==0\n",
        "uv.lock": uv_lock(),
        "pylock.toml": pylock,
        "requirements.txt": "torch==3\n",
        "jobs.txt": jobs,
    }
    gitlab = '"gitlab": {"wombat": "install", "requirements": "jobs.txt"}'
    named = f'{{"dependencies": "locks/other.txt", {gitlab}}}'
    lay_out(tmp_path, **files, **{"wombat.yml": named})
    tasks = {"module": {**TASKS["module"], "outputs": ["out"]}}
    pipeline = json.dumps({"pipeline": "shop", "tasks": tasks})
    (tmp_path / "pipelines/shop.yml").write_text(pipeline)
    seen = [packages(tmp_path)["module"]["torch"]]
    (tmp_path / "wombat.yml").write_text(f"{{{gitlab}}}")
    for name in ("uv.lock", "pylock.toml", "requirements.txt", "jobs.txt"):
        seen.append(packages(tmp_path)["module"]["torch"])
        (tmp_path / ".gitignore").write_text(name)
        assert packages(tmp_path)["module"].get("torch") != seen[-1]
        if name != "jobs.txt":
            (tmp_path / name).unlink()
    assert seen == ["0", "1.0", "2", "3", "4"]


def test_without_a_lock_file_nothing_counts(tmp_path: Path) -> None:
    lay_out(tmp_path)
    tasks = {n: {"outputs": ["out"], **t} for n, t in TASKS.items() if "requires" not in t}
    pipeline = json.dumps({"pipeline": "shop", "tasks": tasks})
    (tmp_path / "pipelines/shop.yml").write_text(pipeline)
    checked = check(tmp_path)
    assert not checked.diagnostics
    assert checked.plans["shop"].packages == {}
    assert not any(task.requires for task in checked.plans["shop"].tasks)


def test_a_folder_warns_unless_its_files_are_declared(tmp_path: Path) -> None:
    folder = '\n[[package]]\nname = "nobody_knows"\nsource = { editable = "packages/nobody" }\n'
    folder += 'dependencies = [{ name = "torch" }]\n'
    lay_out(tmp_path, **{"uv.lock": uv_lock() + folder, "packages/nobody/a.py": ""})
    found = check(tmp_path)
    assert [(d.code, d.severity) for d in found.diagnostics] == [("folder-not-counted", "warning")]
    assert packages(tmp_path)["odd"] == {"nobody-knows": "", "torch": "1.0"}
    tasks = {"odd": {**TASKS["odd"], "outputs": ["o"], "depends_on": "packages/nobody/**/*.py"}}
    pipeline = json.dumps({"pipeline": "shop", "tasks": tasks})
    (tmp_path / "pipelines/shop.yml").write_text(pipeline)
    assert not check(tmp_path).diagnostics


@pytest.mark.parametrize(
    ("name", "wanted"),
    {
        "yaml": {"pyyaml"},
        "google.cloud.storage.Client": {"google-cloud-storage"},
        "google.cloud.other": {"google-api-core", "google-cloud-bigquery", "google-cloud-storage"},
        "google.api_core.retry": {"google-api-core"},
        "sklearn.linear_model": {"scikit-learn"},
        "scikit_learn": {"scikit-learn"},
        "dbt.cli": {"dbt-core", "dbt-duckdb"},
        "boto": set(),
        "googles": set(),
    }.items(),
)
def test_who_holds_a_module(name: str, wanted: set[str]) -> None:
    assert of_module(name, PACKAGES) == wanted


def test_the_tables_are_well_formed() -> None:
    """Names as lock files compare them; a module of Python's own only where it left."""
    for table in (MODULES, COMMANDS):
        for name, held in table.items():
            assert held, name
            assert all(is_name(one) and normal(one) == one for one in held), name
    left = {"audioop", "cgi", "distutils", "telnetlib"}
    assert set(MODULES) & STANDARD == left
    assert of_command("pytest", {"pytest", "dbt-core"}) == {"pytest"}
    assert sys.stdlib_module_names <= STANDARD


SCRIPT = """
import sys, types, ast, json
blake3 = types.ModuleType("blake3")
blake3.blake3 = None
sys.modules["blake3"] = blake3
from wombat.plan.packages.imports import imports_of
from wombat.plan.packages.stdlib import MODULES
from wombat.plan.packages import uv_lock
assert sys.stdlib_module_names <= MODULES, sys.stdlib_module_names - MODULES
given = json.load(sys.stdin)
found = [sorted(imports_of(ast.parse(one), ["a", "b"], list)) for one in given["code"]]
pins = [[one.name, one.version, one.uses] for one in uv_lock.parse(given["lock"])]
print(json.dumps([pins, found]))
"""


@pytest.mark.slow
def test_every_python_finds_the_same() -> None:
    files = [*(ROOT / "wombat" / "plan").rglob("*.py"), *(ROOT / "pipelines").rglob("*.py")]
    code = [*FILES.values(), *(file.read_text("utf-8") for file in sorted(files))]
    code.remove(FILES["sql/a.sql"])
    given = json.dumps({"code": code, "lock": uv_lock()})
    pythons = [Path(sys.executable), *other_pythons()]
    said = [
        subprocess.run(
            [str(python), "-c", SCRIPT],
            input=given,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for python in pythons
    ]
    assert json.loads(said[0])[1][1] != []
    assert set(said) == {said[0]}
