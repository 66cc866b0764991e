"""Each way in which a task fails has its error, its record, and leaves no process."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.executor.plans import of_task, output, plan, task
from wombat.errors import Conflict, DataInvalid, TaskFailed
from wombat.executor.task import execute_part

CODE = """
import os, signal, subprocess, sys, time
from typing import NamedTuple
def fails() -> dict:
    row = {"secret": 1}
    return row["missing-4711"]
def exits() -> dict:
    os._exit(3)
def killed() -> dict:
    os.kill(os.getpid(), signal.SIGKILL)
def leaves() -> dict:
    sys.exit(0)
def slow(pid: str) -> dict:
    child = subprocess.Popen(["sh", "-c", "trap '' TERM; exec sleep 60"])
    with open(pid, "w") as file:
        file.write(str(child.pid))
    time.sleep(60)
def pair() -> tuple:
    return (1, 2)
def half() -> dict:
    return {"train": 1}
def more() -> dict:
    return {"train": 1, "test": 2, "extra": 3}
def frame() -> dict:
    return "no frame"
class Both(NamedTuple):
    train: int
    test: int
def named() -> Both:
    return Both(1, 2)
def forks() -> dict:
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    os._exit(4)
"""
TWO = (output("train"), output("test"))
FRAME = (output("x", "dataframe"),)
TUPLE = "returned a tuple; expected a dict with train, test (pipelines/demo.yml:1:1)"


def failing(project, one, **words):
    here = project(CODE)
    context = here.begin(plan(one))
    start = time.monotonic()
    with pytest.raises(TaskFailed) as caught:
        execute_part(context, one.name, **words)
    assert time.monotonic() - start < 50  # a child that lives on isn't waited for
    (attempt,) = context.store.attempts("demo", context.run)
    assert attempt.record["state"] == "failed"
    assert attempt.record["error"]["exit"] == 12
    assert attempt.record["error"]["code"] == caught.value.code
    assert here.reports[-1].fault.code == caught.value.code
    assert not list((here.root / ".wombat" / "scratch").iterdir())
    return caught.value


def test_an_exception_is_named_and_its_values_are_not(project, tmp_path):
    log = tmp_path / "log"
    error = failing(project, task("fails", "work:fails"), log=log)
    assert str(error) == "demo/fails raised KeyError"
    printed = log.read_text()
    assert "KeyError: 'missing-4711'" in printed
    assert printed.startswith("Traceback")
    assert "wombat" not in printed.replace(str(tmp_path), "")


@pytest.mark.parametrize(
    ("one", "code", "said"),
    [
        (task("x", "work:exits"), "task-died", "ended its process with 3"),
        (task("x", "work:killed"), "task-died", "SIGKILL"),
        (task("x", "work:leaves"), "task-failed", "sys.exit"),
        (task("x", "work:absent"), "task-failed", "AttributeError"),
        (task("x", "nowhere:x"), "task-failed", "ModuleNotFoundError"),
        (task("x", "work:forks"), "task-died", "ended its process with 4"),
        (task("x", script="exit 7"), "task-failed", "exited with 7"),
        (task("x", script="kill -9 $$"), "task-failed", "SIGKILL"),
        (task("x", script="false | true; touch x"), "task-failed", "exited with 1"),
        (task("x", script="echo $UNSET_NAME"), "task-failed", "exited with"),
        (task("x", argv=("no-such-command-1",)), "command-not-found", "no-such-command-1"),
        (task("x", script="true"), "return-mismatch", "wasn't written"),
        (task("x", "work:pair", outputs=TWO), "return-mismatch", TUPLE),
        (task("x", "work:half", outputs=TWO), "return-mismatch", "a dict without test"),
        (task("x", "work:more", outputs=TWO), "return-mismatch", "a dict with extra"),
        (task("x", "work:frame", outputs=FRAME), "return-mismatch", "a str was returned"),
    ],
)  # fmt: skip
def test_each_way_to_fail(project, one, code, said):
    error = failing(project, one)
    assert error.code == code
    assert said in str(error)


def test_a_named_tuple_is_by_name(project):
    here = project(CODE)
    context = here.begin(plan(task("x", "work:named", outputs=TWO)))
    execute_part(context, "x")
    assert here.value(context, "x", "test") == b"2"


@pytest.mark.slow
def test_a_timeout_ends_the_task_and_its_children(project, tmp_path):
    pid = tmp_path / "pid"
    one = task("slow", "work:slow", timeout=5, arguments={"pid": str(pid)})
    start = time.monotonic()
    error = failing(project, one)
    assert error.code == "task-timeout"
    assert "5s" in str(error)
    assert time.monotonic() - start < 40
    assert gone(int(pid.read_text()))


def gone(pid: int) -> bool:
    """Whether a process has ended, or is about to be buried."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
    return False


def test_a_name_that_no_artifact_can_hold_is_recorded_too(project):
    script = 'touch "$WOMBAT_OUTPUT_X/two\nlines"'
    here = project()
    context = here.begin(plan(task("x", script=script, outputs=(output("x", "directory"),))))
    with pytest.raises(DataInvalid) as caught:
        execute_part(context, "x")
    assert caught.value.code == "artifact-path"
    (attempt,) = context.store.attempts("demo", context.run)
    assert attempt.record["error"]["exit"] == 11
    assert here.reports[-1].fault.code == "artifact-path"


def test_an_input_must_be_ready(project):
    two = task("two", "work:fails", inputs=(of_task("one", "one", "one"),))
    context = project(CODE).begin(plan(task("one", "work:fails"), two))
    with pytest.raises(Conflict) as caught:
        execute_part(context, "two")
    assert caught.value.code == "input-not-ready"


def test_another_attempt_has_the_next_number(project):
    here = project(
        "import os\ndef flaky() -> dict:\n    return {} if os.path.exists('ready') else 1 / 0\n"
    )
    context = here.begin(plan(task("flaky", "work:flaky")))
    with pytest.raises(TaskFailed):
        execute_part(context, "flaky")
    (here.root / "ready").touch()
    assert execute_part(context, "flaky").attempt == 2
    states = [one.record["state"] for one in context.store.attempts("demo", context.run)]
    assert states == ["failed", "done"]
