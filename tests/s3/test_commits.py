"""Commits whose answer was lost: landed, or unknown with nothing deleted, never a false conflict.

And a new process recognises what the old one wrote.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.s3.proxy import Proxy, Rule
from tests.s3.shop import Shop, change
from wombat.errors import OutcomeUnknown, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.s3.servers import Server

pytestmark = pytest.mark.slow
COMMITS, PROCESSES = (1000, 50) if os.environ.get("WOMBAT_SOAK") else (50, 4)
LATE = 0.15
STORED = {
    "lost-500": True,
    "drop-after": True,
    "409": False,
    "drop-before": False,
    "500": False,
    "503": False,
    "late": False,
}
"""Faults of a create, and whether our bytes stand there when it is over."""


@pytest.fixture(scope="module")
def shop(
    servers: Callable[[str], Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    from tests.s3.servers import ENVIRON

    os.environ.update(ENVIRON)
    server = servers("seaweed")
    with Proxy(server.endpoint) as proxy:
        yield Shop(server, proxy, f"commits-{os.getpid()}", tmp_path_factory.mktemp("shop"))


def commit(shop: Shop, pipeline: str, run: str) -> str:
    return shop.through().commit_ref(change(pipeline, run, {"o": {"n": run}})).outcome


def history(shop: Shop, pipeline: str) -> list[str]:
    return [record.run for record in shop.direct.ref_log(pipeline, "main")]


def broken_commit(shop: Shop, pipeline: str, fault: str, *, deaf: bool, seq: int = 1) -> str:
    """What came of a commit whose create meets the fault; `deaf`: nor is what stands there told."""
    name = f"/refs/.*/{2**63 - seq:016x}$"
    rules = [Rule(fault, method="PUT", key="/refs/", at=0, seconds=LATE)]
    if deaf:
        rules.append(Rule("503", method="GET", key=name))
    shop.proxy.reset(*rules)
    try:
        outcome = commit(shop, pipeline, "ours")
    except OutcomeUnknown:
        outcome = "unknown"
    assert rules[0].used == 1
    puts = [r for r in shop.proxy.requests if r.method == "PUT" and "/refs/" in r.path]
    assert len(puts) == 1, "sent once"
    assert {r.method for r in shop.proxy.requests} <= {"GET", "PUT", "HEAD"}, "nothing is deleted"
    shop.proxy.reset()
    return outcome


def test_lost_answers_are_told_right(shop: Shop) -> None:
    dice = random.Random(4)
    for number in range(COMMITS):
        fault = list(STORED)[number % len(STORED)]
        rival, deaf, first = dice.random() < 0.3, dice.random() < 0.3, dice.random() < 0.5
        pipeline = f"p{number}"
        before = ["first"] if first else []
        if first:
            commit(shop, pipeline, "first")
        outcome = broken_commit(shop, pipeline, fault, deaf=deaf, seq=1 + first)
        stored = STORED[fault]
        assert outcome == ("published" if stored and not deaf else "unknown"), (fault, deaf)
        if fault == "late":
            after_a_late_put(shop, pipeline, before, rival=rival)
            continue
        after = ["ours", *before] if stored else before
        assert history(shop, pipeline) == after
        if rival:
            commit(shop, pipeline, "rival")
            after = ["rival", *after]
        again = commit(shop, pipeline, "ours")
        assert again == ("already" if stored else "published"), (fault, rival)
        assert history(shop, pipeline) == (after if stored else ["ours", *after])


def after_a_late_put(shop: Shop, pipeline: str, before: list[str], *, rival: bool) -> None:
    """The put may land before or after a rival's, or find its name taken; and we try again."""
    if rival:
        commit(shop, pipeline, "rival")
    else:
        deadline = time.monotonic() + 20
        while "ours" not in history(shop, pipeline) and time.monotonic() < deadline:
            time.sleep(0.02)
    assert commit(shop, pipeline, "ours") in (("already", "published") if rival else ("already",))
    time.sleep(LATE)
    found = history(shop, pipeline)
    assert sorted(found) == sorted(["ours", *(["rival"] if rival else []), *before])
    assert found[len(found) - len(before) :] == before


def test_a_new_process_recognises_its_commit(shop: Shop) -> None:
    for number in range(PROCESSES):
        fault = list(STORED)[number % 4]
        pipeline = f"q{number}"
        outcome = broken_commit(shop, pipeline, fault, deaf=True)
        assert outcome == "unknown"
        argv = [sys.executable, "-m", "tests.s3.committer"]
        said = subprocess.run(
            [*argv, shop.server.address(shop.prefix), pipeline, "ours"],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout.strip()
        assert said == ("already" if STORED[fault] else "published")
        assert history(shop, pipeline) == ["ours"]


def test_the_server_killed_and_back(
    servers: Callable[[str], Server], shop: Shop, prefix: str
) -> None:
    """What was acknowledged is there when it is back; what wasn't is told as unreachable."""
    from tests.s3.servers import running

    with running("seaweed") as server, Proxy(server.endpoint) as proxy:
        own = Shop(server, proxy, prefix, shop.folder / "killed")
        own.begin()
        acknowledged = [f"r{n}" for n in range(5) if commit(own, "p", f"r{n}") == "published"]
        server.kill()
        for name, act in own.operations.items():
            with pytest.raises((StoreUnreachable, OutcomeUnknown)):
                act(own.through(), name)
        server.start()
        assert history(own, "p") == acknowledged[::-1]
        assert commit(own, "p", "after") == "published"
        own.pull(own.direct, "after")
