"""Two teams, one bucket: what one publishes the other locks, runs on, and pins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.api.sharing import (
    CONSUMER,
    MODELS,
    RANK,
    TRAIN,
    environment,
    project,
    run,
    session_in,
    without_ci,
)
from wombat.api.addresses import resolve
from wombat.api.artifacts import load
from wombat.api.locking import lock
from wombat.api.overview import list_pipelines, list_refs
from wombat.api.pushing import push
from wombat.api.session import open_session
from wombat.store import open_store
from wombat.store.wrap.counting import Counting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.s3.servers import Server

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _no_ci() -> Iterator[None]:
    with without_ci():
        yield


@pytest.fixture
def bucket(servers: Callable[[str], Server], prefix: str) -> str:
    address = servers("seaweed").address(prefix)
    open_store(address, project="ml", zone="t")  # as an administrator does
    return address


def test_one_bucket_serves_two_projects_and_a_laptop(bucket: str, tmp_path: Path) -> None:
    ml = project(tmp_path / "ml", "ml", MODELS, TRAIN)
    shop = project(tmp_path / "shop", "shop", CONSUMER, RANK)
    with environment(WOMBAT_STORE=bucket):
        run(ml, "models")
        assert [line.pin for line in lock(session_in(shop, "t")).lines] == ["pinned"]
        run(ml, "models", weight="5")
        run(shop, "shop")
        found = resolve(session_in(shop, "t"), "shop/rank")
        data = found.store.read_file(next(found.artifacts())[1], "data.json")
        assert json.loads(data) == {"rank": 10}
        assert [row[1] for row in list_refs(session_in(ml, "t")).rows] == ["branch", "pin"]
    with environment(WOMBAT_UPSTREAM=bucket):
        assert load("ml:models/model@main", start=shop) == {"weight": 5}
        assert load("shop/rank", start=shop) == {"rank": 10}
        assert list_pipelines(open_session(shop)).rows[0][-1] == "t/shop (upstream)"
        lock(open_session(shop), everything=True)
        run(shop, "shop", zone="local")
        assert load("shop/rank", start=shop) == {"rank": 50}
        [done] = push(open_session(shop))
        assert (done.published.outcome, done.new, done.zone) == ("published", 1, "u/shop")
        [again] = push(open_session(shop))
        assert (again.published.outcome, again.new) == ("already", 0)


def test_listing_asks_little_and_at_once(bucket: str) -> None:
    """50 runs with 20 records each, 10 branches of 3 pipelines: what schedules and `ls` ask."""
    store = open_store(bucket, project="shop", zone="t")
    for number in range(10):
        for name in ("a", "b", "c"):
            store.publish(
                pipeline=name,
                branch=f"branch-{number}",
                run=f"ci-{number}",
                plan="0" * 64,
                order=number,
                commit=None,
                time="2026-11-01T00:00:00Z",
                outputs={},
            )
    for number in range(12):
        store.create_header("a", f"ci-{number}", {})
    counting = Counting(store.blobs)
    from dataclasses import replace

    from wombat.store import Store

    counted = Store(replace(store.space, blobs=counting), store.address)
    assert len(counted.runs("a")) == 12
    assert counting.counts.total == 1
    assert counted.pipelines() == ["a", "b", "c"]
    assert len(counted.branches("a")) == 10
    assert counting.counts.total == 3

    from wombat.api.overview import _lines

    before = counting.counts.total
    assert len(list(_lines(counted, "t/shop"))) == 30
    assert counting.counts.total - before <= 1 + 3 * 2 + 30 * 2
    assert counting.counts.rounds <= 25


def test_nobody_else_s_local_zone_is_asked_for_on_a_server(bucket: str, tmp_path: Path) -> None:
    shop = project(tmp_path / "shop", "shop", CONSUMER, RANK)
    with environment(WOMBAT_STORE=bucket):
        open_store(bucket, project="ml", zone="t")
        assert [one.zone for one in session_in(shop, "local").near("ml")] == ["t/ml"]
        own = [one.zone for one in session_in(shop, "local").near("shop")]
        assert own == ["local/shop", "t/shop"]
