"""Subscriptions: a pin at the producer for what this project consumes of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from wombat.api.lockfile import FILE
from wombat.errors import Absent, OutcomeUnknown, StoreDamaged, StoreDenied, StoreUnreachable
from wombat.store.doom import Doomed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.api.addresses import Found
    from wombat.api.session import Session
    from wombat.language.address import Address

Outcome = Literal["pinned", "held", "not-ours", "denied", "doomed"]
_KEPT: Final = ("type", "schema")
_TOLD: Final = ("run", "branch", "tag", "seq", "time")


def subscribe(session: Session, found: Found, facts: Mapping[str, Any] | None = None) -> Outcome:
    """Pins what was found at its producer, so that its collection of garbage keeps it, and records
    there what this project expects of it. `facts` are what is known of its run, where no ref tells,
    and of the lock.

    `held`: a pin does for long enough. `not-ours`: untrusted runs pin nothing, and what isn't in a
    trusted zone is nobody's to pin. `denied`: the credentials may not. `doomed`: the producer lets
    go of this version already. Other errors of the store are raised.
    """
    from wombat.store.pins import subscribe as pin

    project = found.address.project or session.project
    if session.settings.zone.value == "u" or not found.store.zone.startswith("t/"):
        return "not-ours"
    try:
        now = datetime.now(UTC)
        _expect(session, found, facts or {}, now)
        made = pin(found.store.space, project, session.project, _value(found, facts or {}), now=now)
    except StoreDenied:
        return "denied"
    except Doomed:
        return "doomed"
    return "pinned" if made else "held"


def _expect(session: Session, found: Found, facts: Mapping[str, Any], now: datetime) -> None:
    """Tells the producer which of our tasks take this, and what they ask; for what nobody's task
    takes, that it stays as it was recorded."""
    from wombat.api.expecting import as_recorded
    from wombat.store.expectations import expect

    address = str(found.address)
    project = found.address.project or session.project
    places = session.asked.get(address, ()) if "locked" in facts else ()
    if not places:
        name = facts.get("locked")
        places = [as_recorded(f"{FILE} ({name})" if name else "pull", found, facts)]
    kind = "tasks" if "locked" in facts else "pull"
    expect(
        found.store.space, project, session.project,
        address=address, kind=kind, places=places, now=now,
    )  # fmt: skip


def expect_nothing(session: Session, address: Address) -> None:
    """Tells a producer that nothing of an address is locked any more; no failure is told."""
    from wombat.store.expectations import expect

    project = address.project or session.project
    if session.settings.zone.value == "u":
        return
    with suppress(StoreUnreachable, StoreDamaged, OutcomeUnknown, Absent):
        for store in session.stores_of(project):
            if store.zone.startswith("t/"):
                expect(
                    store.space, project, session.project,
                    address=str(address), kind="tasks", places=(), now=datetime.now(UTC),
                )  # fmt: skip


def renew(session: Session, found: Found, facts: Mapping[str, Any] | None = None) -> None:
    """As `subscribe`, beside something that goes on without it."""
    with suppress(StoreUnreachable, StoreDamaged, OutcomeUnknown):
        subscribe(session, found, facts)


def _value(found: Found, facts: Mapping[str, Any]) -> dict[str, Any]:
    ref = found.ref
    told = {word: facts[word] for word in _TOLD if word in facts}
    told["address"] = str(found.address)
    if ref is not None:
        told |= {"run": ref.run, "branch": ref.branch, "seq": ref.seq, "time": ref.time}
    if found.parts is None:
        return told | _bare(found, found.value)
    return told | {"parts": {label: _bare(found, one) for label, one in found.parts.items()}}


def _bare(found: Found, value: Mapping[str, Any]) -> dict[str, Any]:
    known = {word: value[word] for word in _KEPT if value.get(word)}
    return known | found.artifact(value).to_json()
