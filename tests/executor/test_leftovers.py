"""A worker between two tasks: what the first left behind never reaches the second."""

from __future__ import annotations

import json
import os
import socket
import sys

import pytest

from tests.executor.plans import of_task, output, plan, task
from tests.executor.test_failures import gone
from wombat.errors import TaskFailed
from wombat.executor.local import run_plan
from wombat.executor.process import Died, Worker
from wombat.executor.protocol import LONGEST, Channel, Garbled
from wombat.executor.task import execute_part

CODE = """
import atexit, gc, locale, os, resource, signal, subprocess, sys, threading, time
from pathlib import Path

def state() -> dict:
    return {
        "pid": os.getpid(), "umask": os.umask(0o77), "locale": locale.setlocale(locale.LC_ALL),
        "cwd": os.getcwd(), "path": sys.path, "argv": sys.argv, "depth": sys.getrecursionlimit(),
        "gc": gc.isenabled(), "limit": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "timer": signal.getitimer(signal.ITIMER_REAL)[0], "zone": time.tzname[0],
        "handlers": [str(signal.getsignal(n)) for n in (signal.SIGUSR1, 2, signal.SIGALRM)],
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "stdout": type(sys.stdout).__name__, "fileno": sys.stdout.fileno(),
    }
def before() -> dict:
    return state()
def spoil(before: dict) -> dict:
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    signal.alarm(3600)
    os.umask(0o27)
    os.chdir("/")
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    locale.setlocale(locale.LC_ALL, "C.UTF-8" if before["locale"] == "C" else "C")
    sys.path.insert(0, "/nowhere")
    sys.argv.append("x")
    sys.setrecursionlimit(700)
    gc.disable()
    resource.setrlimit(resource.RLIMIT_NOFILE, (99, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    sys.stdout = open(os.devnull, "w")
    return {}
def after(spoil: dict) -> dict:
    print("after speaks")
    return state()

def closes_stdout() -> dict:
    sys.stdout.close()
    sys.stderr.close()
    return {}
def speaks(closes_stdout: dict) -> dict:
    print("it speaks")
    return {"pid": os.getpid()}

def child() -> dict:
    one = subprocess.Popen(["sleep", "300"])
    return {"pid": os.getpid(), "child": one.pid}
def thread() -> dict:
    threading.Thread(target=time.sleep, args=(300,)).start()
    return {"pid": os.getpid(), "child": os.getpid()}
def orphan() -> dict:
    made = subprocess.run(["sh", "-c", "sleep 300 >&2 & echo $!"], stdout=subprocess.PIPE)
    return {"pid": os.getpid(), "child": int(made.stdout)}
def hard() -> dict:
    resource.setrlimit(resource.RLIMIT_NOFILE, (99, 99))
    return {"pid": os.getpid(), "child": os.getpid()}
def ended() -> dict:
    one = subprocess.Popen(["true"])
    os.waitid(os.P_PID, one.pid, os.WEXITED | os.WNOWAIT)
    return {"pid": os.getpid()}
def who(left: dict) -> dict:
    return {"pid": os.getpid(), "child": left["pid"]}

def forks() -> dict:
    if os.fork() == 0:
        time.sleep(0.05)
        return {"child": True}
    return {"child": False}
def forks_and_raises() -> dict:
    pid = os.fork()
    if pid == 0:
        raise RuntimeError("in the child")
    return {"status": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}
def forks_and_exits() -> dict:
    pid = os.fork()
    if pid == 0:
        sys.exit(7)
    return {"status": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}
def pools(k: str = "") -> list:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        return list(pool.map(abs, [-1, -2]))

def sockets() -> list:
    found = []
    for number in range(3, 30):
        try:
            if os.readlink(f"/proc/self/fd/{number}").startswith("socket:"):
                found.append(number)
        except OSError:
            pass
    return found
def says(what: str) -> dict:
    os.write(sockets()[0], what.encode("latin-1"))
    return {}
def closes() -> dict:
    os.closerange(3, 100)
    return {}
def takes_its_place() -> dict:
    os.closerange(3, 100)
    for number in range(3, 30):
        open(f"mine-{number}", "w")
    files = [open(f"mine-{number}", "w") for number in range(3, 30)]
    globals()["files"] = files
    return {}
def closes_and_stays() -> dict:
    os.closerange(3, 100)
    time.sleep(300)
"""
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")


def run(here, *tasks):
    context = here.begin(plan(*tasks))
    result = run_plan(context, jobs=1)
    assert result.error is None
    return lambda name: json.loads(here.value(context, name))


def after(name, first):
    return task(name, f"work:{name}", inputs=(of_task(first, first, first),))


def test_what_can_be_undone_is(project):
    here = project(CODE)
    context = here.begin(
        plan(task("before", "work:before"), after("spoil", "before"), after("after", "spoil"))
    )
    assert run_plan(context, jobs=1).error is None
    first, last = (json.loads(here.value(context, name)) for name in ("before", "after"))
    assert last == first
    log = here.root / ".wombat" / "logs" / context.run / "after.log"
    assert log.read_text() == "after speaks\n"


