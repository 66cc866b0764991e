"""The rules' examples are true: the wrong one has the mistake, the right one hasn't."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.codes import codes_of_files
from wombat.api.project import check
from wombat.review.rules import explain

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = re.compile(r"^(Wrong|Right)([^\n]*):\n\n```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TOP = ("params:", "schedule:", "defaults:", "description:", "owner:", "tasks:")
NOT_SHOWN = {
    "file-not-in-git": "depends on git",
    "schema-annotation": "a file and a function",
    "file-unreadable": "no text",
    "folder-not-counted": "a lock file and code",
    "foreach-size": "shortened",
    "module-syntax": "Python",
    "no-pipelines": "no text",
    "unknown-compute": "two files",
    "unknown-image": "two files",
    "yaml-control": "shows a picture of what can't be shown",
    "yaml-encoding": "no text",
    "yaml-too-deep": "shortened",
    "yaml-too-large": "shortened",
    "duplicate-pipeline": "two files",
    "duplicate-schema": "two files",
    "edge-refuted": "two sides",
    "edge-refuted-profile": "two sides",
    "edge-unknown": "two sides",
    "more-mistakes": "no example",
}


NEIGHBOURS = {
    "load": "{shell: x, outputs: [customers]}",
    "split": "{shell: x, outputs: [train, test]}",
    "features": "{shell: x, outputs: [features]}",
    "train": "{shell: x, outputs: {model: {type: json}}}",
    "score": "{foreach: {region: [us, eu]}, shell: x, outputs: [scores]}",
    "measure": "{foreach: {region: [us, eu]}, shell: x, outputs: {metrics: {type: json}}}",
    "evaluate": "{shell: x, outputs: {metrics: {type: json}}}",
}
FILES = {
    "churn/load.py": "def customers(**given): ...\ndef orders(): ...\n",
    "churn/features.py": "def engineer(customers, horizon_days: int = 30): ...\n",
    "churn/model.py": "def score(features, model, **given): ...\n",
    "churn/report.py": "def page(**given): ...\ndef send(**given): ...\n",
    "churn/rows.py": "class Row: ...\n",
    "data/regions.csv": "region\n",
    "packages/lib/lib.py": "",
    "requirements.txt": "acme-toolbox==1.0\npandas==2.3.3\n",
    "requirements/jobs.txt": "pandas==2.3.3\n",
    "templates/page.html": "",
    "schemas/result.json": '{"type": "object", "required": ["auc"]}',
    "schemas/all.yml": "schema: customers\ncolumns: {id: int64}\n---\n"
    "schema: customers_in\ncolumns: {id: int64}\n",
}


def pipeline_of(text: str) -> str:
    """A whole pipeline around an example that shows a part of one."""
    if text.startswith(("pipeline:", "#")):
        return text
    if text.startswith(TOP):
        rest = "" if "tasks:" in text else "tasks: {zz: {shell: x}}\n"
        return f"pipeline: churn\n{text}{rest}"
    if re.match(r"[a-z_]+: *(\{(foreach|run|outputs)|\n)", text):
        return "pipeline: churn\ntasks:\n" + indented(text, "  ") + neighbours(text)
    kind = "" if re.search(r"^(run|command|shell):", text, re.MULTILINE) else "    shell: x\n"
    return f"pipeline: churn\ntasks:\n  zz:\n{kind}" + indented(text, "    ") + neighbours(text)


def neighbours(text: str) -> str:
    """The tasks that an example speaks of and doesn't show."""
    shown = set(re.findall(r"^([a-z_]+):", text, re.MULTILINE))
    return "".join(f"  {name}: {said}\n" for name, said in NEIGHBOURS.items() if name not in shown)


def indented(text: str, pad: str) -> str:
    return "".join(pad + line for line in text.splitlines(keepends=True))


def codes_in(text: str, where: str, root: Path) -> set[str]:
    file = re.search(r"(wombat\.yml|(?:schemas|pipelines)/[a-z_]+\.yml)", where)
    path = file[1] if file else "pipelines/churn.yml"
    if text.startswith(("schema:", "columns:", "key:")):
        path = "schemas/example.yml"
        text = text if "schema:" in text else f"schema: example\n{text}"
        text = (
            text if "columns:" in text or "python:" in text else f"{text}columns: {{id: int64}}\n"
        )
    for name in ("pipelines/churn.yml", path, *FILES):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(FILES.get(name, ""))
    (root / "pipelines" / "churn.yml").write_text("pipeline: churn\ntasks: {zz: {shell: x}}\n")
    body = pipeline_of(text) if path.startswith("pipelines/") else text
    (root / path).write_text(body, "utf-8")
    return {one.code for one in check(root).diagnostics}


def examples(code: str) -> list[tuple[str, str, str]]:
    return [
        (kind, where, text)
        for kind, where, language, text in EXAMPLE.findall(explain(code))
        if language == "yaml"
    ]


SHOWN = sorted(code for code in codes_of_files() - set(NOT_SHOWN) if examples(code))


@pytest.mark.parametrize("code", SHOWN)
def test_the_examples_are_true(code: str, tmp_path: Path) -> None:
    for number, (kind, where, text) in enumerate(examples(code)):
        found = codes_in(text, where, tmp_path / str(number))
        assert (code in found) is (kind == "Wrong"), (kind, found, text)


def test_most_rules_are_shown() -> None:
    assert len(SHOWN) > 40
