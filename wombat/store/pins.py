"""Pins: what other projects consume of a project, each until a day; a collection keeps it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import StoreDamaged
from wombat.store import names
from wombat.store.doom import artifacts_in
from wombat.store.journal import create_record, read_record
from wombat.store.parallel import each
from wombat.store.space import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.store.records import Artifact
    from wombat.store.space import Space

TERM: Final = timedelta(days=90)
"""How long a pin holds."""
RENEWED: Final = timedelta(days=60)
"""A pin with less than this before it is made anew by whoever still consumes."""

EXPECTS: Final = "expects-"
"""What begins the names of records that keep nothing, and say what a consumer expects."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One subscription: `value` is the record, its artifacts, `address`, and what was known."""

    project: str
    consumer: str
    subscription: str
    until: datetime
    value: Mapping[str, Any]

    @property
    def address(self) -> str:
        return str(self.value.get("address", ""))

    def holds(self, now: datetime) -> bool:
        """Until its day is over, by the clock that is given."""
        return now < self.until

    def artifacts(self) -> Iterator[Artifact]:
        """Each with its zone."""
        for one in artifacts_in(self.value):
            yield one if one.zone else replace(one, zone=f"t/{self.project}")


def prefix(project: str, consumer: str | None = None) -> str:
    """Below which the pins on a project stand, of one consumer or of all."""
    at = {"project": project, "consumer": consumer or "x", "subscription": "x"}
    key = names.build("pin", **at)
    return names.folder(key) if consumer else key[: -len("x/x")]


def pins(space: Space, project: str, consumer: str | None = None) -> list[Pin]:
    """Every pin on a project, those that are over too. Raises StoreDamaged, StoreDenied."""
    found = listed(space, prefix(project, consumer))
    keys = [
        key
        for key, name in found
        if name.kind == "pin" and not name["subscription"].startswith(EXPECTS)
    ]
    return list(each(lambda key: read_pin(space, key), keys))


def read_pin(space: Space, key: str) -> Pin:
    """Raises StoreDamaged, Absent."""
    return pin_of(key, read_record(space, key, "pin"))


def pin_of(key: str, body: Mapping[str, Any]) -> Pin:
    """What a record says; raises StoreDamaged where that is no pin."""
    name = names.parse(key)
    assert name is not None  # noqa: S101 -- it was listed by its name
    try:
        until = datetime.fromisoformat(body["until"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise StoreDamaged(f"{key} is no pin: it says no time until which it holds") from error
    return Pin(name["project"], name["consumer"], name["subscription"], until, body)


def subscribe(
    space: Space, project: str, consumer: str, value: Mapping[str, Any], *, now: datetime
) -> bool:
    """Pins what `value` names for another TERM; False where a pin holds it for long enough.

    `space` is the producer's zone, whose doomed lists are looked at. Raises Doomed where the
    version is about to be deleted, StoreDamaged where it is gone, StoreDenied where the
    credentials may not write here.
    """
    stem = _stem(value)
    for key, name in listed(space, prefix(project, consumer)):
        mine = name.kind == "pin" and name["subscription"].startswith(f"{stem}=")
        if mine and read_pin(space, key).until - now >= RENEWED:
            return False
    until = (now + TERM).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    subscription = f"{stem}={until:%Y%m%d}"
    at = {"project": project, "consumer": consumer, "subscription": subscription}
    body = {**value, "until": until.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return create_record(space, names.build("pin", **at), "pin", body, learned=True)


def _stem(value: Mapping[str, Any]) -> str:
    """The name of a subscription apart from its day: told apart by all that it holds."""
    from wombat.digest import digest_json

    every = sorted(f"{one.content}.{one.manifest}" for one in artifacts_in(value))
    return digest_json({"address": str(value.get("address", "")), "artifacts": list(every)})[:32]
