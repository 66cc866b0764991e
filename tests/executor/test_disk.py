"""What the machine refuses, and what records of others say, are told and end nothing else."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.executor.plans import of_artifact, of_task, output, plan, task
from wombat.errors import DiskFault, StoreDamaged, TaskFailed
from wombat.executor import scratch
from wombat.executor import task as task_module
from wombat.executor.local import run_plan
from wombat.executor.task import execute_part

if TYPE_CHECKING:
    from wombat.executor.context import Context

CODE = """
from pathlib import Path
def one() -> int:
    return 1
def fails() -> int:
    raise ValueError
def reads(data: Path) -> str:
    return data.read_text()
"""
ONE = task("one", "work:one")


def full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/a/place")


def refused(context: Context, name: str = "one") -> DiskFault:
    with pytest.raises(DiskFault) as caught:
        execute_part(context, name)
    assert (caught.value.exit_code, caught.value.code) == (13, "disk")
    assert "no space left" in str(caught.value).lower()
    return caught.value


def test_a_full_disk_before_the_task(project, monkeypatch):
    context = project(CODE).begin(plan(ONE))
    monkeypatch.setattr(scratch.tempfile, "mkdtemp", full)
    refused(context)


def test_a_full_disk_while_inputs_are_fetched(project, monkeypatch):
    context = project(CODE).begin(plan(ONE))
    monkeypatch.setattr(task_module, "make_request", full)
    refused(context)
    assert not list((context.root / ".wombat" / "scratch").iterdir())


def test_a_full_disk_while_the_report_is_written(project):
    context = project(CODE).begin(plan(ONE))
    refused(replace(context, report=full))


def test_a_report_that_fails_does_not_hide_why_the_task_failed(project):
    context = project(CODE).begin(plan(task("fails", "work:fails", outputs=(output("x"),))))
    with pytest.raises(TaskFailed):
        execute_part(replace(context, report=full), "fails")


@pytest.mark.parametrize("folder", ["scratch", "logs"])
def test_a_file_in_place_of_a_folder_fails_each_part_and_not_the_run(project, folder):
    context = project(CODE).begin(plan(ONE))
    (context.root / ".wombat" / folder).write_text("")
    result = run_plan(context)
    assert isinstance(result.error, DiskFault)
    assert list(result.failed) == [("one", None)]


def test_a_log_that_cannot_be_opened(project):
    context = project(CODE).begin(plan(ONE))
    (context.root / ".wombat" / "logs" / context.run / "one.log").mkdir(parents=True)
    result = run_plan(context)
    assert isinstance(result.error, DiskFault)
    assert "one.log" in str(result.error)


def test_a_worker_that_cannot_be_started(project, monkeypatch):
    context = project(CODE).begin(plan(ONE))
    monkeypatch.setattr("wombat.executor.process.subprocess.Popen", full)
    refused(context)
    assert isinstance(run_plan(context).error, DiskFault)


HOSTILE = ["../secret", "/etc/passwd", "a/b", "..", "", "a\0b", 5, ["a"]]


@pytest.mark.parametrize("path", HOSTILE)
def test_a_records_file_name_never_leads_elsewhere(project, path, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "x").write_text("x")
    here = project(CODE)
    stored = here.store.push_tree(tmp_path / "x", type="file").to_json()
    reads = task("reads", "work:reads", inputs=(of_artifact("data", "p/x"),))
    context = here.begin(plan(reads), resolve=lambda _: {**stored, "type": "file", "path": path})
    with pytest.raises(StoreDamaged) as caught:
        execute_part(context, "reads")
    assert "'p/x'" in str(caught.value)


def test_a_label_of_a_header_never_leads_elsewhere(project):
    parts = task("one", "work:one", foreach={"k": ["../../out"]})
    after = task("reads", "work:reads", inputs=(of_task("data", "one", "one", collect="list"),))
    context = project(CODE).begin(plan(parts, after))
    with pytest.raises(StoreDamaged) as caught:
        execute_part(context, "reads")
    assert "label" in str(caught.value)
