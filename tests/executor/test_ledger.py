"""Records are written many at once, told when durable; what fails is a failure of its part."""

from __future__ import annotations

import threading

import pytest

from tests.executor.plans import of_task, plan, task
from wombat.errors import Conflict
from wombat.executor import events
from wombat.executor.ledger import Ledger
from wombat.executor.local import run_plan

CODE = "def one():\n    return 1\ndef two(n):\n    return n + 1\n"


def _chain():
    return plan(
        task("one", "work:one"),
        task("two", "work:two", inputs=(of_task("n", "one", "one"),)),
    )


def test_a_part_is_told_to_be_done_when_its_record_and_result_stand(project):
    here = project(CODE)
    context = here.begin(_chain())
    stood = {}

    def watch(event):
        if isinstance(event, events.TaskFinished):
            found = context.store.attempts("demo", context.run, event.task)
            key = found[0].record["key"] if found else None
            stood[event.task] = bool(found and context.store.find_result(key))

    assert run_plan(context, on_event=watch).published
    assert stood == {"one": True, "two": True}


def test_a_record_that_cannot_be_written_is_a_failure_of_its_part(project):
    here = project(CODE)
    context = here.begin(_chain())
    runs = here.root / ".wombat" / "store" / context.store.zone / "runs" / "demo" / context.run
    (runs / "one=").write_text("in the way of a folder")
    seen = []
    result = run_plan(context, on_event=seen.append)
    assert list(result.failed) == [("one", None)], result.failed
    assert result.error.exit_code == 13
    assert result.published is None
    assert ("one", None) not in result.done
    assert [one.task for one in seen if isinstance(one, events.TaskFailed)] == ["one"]
    assert not list((here.root / ".wombat" / "scratch").iterdir())


def test_calls_of_a_moment_are_made_side_by_side():
    together = threading.Barrier(10)
    with Ledger(pause=5.0) as ledger:
        asked = [ledger.write(lambda: together.wait(60)) for _ in range(10)]
        ledger.hurry()
        assert sorted(one.result(60) for one in asked) == list(range(10))


def test_whatever_a_call_raises_is_its_own_answer():
    def fails() -> None:
        raise Conflict("taken")

    with Ledger(pause=0.0) as ledger:
        first, second = ledger.write(fails), ledger.write(lambda: 1)
        with pytest.raises(Conflict, match="taken"):
            first.result(10)
        assert second.result(10) == 1


def test_what_waits_at_the_end_is_made():
    made = []
    with Ledger(pause=60.0) as ledger:
        for number in range(5):
            ledger.write(lambda number=number: made.append(number))
    assert sorted(made) == list(range(5))
