"""Operation by request by fault: a typed error or success, nothing half done, nothing lost."""

from __future__ import annotations

import os
import random
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.s3.proxy import FAULTS, Proxy, Rule
from tests.s3.shop import Shop
from wombat.errors import OutcomeUnknown, StoreDamaged, StoreUnreachable
from wombat.store import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.s3.servers import Server

pytestmark = pytest.mark.slow
CELLS = 2000 if os.environ.get("WOMBAT_SOAK") else 200
STATUSES = ("500", "503", "429", "403", "409")
OPERATIONS = ("push", "publish", "commit", "pull", "find", "list")
EVER = 10_000
MAY_RAISE = (StoreUnreachable, OutcomeUnknown, StoreDamaged)
"""No Conflict, as there is no rival; no Absent, as everything that is asked for is there."""


@pytest.fixture(scope="module")
def shop(
    servers: Callable[[str], Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    from tests.s3.servers import ENVIRON

    os.environ.update(ENVIRON)
    server = servers("seaweed")
    with Proxy(server.endpoint) as proxy:
        shop = Shop(server, proxy, f"matrix-{os.getpid()}", tmp_path_factory.mktemp("shop"))
        shop.begin()
        yield shop


def cells(shop: Shop, operation: str, count: int) -> list[tuple[int, str, int]]:
    """Request, fault, and how often; each fault at each request that the operation makes before
    any is repeated, then at random."""
    shop.proxy.reset()
    shop.operations[operation](shop.through(), f"clean-{operation}")
    requests = len(shop.proxy.requests)
    every = [(at, fault, 1) for at in range(requests) for fault in (*FAULTS, *STATUSES)]
    every += [(at, fault, EVER) for at, fault, _ in every]
    dice = random.Random(operation)
    dice.shuffle(every)
    return [every[n % len(every)] for n in range(count)]


def one_cell(shop: Shop, operation: str, name: str, cell: tuple[int, str, int]) -> str:
    """What came of it: `done`, or the error's name. Everything that must hold is asserted."""
    at, fault, times = cell
    act = shop.operations[operation]
    shop.proxy.reset()
    expected = act(shop.through(), "base-of-expectation") if operation in ("find", "list") else None
    away = "http://127.0.0.1:9/"
    shop.proxy.reset(Rule(fault, at=at, times=times, seconds=0.02, location=away))
    outcome = "done"
    try:
        answer = act(shop.through(), name)
        # A result that is damaged is none: its task runs again.
        none = operation == "find" and fault == "corrupt" and answer is None
        assert expected is None or answer == expected or none
    except MAY_RAISE as error:
        outcome = type(error).__name__
    assert not [r for r in shop.proxy.requests if r.method in ("DELETE", "POST")], "cleaned up"
    check(shop, operation, name, done=outcome == "done")
    shop.proxy.reset()
    act(shop.through(), name)
    check(shop, operation, name, done=True)
    return outcome


def check(shop: Shop, operation: str, name: str, *, done: bool) -> None:
    """What stands in the store, asked without the proxy, and what lies in the folder."""
    store = shop.direct
    if operation in ("publish", "commit"):
        log = list(store.ref_log(name, "main"))
        assert len(log) <= 1, "a retry recognises its own record"
        assert log or not done, "what was acknowledged is there"
        if operation == "publish" and done:
            assert store.published(name, "r")["outputs"] == dict(log[0].outputs)
    if operation == "push":
        records = store.attempts(name, "r")
        assert records or not done
        for record in records:
            into = shop.folder / f"check-{name}"
            shutil.rmtree(into, ignore_errors=True)
            store.fetch_tree(Artifact.from_json(record.record["outputs"]["o"]), into)
            assert contents(into) == contents(shop.tree(name))
    if operation == "pull":
        into = shop.folder / f"out-{name}"
        assert into.exists() or not done
        if into.exists():
            assert contents(into) == contents(shop.tree("base"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_fault_at_each_request(shop: Shop, operation: str) -> None:
    outcomes: dict[str, int] = {}
    for number, cell in enumerate(cells(shop, operation, CELLS // len(OPERATIONS) + 1)):
        try:
            outcome = one_cell(shop, operation, f"{operation}-{number}", cell)
        except BaseException as error:
            error.add_note(f"at request {cell[0]} {cell[2]} times: {cell[1]}")
            raise
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    assert outcomes.pop("done") >= 3
    assert sum(outcomes.values()) >= 3, "some faults are no success"
