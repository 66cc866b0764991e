"""Pins: one for each version that is consumed, renewed in time, and told to whoever collects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.store.conftest import memory_store
from wombat.errors import StoreDamaged, UsageFault
from wombat.store import names
from wombat.store.journal import create_record
from wombat.store.pins import RENEWED, TERM, pins, prefix, subscribe

if TYPE_CHECKING:
    from wombat.store.space import Space

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
ONE = {"C": "a" * 64, "M": "b" * 64, "packs": ["c" * 64]}
TWO = {"C": "d" * 64, "M": "e" * 64, "packs": [], "zone": "t/ml"}


def value(**more: object) -> dict[str, object]:
    return {"address": "ml:models/model@main", **ONE, **more}


def producer() -> Space:
    """A zone where what is pinned is there, as far as anybody looks."""
    space = memory_store(zone="t/ml").space
    for one in (ONE, TWO):
        space.blobs.put(names.manifest("t/ml", str(one["C"]), str(one["M"])), b"")
        for pack in one["packs"]:
            space.blobs.put(names.pack("t/ml", pack), b"")
    return space


def test_what_was_let_go_of_is_not_pinned() -> None:
    space = producer()
    space.blobs.delete([names.pack("t/ml", "c" * 64)])
    with pytest.raises(StoreDamaged, match="gone"):
        subscribe(space, "ml", "shop", value(), now=NOW)
    assert pins(space, "ml") == []


def test_a_pin_says_who_holds_what_until_when() -> None:
    space = producer()
    assert subscribe(space, "ml", "shop", value(), now=NOW)
    [pin] = pins(space, "ml")
    assert (pin.project, pin.consumer, pin.address) == ("ml", "shop", "ml:models/model@main")
    assert TERM - timedelta(days=1) <= pin.until - NOW <= TERM
    assert pin.holds(NOW)
    assert not pin.holds(NOW + TERM)
    [artifact] = pin.artifacts()
    assert (artifact.content, artifact.zone) == ("a" * 64, "t/ml")


def test_it_is_renewed_before_it_ends_and_not_sooner() -> None:
    space = producer()
    assert subscribe(space, "ml", "shop", value(), now=NOW)
    assert not subscribe(space, "ml", "shop", value(), now=NOW)
    assert not subscribe(space, "ml", "shop", value(), now=NOW + timedelta(days=1))
    later = NOW + TERM - RENEWED + timedelta(days=1)
    assert subscribe(space, "ml", "shop", value(), now=later)
    assert len(pins(space, "ml")) == 2
    assert max(pin.until for pin in pins(space, "ml")) > NOW + TERM


def test_versions_and_consumers_have_their_own() -> None:
    space = producer()
    for consumer in ("shop", "shop-2"):
        assert subscribe(space, "ml", consumer, value(), now=NOW)
    assert subscribe(space, "ml", "shop", {"address": "ml:models/model@main", **TWO}, now=NOW)
    assert subscribe(space, "mlx", "shop", value(), now=NOW)
    assert len(pins(space, "ml")) == 3
    assert len(pins(space, "ml", "shop")) == 2
    assert prefix("ml") == "x/ml/"
    assert prefix("ml", "shop") == "x/ml/shop/"


def test_parts_are_pinned_together() -> None:
    space = producer()
    parts = {"address": "ml:models/scores", "parts": {"us": ONE, "eu": TWO}}
    assert subscribe(space, "ml", "shop", parts, now=NOW)
    [pin] = pins(space, "ml")
    assert {one.content for one in pin.artifacts()} == {"a" * 64, "d" * 64}


def test_a_consumer_cannot_climb_out_of_its_name() -> None:
    space = producer()
    for consumer in ("../shop", "a/b", ""):
        with pytest.raises(UsageFault):
            subscribe(space, "ml", consumer or "/", value(), now=NOW)


def test_a_pin_without_its_day_is_damage() -> None:
    space = producer()
    create_record(space, "x/ml/shop/odd", "pin", {"until": "soon"})
    with pytest.raises(StoreDamaged, match="no time until"):
        pins(space, "ml")
