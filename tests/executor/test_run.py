"""Whole plans on one machine: order, parallel parts, retries, failures, publishing, signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.executor.plans import of_task, output, plan, task
from tests.executor.test_failures import gone
from wombat.errors import Conflict, DataInvalid, TaskFailed
from wombat.executor import events
from wombat.executor.local import run_plan
from wombat.executor.process import Worker
from wombat.executor.publish import publish_run
from wombat.executor.task import execute_part
from wombat.executor.units import select
from wombat.store import Store

CODE = """
import os, pathlib, subprocess, time
def one() -> dict:
    print("one says hello")
    return {"n": 1}
def add(n: dict, k: str = "0") -> dict:
    return {"n": n["n"] + int(k)}
def total(parts: dict) -> dict:
    return {"n": sum(part["n"] for part in parts.values())}
def meets(k: str) -> dict:
    pathlib.Path(f"here-{k}").touch()
    deadline = time.monotonic() + 120
    while not (os.path.exists("here-a") and os.path.exists("here-b")):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.01)
    return {}
def fails() -> dict:
    print("before the end")
    raise ValueError("no")
def flaky() -> dict:
    with open("tries", "a") as file:
        file.write("x")
    if os.path.getsize("tries") < 3:
        raise OSError
    return {}
def who(k: str) -> dict:
    return {"pid": os.getpid()}
def hangs(k: str) -> dict:
    child = subprocess.Popen(["sleep", "300"])
    pathlib.Path(f"pid-{k}").write_text(f"{os.getpid()} {child.pid}")
    pathlib.Path(f"ready-{k}").touch()
    time.sleep(300)
"""


def diamond(first="work:one"):
    return plan(
        task("one", first),
        task("add", "work:add", inputs=(of_task("n", "one", "one"),), foreach={"k": ["1", "2"]}),
        task("total", "work:total", inputs=(of_task("parts", "add", "add", collect="dict"),)),
        task("apart", "work:one", outputs=(output("apart"),)),
    )


def watched():
    seen: list[events.Event] = []
    return seen, seen.append


def names(seen, kind):
    return [event.name for event in seen if isinstance(event, kind)]


def place(seen, kind, name):
    return next(i for i, e in enumerate(seen) if isinstance(e, kind) and e.name == name)


def test_a_plan_runs_in_order_and_is_published(project):
    here = project(CODE)
    context = here.begin(diamond())
    seen, watch = watched()
    result = run_plan(context, jobs=2, on_event=watch)
    assert result.error is None
    assert result.published.outcome == "published"
    assert json.loads(here.value(context, "total")) == {"n": 5}
    head = context.store.head("demo", "main")
    assert sorted(head.outputs) == ["add.add", "apart.apart", "one.one", "total.total"]
    assert sorted(head.outputs["add.add"]["parts"]) == ["1", "2"]
    assert head.outputs["add.add"]["parts"]["1"]["values"] == {"k": "1"}
    assert len(names(seen, events.TaskStarted)) == len(names(seen, events.TaskFinished)) == 5
    for before, after in [("one", "add: [1]"), ("add: [1]", "total"), ("add: [2]", "total")]:
        assert place(seen, events.TaskStarted, before) < place(seen, events.TaskStarted, after)
    assert isinstance(seen[0], events.RunStarted)
    assert seen[-1] == events.RunFinished(context.run, seen[-1].seconds, 5, 0, 0, result.published)
    log = here.root / ".wombat" / "logs" / context.run / "one.log"
    assert log.read_text() == "one says hello\n"


def test_a_run_that_did_all_reads_none_of_its_attempts_again(project, monkeypatch):
    context = project(CODE).begin(plan(task("one", "work:one")))
    monkeypatch.setattr(Store, "attempts", None)
    assert run_plan(context).published.outcome == "published"


def test_the_same_digests_as_through_single_jobs(project):
    here = project(CODE)
    whole, single = here.begin(diamond()), here.begin(diamond())
    run_plan(whole, jobs=2)
    for name, label in [
        ("one", None),
        ("add", "1"),
        ("add", "2"),
        ("total", None),
        ("apart", None),
    ]:
        execute_part(single, name, label)
    assert publish_run(single.store, single.header).outcome == "published"

    def digests(context):
        found = context.store.published("demo", context.run)["outputs"]
        return json.dumps(found, sort_keys=True)

    def keys(context):
        return {
            (a.task, a.part): a.record["key"] for a in context.store.attempts("demo", context.run)
        }

    assert digests(whole) == digests(single)
    assert keys(whole) == keys(single)
    assert here.store.find_result(keys(whole)["total", None])["outputs"]["total"]


def test_parts_run_at_the_same_time(project):
    context = project(CODE).begin(plan(task("meets", "work:meets", foreach={"k": ["a", "b"]})))
    assert run_plan(context, jobs=2).error is None


def test_workers_stay_warm(project):
    here = project(CODE)
    parts = [str(number) for number in range(6)]
    context = here.begin(plan(task("who", "work:who", foreach={"k": parts})))
    assert run_plan(context, jobs=1).error is None
    assert len({here.value(context, "who", part=label) for label in parts}) == 1


def test_a_failure_stops_what_is_to_come(project):
    context = project(CODE).begin(diamond("work:fails"))
    seen, watch = watched()
    result = run_plan(context, jobs=1, on_event=watch)
    assert isinstance(result.error, TaskFailed)
    assert list(result.failed) == [("one", None)]
    assert result.published is None
    assert context.store.head("demo", "main") is None
    (failed,) = [event for event in seen if isinstance(event, events.TaskFailed)]
    assert failed.tail[0] == "before the end"
    assert failed.tail[-1] == "ValueError: no"
    skipped = {e.name: e.because for e in seen if isinstance(e, events.TaskSkipped)}
    assert skipped == {"add: [1]": "one", "add: [2]": "one", "total": "one", "apart": None}


def test_keep_going_runs_what_does_not_need_it(project):
    context = project(CODE).begin(diamond("work:fails"))
    result = run_plan(context, jobs=1, keep_going=True)
    assert list(result.done) == [("apart", None)]
    assert result.skipped == (("add", "1"), ("add", "2"), ("total", None))
    assert result.published is None


def test_a_task_is_tried_again_as_often_as_it_says(project):
    here = project(CODE)
    context = here.begin(plan(task("flaky", "work:flaky", retry=2)))
    seen, watch = watched()
    assert run_plan(context, on_event=watch).error is None
    assert [event.attempt for event in seen if isinstance(event, events.TaskRetried)] == [1, 2]
    assert len(context.store.attempts("demo", context.run)) == 3
    (here.root / "tries").unlink()
    again = here.begin(plan(task("flaky", "work:flaky", retry=1)), anew=["flaky"])
    assert run_plan(again).error.exit_code == 12


def test_one_task_alone_takes_its_inputs_from_the_branch(project):
    here = project(CODE)
    assert run_plan(here.begin(diamond())).error is None
    context = here.begin(diamond(), borrow=True)
    result = run_plan(context, targets=["total"], only=True)
    assert list(result.done) == [("total", None)]
    assert result.published is None
    assert json.loads(here.value(context, "total")) == {"n": 5}


def test_targets_bring_what_they_need():
    assert select(diamond(), []) == {"one", "add", "total", "apart"}
    assert select(diamond(), ["add"]) == {"one", "add"}
    assert select(diamond(), ["add"], only=True) == {"add"}
    assert select(diamond(), ["add"], downstream=True) == {"one", "add", "total"}
    assert select(diamond(), ["add"], only=True, downstream=True) == {"add", "total"}


def test_needs_order_without_data(project):
    before = task("before", script='echo 1 > mark; echo {} > "$WOMBAT_OUTPUT_BEFORE"')
    after = task("after", script='cat mark > "$WOMBAT_OUTPUT_AFTER"', needs=("before",))
    here = project()
    context = here.begin(plan(before, after))
    assert run_plan(context, jobs=2).error is None
    assert here.value(context, "after") == b"1"


def test_an_older_run_is_superseded_and_a_second_publish_is_known(project):
    here = project(CODE)
    old, new = here.begin(diamond(), order=5), here.begin(diamond(), order=9)
    assert run_plan(new).published.outcome == "published"
    late = run_plan(old)
    assert (late.error, late.published.outcome, late.published.by) == (None, "superseded", new.run)
    assert publish_run(new.store, new.header).outcome == "already"


def test_an_unfinished_run_is_not_published(project):
    context = project(CODE).begin(diamond())
    execute_part(context, "one")
    with pytest.raises(Conflict) as caught:
        publish_run(context.store, context.header)
    assert caught.value.code == "unclosed-set"


BAD = """
def bad() -> dict:
    import polars as pl
    return pl.DataFrame({"x": [-1]})
