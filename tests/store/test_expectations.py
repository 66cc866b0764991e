"""What consumers expect: the newest record of each counts, whatever clocks and others say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.store.test_pins import producer, value
from wombat.store.expectations import expect, expectations
from wombat.store.pins import RENEWED, TERM, pins, subscribe

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ADDRESS = "ml:models/model@main"


def say(space, places, *, now=NOW, kind="tasks", consumer="shop", address=ADDRESS):
    return expect(space, "ml", consumer, address=address, kind=kind, places=places, now=now)


def told(space, now=NOW):
    return [
        (one.consumer, [p["place"] for p in one.places]) for one in expectations(space, "ml", now)
    ]


def place(name):
    return {"place": name}


def test_the_newest_counts_though_an_older_one_says_the_same() -> None:
    space = producer()
    for minute, name in enumerate("aba"):
        assert say(space, [place(name)], now=NOW + timedelta(minutes=minute))
        assert told(space) == [("shop", [name])]


@pytest.mark.parametrize("back", [timedelta(0), timedelta(minutes=5), timedelta(days=400)])
def test_a_clock_that_went_back_hides_nothing(back) -> None:
    space = producer()
    say(space, [place("a")])
    assert say(space, [place("b")], now=NOW - back)
    assert [p for _, p in told(space, NOW - back)] == [["b"]]


def test_the_same_is_said_once_and_again_before_it_ends() -> None:
    space = producer()
    assert say(space, [place("a")])
    assert not say(space, [place("a")], now=NOW + timedelta(days=1))
    late = NOW + TERM - RENEWED + timedelta(days=1)
    assert say(space, [place("a")], now=late)
    assert told(space, NOW + TERM + timedelta(days=1)) == [("shop", ["a"])]
    assert told(space, late + TERM) == []


def test_nothing_takes_it_back() -> None:
    space = producer()
    assert not say(space, [])
    say(space, [place("a")])
    assert say(space, [], now=NOW + timedelta(minutes=1))
    assert told(space) == []


def test_kinds_addresses_and_consumers_have_their_own() -> None:
    space = producer()
    say(space, [place("a")])
    say(space, [place("b")], kind="pull")
    say(space, [place("c")], consumer="shop-2")
    say(space, [place("d")], address="ml:models/other@main")
    assert sorted(p for _, each in told(space) for p in each) == ["a", "b", "c", "d"]


def test_they_are_no_pins_and_pins_are_none() -> None:
    space = producer()
    say(space, [{"place": "a", "expected": {"columns": {"C": "int64", "M": "int64"}}}])
    assert pins(space, "ml") == []
    subscribe(space, "ml", "shop", value(), now=NOW)
    assert len(pins(space, "ml")) == 1
    assert told(space) == [("shop", ["a"])]
