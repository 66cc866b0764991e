"""What retention let go of isn't damage: whoever asks for it is told so."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from wombat.errors import Absent, StoreDamaged, StoreUnreachable
from wombat.store.presence import lost

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from wombat.api.session import Session
    from wombat.store import Artifact, RefRecord, Store


def kept(session: Session, store: Store) -> set[bytes]:
    """What the project's rules of retention keep of a zone now: C and M, 64 bytes each.

    Raises StoreDamaged where a root can't be read: then nobody knows.
    """
    from wombat.api.collecting import retention
    from wombat.store.gc import Clocks
    from wombat.store.gc.marks import Marks
    from wombat.store.gc.roots import Choosing
    from wombat.store.through import near

    rules, now = retention(session.root), time.time()
    space = near(store.space)
    return Choosing(space, rules, Clocks(), Marks(), now).choose().manifests


@contextmanager
def told(session: Session, store: Store, record: RefRecord | None) -> Iterator[None]:
    """Where something that a version names is gone, and no rule keeps all of that version, the
    error is StoreDamaged `store-let-go`; else it is reported, so that no run relies on it."""
    try:
        yield
    except StoreDamaged as fault:
        if record is None:
            raise
        if fault.code == "store-lost" and _lets_go(session, store, record):
            raise StoreDamaged(
                f"the data of {record.pipeline}, run {record.run}, is gone: no rule of retention "
                "keeps that version; expected a newer one",
                code="store-let-go",
                hint=f"'wombat log {record.pipeline}' shows the versions; 'wombat tag' keeps one",
            ) from fault
        if fault.code == "store-lost":
            lost(store.space, _named(store, record.outputs))
        if store.zone.partition("/")[2] == session.project:
            fault.hint = _anew(record, fault.hint)
        raise


def _anew(record: RefRecord, hint: str | None) -> str:
    said = f"this was noted, so 'wombat run {record.pipeline}' makes it anew, if its code is here"
    return f"{said}; {hint}" if hint else said


def _lets_go(session: Session, store: Store, record: RefRecord) -> bool:
    """Whether the rules, as far as they are known here, don't keep what a version names."""
    if store.zone.partition("/")[2] != session.project:
        return False
    with suppress(StoreDamaged, StoreUnreachable, Absent):
        known = kept(session, store)
        return any(_mark(one) not in known for one in _named(store, record.outputs))
    return False


def gone(store: Store, records: Sequence[RefRecord]) -> set[str]:
    """The names of those records of a history, the newest first, whose data isn't all there.

    One request for each artifact that a later version doesn't have, side by side.
    """
    from wombat.store.parallel import each

    wanted: dict[Artifact, list[str]] = {}
    for record in records:
        for artifact in _named(store, record.outputs):
            wanted.setdefault(artifact, []).append(record.name)
    there = zip(wanted, each(partial(_there, store), list(wanted), width=16), strict=True)
    return {name for artifact, found in there if not found for name in wanted[artifact]}


def _there(store: Store, artifact: Artifact) -> bool:
    from wombat.store import names

    try:
        key = names.manifest(artifact.zone or store.zone, artifact.content, artifact.manifest)
        store.blobs.stat(key)
    except Absent:
        with suppress(StoreDamaged):
            return bool(store.manifest(artifact).key)
        return False
    return True


def _named(store: Store, outputs: Mapping[str, Any]) -> Iterable[Artifact]:
    from wombat.store.doom import artifacts_in

    return artifacts_in([store.located(value) for value in outputs.values()])


def _mark(artifact: Artifact) -> bytes:
    return bytes.fromhex(artifact.content + artifact.manifest)
