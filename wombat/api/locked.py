"""What the lock says, looked up: the address as it stands there, and who holds the content."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wombat.api.addresses import Found
from wombat.digest import Digest
from wombat.errors import Absent, StoreDamaged, UsageFault
from wombat.language.address import parse_address
from wombat.store import Artifact

if TYPE_CHECKING:
    from wombat.api.lockfile import Content, Entry
    from wombat.api.session import Session
    from wombat.store import Store


def canonical(session: Session, text: str) -> str:
    """An address as the lock has it: the own project isn't named. UsageFault."""
    address = parse_address(text)
    if address.output is None:
        raise UsageFault(
            f"'{text}' names a whole pipeline; expected one output",
            code="invalid-address",
            hint=f"wombat ls {text}",
        )
    own = address.project == session.project
    return str(replace(address, project=None) if own else address)


def find_locked(session: Session, entry: Entry) -> Found:
    """Where the entry's content lies: whatever its ref names by now, in whichever store may be
    read. Absent `lock-lost` where no one holds it."""
    address = parse_address(entry.address)
    for store in session.stores_of(address.project or session.project):
        every = entry.parts if entry.whole is None else {"": entry.whole}
        there = {label: _artifact(store, one) for label, one in every.items()}
        values = {label: one.to_json() for label, one in there.items() if one is not None}
        if len(values) == len(every):
            known = {w: entry.facts[w] for w in ("type", "schema", "path") if w in entry.facts}
            value = {"parts": values} if entry.whole is None else {**known, **values[""]}
            return Found(address, store, entry.name, value, None)
    raise Absent(
        f"wombat.lock takes run {entry.facts.get('run', '?')} of {entry.address}, and no store "
        f"that may be read here holds its content {next(iter(entry.contents.values()))[:16]}",
        code="lock-lost",
        hint=f"wombat lock --upgrade {entry.name}",
    )


def _artifact(store: Store, one: Content) -> Artifact | None:
    """By its manifest, else any of the same content."""
    bare = Artifact(Digest(one.content), Digest(one.manifest), (), store.zone)
    try:
        packs = tuple(row.digest for row in store.manifest(bare, named=False).packs())
    except StoreDamaged as fault:
        if fault.code != "store-lost":
            raise
        return store.find_artifact(one.content)
    return replace(bare, packs=packs)
