"""The parent's side of a worker: what it says, how it ends, what it costs to start."""

from __future__ import annotations

import compileall
import fcntl
import os
import resource
import socket
import subprocess
import sys

import pytest

from tests.executor.plans import plan, task
from wombat.errors import MissingExtra, TaskFailed
from wombat.executor.faults import from_wire, to_wire
from wombat.executor.local import run_plan
from wombat.executor.protocol import Channel, TimedOut
from wombat.executor.task import execute_part
from wombat.executor.waiting import ready


def channels():
    ours, theirs = socket.socketpair()
    return Channel(ours), Channel(theirs)


def test_messages_of_any_size_and_character_in_order():
    ours, theirs = channels()
    for message in ({"a": "x\n\u2028🦘\udc80"}, {"b": ["y" * 90_000]}, {}):
        assert ours.send(message)
        assert theirs.receive() == message


def test_a_gone_peer_is_told_after_its_last_words():
    ours, theirs = channels()
    theirs.send({"last": 1})
    theirs.close()
    assert ours.receive() == {"last": 1}
    assert ours.receive() is None
    assert not (ours.send({}) and ours.send({}))


def test_half_a_message_is_none():
    ours, theirs = channels()
    theirs.connection.sendall(b'{"half":')
    with pytest.raises(TimedOut):
        ours.receive(timeout=0.05)
    theirs.close()
    assert ours.receive() is None


def test_any_number_of_files_may_be_open():
    """select(2) takes no descriptor over 1,023."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, limits[1]), limits[1]))
    try:
        ours, theirs = channels()
        high = socket.socket(fileno=fcntl.fcntl(ours.connection, fcntl.F_DUPFD, 2000))
        ours.close()
        theirs.send({"a": 1})
        assert Channel(high).receive(watch=theirs.connection.fileno()) == {"a": 1}
        assert not ready([high.fileno()], 0)
        theirs.close()
        assert ready([high.fileno()], 60) == [high.fileno()]
        high.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.mark.parametrize(
    "error", [TaskFailed("m", code="task-died", hint="h"), MissingExtra("polars frames", "polars")]
)
def test_errors_arrive_as_they_were(error):
    arrived = from_wire(to_wire(error))
    assert type(arrived) is type(error)
    assert (str(arrived), arrived.code, arrived.hint) == (str(error), error.code, error.hint)
    assert arrived.exit_code == error.exit_code


MODULES = """
import sys
def loaded() -> list:
    return sorted(name for name in sys.modules if "." not in name)
"""
HEAVY = ("pandas", "polars", "pyarrow", "pandera", "numpy", "pydantic", "yaml", "click", "asyncio")


def test_a_worker_loads_nothing_heavy_for_a_json_task(project):
    import json

    here = project(MODULES)
    context = here.begin(plan(task("loaded", "work:loaded")))
    execute_part(context, "loaded")
    assert not set(HEAVY) & set(json.loads(here.value(context, "loaded")))


def test_bytecode_that_may_be_older_is_not_taken(project):
    """Two edits in a second that leave a file as long as it was."""
    here = project("from near import VALUE\ndef one() -> int:\n    return VALUE\n")
    near = here.root / "near.py"
    for value in (1, 2):
        near.write_text(f"VALUE = {value}\n")
        os.utime(near, (1_700_000_000, 1_700_000_000))
        compileall.compile_file(str(near), quiet=2)
        context = here.begin(plan(task("one", "work:one")), anew=["one"])
        execute_part(context, "one")
        assert here.value(context, "one") == str(value).encode()


def test_exit_handlers_of_the_project_run(project):
    code = "import atexit\nfrom pathlib import Path\natexit.register(Path('left').touch)\n"
    here = project(code + "def one() -> int:\n    return 1\n")
    given = plan(task("one", "work:one"))
    execute_part(here.begin(given), "one")
    assert (here.root / "left").exists()
    (here.root / "left").unlink()
    assert run_plan(here.begin(given, anew=["one"])).error is None
    assert (here.root / "left").exists()


def test_the_parent_loads_no_dataframe_library():
    code = (
        "import sys, wombat.executor.task, wombat.executor.publish, wombat.review.report\n"
        f"found = set({HEAVY[:5]}) & set(sys.modules)\nassert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_modules_of_the_project_do_not_stand_in_for_the_workers(project):
    here = project("def one() -> int:\n    import shadow\n    return shadow.ONE\n")
    for name in ("socket.py", "json.py", "dataclasses.py"):
        (here.root / name).write_text("raise RuntimeError('not this one')\n")
    (here.root / "src").mkdir()
    (here.root / "src" / "shadow.py").write_text("ONE = 1\n")
    context = here.begin(plan(task("one", "work:one")))
    execute_part(context, "one")
    assert here.value(context, "one") == b"1"
