"""Who is known to take what this project publishes: its own tasks, and projects that said so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from wombat.api.session import open_session
from wombat.errors import Absent, StoreUnreachable, UsageFault
from wombat.language.address import parse_address
from wombat.plan.consumers import consumers
from wombat.schema.model import schema_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wombat.api.reading import Written
    from wombat.api.session import Session
    from wombat.language.address import Address
    from wombat.schema.model import FrameSchema
    from wombat.schema.policy import Cast
    from wombat.store.expectations import Expectation
    from wombat.store.space import Space

_LONGEST: Final = 200


@dataclass(frozen=True)
class Known:
    """A place that takes an address, and what it asks in production; `schema` None: nothing."""

    project: str
    place: str
    address: Address
    schema: FrameSchema | None
    cast: Cast = "none"

    @property
    def shown(self) -> str:
        return f"{self.project} ({self.place})"

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from others, in whichever store it was told."""
        digest = "" if self.schema is None else str(self.schema.digest)
        return (self.project, self.place, str(self.address), digest, self.cast)


def known_consumers(root: Path, now: Written) -> tuple[tuple[Known, ...], tuple[str, ...]]:
    """All that are known, and for those who couldn't be asked why not. Nothing is written."""
    session = open_session(root)
    own = tuple(
        Known(session.project, one.place, parse_address(one.address), one.schema, one.cast)
        for one in consumers(now.spec, now.schemas, now.stored)
        if parse_address(one.address).project is None
    )
    others, unasked = _others(session)
    return (*own, *others), unasked


def _others(session: Session) -> tuple[tuple[Known, ...], tuple[str, ...]]:
    from wombat.store.expectations import expectations

    found: list[Expectation] = []
    unasked: list[str] = []
    try:
        spaces = list(_spaces(session))
    except (StoreUnreachable, Absent, UsageFault) as fault:
        spaces, unasked = [], [_unasked(fault.message)]
    if not spaces and not unasked:
        unasked.append(_unasked(f"there is no store at {session.settings.store_address}"))
    for space in spaces:
        try:
            found += expectations(space, session.project, datetime.now(UTC))
        except (StoreUnreachable, Absent) as fault:
            unasked.append(_unasked(fault.message))
    known = {one.key: one for told in found for one in _known(session, told)}
    return tuple(known.values()), tuple(unasked)


def _spaces(session: Session) -> Iterator[Space]:
    """The own store's, and that of upstream."""
    yield from (store.space for store in session.near(session.project)[:1])
    if session.has_upstream:
        yield session.upstream(session.project).space


def _unasked(why: str) -> str:
    return f"other projects weren't asked what they take: {why}"


def _known(session: Session, told: Expectation) -> Iterator[Known]:
    """What another project wrote: what can't be meant is left out."""
    if told.consumer == session.project:
        return
    try:
        address = parse_address(told.address)
    except UsageFault:
        return
    if address.project != session.project or address.output is None:
        return
    for place in told.places:
        shown = str(place.get("place", ""))[:_LONGEST]
        yield Known(told.consumer, shown, address, _schema(place), _cast(place))


def _schema(place: Mapping[str, Any]) -> FrameSchema | None:
    if "expected" not in place:
        return None
    try:
        return schema_from_json(place["expected"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError):
        return None


def _cast(place: Mapping[str, Any]) -> Cast:
    return "safe" if place.get("cast") == "safe" else "none"
