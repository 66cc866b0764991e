"""What doctor sees of the store: whose credentials are at hand, and what they may do there."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from wombat.api.doctor_lakefs import look_at_store
from wombat.api.findings import Finding
from wombat.errors import StoreDenied
from wombat.store import Created

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wombat.api.session import Session
    from wombat.store import Store


def look_at_rights(session: Session) -> Iterator[Finding]:
    """On S3 and lakeFS: a folder's rights are those of its files.

    Nothing is written: a name that is taken already is created again, which is refused either
    way, and what is deleted is a name that nobody has.
    """
    own = session.readable[0]
    if own.address.startswith("lakefs://"):
        yield from look_at_store(session, own.address)
    if not own.address.startswith("s3://"):
        return
    yield _identity(own)
    zone = str(session.settings.zone.value)
    yield _writing(own)
    yield from _deleting(own, zone)
    if zone == "u":
        yield from _intruding(own, f"t/{session.project}")
    if zone == "t":
        yield from _relying(own, f"u/{session.project}")


def _identity(store: Store) -> Finding:
    from wombat.store.s3.address import parse_address
    from wombat.store.s3.credentials import provider

    found = provider(parse_address(store.address))
    role = f" as {found.role}" if found.role else ", no role"
    return Finding("identity", "good", f"{found.kind}{role}; zone {store.zone}")


def _writing(store: Store) -> Finding:
    about, may = "writing", _may_write(store, store.zone)
    if may is None:
        said = "can't be seen: the zone is empty, or the store has no conditional writes"
        return Finding(about, "note", said)
    if may:
        return Finding(about, "good", f"these credentials write {store.zone}")
    return Finding(
        about, "note", f"these credentials only read {store.zone}", "wombat store policy"
    )


def _deleting(store: Store, zone: str) -> Iterator[Finding]:
    about = "deleting"
    if not _may(lambda: store.blobs.delete([f"{store.zone}/probe/{secrets.token_hex(8)}"])):
        yield Finding(about, "good", f"refused to these credentials in {store.zone}")
    elif zone != "local":
        said = f"these credentials may delete in {store.zone}; only the role of gc should"
        yield Finding(about, "note", said, "wombat store policy prints roles without that right")


def _intruding(store: Store, zone: str) -> Iterator[Finding]:
    """The one that matters: whoever opens a merge request runs code with these credentials."""
    may = _may_write(store, zone)
    if may:
        said = f"an untrusted job's credentials may write {zone}, which production relies on"
        yield Finding("other zone", "wrong", said, "a role of its own: wombat store policy")
    elif may is False:
        yield Finding("other zone", "good", f"{zone} can't be written from here")


def _relying(store: Store, zone: str) -> Iterator[Finding]:
    if _may(lambda: next(store.blobs.list(f"{zone}/", limit=1), None)):
        said = f"a trusted job's credentials may read {zone}; they need not"
        yield Finding("other zone", "note", said, "wombat store policy")
    else:
        yield Finding("other zone", "good", f"{zone} can't be read from here")


def _may_write(store: Store, zone: str) -> bool | None:
    """By a record that is never deleted; None where there is none, or it could be overwritten."""
    if not store.space.atomic:
        return None
    for kind in ("refs", "runs"):
        try:
            key = next(store.blobs.list(f"{zone}/{kind}/", limit=1), None)
        except StoreDenied:
            return None
        if key is not None:
            return _may(lambda key=key: store.blobs.create(key, b"") is Created.EXISTS)  # type: ignore[misc]
    return None


def _may(call: Callable[[], Any]) -> bool:
    try:
        call()
    except StoreDenied:
        return False
    return True