def test_a_closed_stream_is_open_again(project):
    here = project(CODE)
    given = plan(task("closes_stdout", "work:closes_stdout"), after("speaks", "closes_stdout"))
    context = here.begin(given)
    assert run_plan(context, jobs=1).error is None
    log = here.root / ".wombat" / "logs" / context.run / "speaks.log"
    assert log.read_text() == "it speaks\n"


@pytest.mark.parametrize("left", ["child", "thread", "orphan", "hard"])
@linux
def test_a_worker_with_something_left_running_is_not_used_again(project, left):
    who = task("who", "work:who", inputs=(of_task("left", left, left),))
    value = run(project(CODE), task(left, f"work:{left}"), who)
    assert value("who")["pid"] != value(left)["pid"]
    assert gone(value(left)["child"])


def test_a_child_that_has_ended_is_nothing_left(project):
    who = task("who", "work:who", inputs=(of_task("left", "ended", "ended"),))
    value = run(project(CODE), task("ended", "work:ended"), who)
    assert value("who")["pid"] == value("ended")["pid"]


def test_a_background_command_does_not_outlive_its_task(project):
    here = project(CODE)
    script = 'sleep 300 & echo $! > "$WOMBAT_OUTPUT_X"'
    worker = Worker(here.root)
    context = here.begin(plan(task("x", script=script, outputs=(output("x", "text"),))))
    execute_part(context, "x", worker=worker)
    assert not worker.alive
    assert gone(int(here.value(context, "x")))


def test_a_forked_child_never_answers(project):
    """Neither for its own task nor for the next one, which takes longer than the child."""
    slow = 'for i in 1 2 3 4; do echo $i >> "$WOMBAT_OUTPUT_SLOW/f"; sleep 0.1; done'
    next_one = task("slow", script=slow, outputs=(output("slow", "directory"),), needs=("forks",))
    here = project(CODE)
    context = here.begin(plan(task("forks", "work:forks"), next_one))
    assert run_plan(context, jobs=1).error is None
    assert json.loads(here.value(context, "forks")) == {"child": False}
    assert here.value(context, "slow") == b"1\n2\n3\n4\n"


@pytest.mark.parametrize(("how", "status"), [("forks_and_raises", 1), ("forks_and_exits", 7)])
def test_a_forked_child_ends_as_it_says(project, how, status):
    assert run(project(CODE), task("x", f"work:{how}"))("x") == {"status": status}


def test_pools_of_forked_processes_work(project):
    parts = task("pools", "work:pools", foreach={"k": ["1", "2"]})
    here = project(CODE)
    context = here.begin(plan(parts))
    assert run_plan(context, jobs=1).error is None
    assert json.loads(here.value(context, "pools", part="2")) == [1, 2]


@linux
@pytest.mark.parametrize(
    "what", ["garbage\n", "[1]\n", "{}\n", '{"number":1}', '{"number":0,"outputs":{}}\n', "\xff\n"]
)
def test_whatever_else_comes_over_the_connection_is_no_answer(project, what):
    here = project(CODE)
    context = here.begin(plan(task("x", "work:says", arguments={"what": what})))
    with pytest.raises(TaskFailed) as caught:
        execute_part(context, "x")
    assert caught.value.code == "task-died"
    assert "connection" in str(caught.value)


def test_too_much_without_an_end_is_no_answer():
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    channel._rest = bytearray(LONGEST + 1)
    theirs.close()
    with pytest.raises(Garbled):
        channel.receive()


@linux
@pytest.mark.parametrize("how", ["closes", "takes_its_place", "closes_and_stays"])
def test_a_closed_connection_is_told_as_that(project, how):
    here = project(CODE)
    context = here.begin(plan(task("x", f"work:{how}")))
    with pytest.raises(TaskFailed) as caught:
        execute_part(context, "x")
    assert caught.value.code == "task-died"
    assert "closed Wombat's own connection" in str(caught.value)
    assert all(not file.read_bytes() for file in here.root.glob("mine-*"))


@pytest.mark.parametrize("env", [{"X": "a\0b"}, {"A=B": "x"}])
def test_an_environment_that_cannot_be_is_the_tasks_failure(project, env):
    here = project(CODE)
    context = here.begin(plan(task("before", "work:before", env=env)))
    with pytest.raises(TaskFailed) as caught:
        execute_part(context, "before")
    assert caught.value.code == "invalid-value"
    assert "env" in str(caught.value)


def test_the_death_of_a_worker_has_its_code(project):
    worker = Worker(project(CODE).root)
    os.kill(worker.pid, 9)
    with pytest.raises(Died) as caught:
        worker.ask({})
    assert caught.value.code == -9