"""
INTERRUPTED = """
import sys
from pathlib import Path
from tests.executor.plans import Project, plan, task
from wombat.executor.local import run_plan
project = Project.__new__(Project)
project.root, project.reports = Path(sys.argv[1]), []
context = project.begin(plan(task("hangs", "work:hangs", retry=1, foreach={"k": ["a", "b"]})))
run_plan(context, jobs=2)
"""


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_an_interrupted_run_leaves_no_process(project, number, code):
    here = project(CODE)
    repository = Path(__file__).resolve().parents[2]
    run = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(here.root)],
        cwd=repository,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    waits_for(here.root / "ready-a", here.root / "ready-b")
    left = [int(pid) for k in "ab" for pid in (here.root / f"pid-{k}").read_text().split()]
    os.kill(run.pid, number)
    assert run.wait(timeout=60) == code
    assert all(gone(pid) for pid in left)


def waits_for(*files: Path) -> None:
    deadline = time.monotonic() + 120
    while not all(file.exists() for file in files):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_stopped_worker_takes_its_children_along(project):
    here = project(CODE)
    worker = Worker(here.root)
    script = 'sleep 300 & echo $! > "$WOMBAT_OUTPUT_X"; echo $! > pid'
    context = here.begin(plan(task("x", script=script, outputs=(output("x", "text"),))))
    execute_part(context, "x", worker=worker)
    worker.stop()
    worker.stop()
    assert not worker.alive
    assert gone(int((here.root / "pid").read_text()))


@pytest.mark.slow
def test_data_that_is_invalid_is_not_tried_again(project):
    here = project(BAD)
    schema = {"schema": "s", "columns": {"x": {"type": "int64", "min": 0}}}
    one = task("bad", "work:bad", retry=2, outputs=(output("bad", "dataframe", schema="s"),))
    context = here.begin(plan(one, schemas={"s": schema}))
    assert isinstance(run_plan(context).error, DataInvalid)
    assert len(context.store.attempts("demo", context.run)) == 1
