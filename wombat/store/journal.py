"""Creates records and reads them back: who came first, what became of ours, what is too long."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from wombat.digest import canonical_json
from wombat.errors import StoreDamaged
from wombat.store import names
from wombat.store.blobs import Spoiled
from wombat.store.doom import WINDOW, Doomed, artifacts_in, keys_of
from wombat.store.presence import missing, unseen
from wombat.store.reading import open_manifest
from wombat.store.records import LIMIT, RESERVED, Artifact, Mismatch, seal
from wombat.store.space import lost, read_sealed, settle
from wombat.store.standins import replacement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wombat.store.records import Body
    from wombat.store.space import Space

_ASIDE_FILE: Final = "value.json"
ROOTS: Final = frozenset({"attempt", "all", "segment", "ref", "pin", "header"})
"""Kinds of records whose artifacts a collection of garbage keeps."""
ANEW: Final = "run the same command again: it stores that anew"
LET_GO: Final = "no rule of retention keeps it any more: run its pipeline again, as another run"
# What a record adds around its fields: kind, version, seal.
_ENVELOPE: Final = 1024


def create_record(
    space: Space, key: str, kind: str, body: Mapping[str, Any], *, learned: bool = False
) -> bool:
    """Whether ours stands at the key; False: somebody else's does.

    Everything put before is durable first. Idempotent for the same body. Raises OutcomeUnknown
    where nobody can say; then nothing is cleaned up, and the same call later finds out. A root
    that names what is about to be deleted raises Doomed: push that again, and it is stored anew.
    `learned`: what it names may come from records that keep nothing, so what this command didn't
    store is looked for first, and StoreDamaged (`store-lost`) raised where it is gone.
    """
    if reserved := RESERVED & set(body):
        raise ValueError(f"a record's own fields can't be called {sorted(reserved)}")
    fitted = fit(space, body)
    data = seal(key, kind, fitted)
    try:
        space.blobs.sync()
    except Spoiled as error:
        # The same push once more stores what was to stand there under another name.
        space.watch.doomed.add(error.key)
        raise _doomed(key) from error
    named = (*artifacts_in(body), *artifacts_in(fitted.get("aside", {})))
    if space.blobs.unsent(one for each in named for one in keys_of(each, space.zone)):
        raise _unsent(key)
    if kind not in ROOTS:
        return settle(space, key, data)
    return _root(space, key, data, named, learned=learned)


def _root(
    space: Space, key: str, data: bytes, named: tuple[Artifact, ...], *, learned: bool
) -> bool:
    """A collection that begins after our look sees the root before it may delete anything."""
    watch = space.watch
    looked = watch.look(space)
    if learned:
        _require(space, named, f"what {key} would name")
    if missing(space, [one for one in named if watch.has(one, space.zone)]):
        # A pack of one name may lie in two zones; while one of them stays nothing is lost.
        raise _doomed(key)
    if watch.stale and missing(space, named):
        raise _doomed(key)
    landed = settle(space, key, data)
    if watch.clock() - looked > WINDOW:
        # A collection may have marked before the root landed, and not have deleted yet.
        watch.look(space, again=True)
        if gone := missing(space, named):
            raise lost(gone, f"what {key} names, which landed too late after its look,")
    return landed


def require(space: Space, value: Any, what: str) -> None:
    """Looks for every artifact in `value` that this command doesn't know to be there.

    Raises Doomed where one is about to be deleted, StoreDamaged (`store-lost`) where it is gone.
    """
    space.watch.look(space)
    _require(space, artifacts_in(value), what)


def _require(space: Space, named: Iterable[Artifact], what: str) -> None:
    """Nothing can be stored anew here: nobody has it.

    A pack of one name may lie in two zones; while one of them stays nothing is lost.
    """
    strange = unseen(space, named)
    doomed = any(space.watch.has(one, space.zone) for one in strange)
    if gone := missing(space, strange):
        if doomed:
            raise Doomed(f"{what} is about to be deleted, or damaged", hint=LET_GO)
        raise lost(gone, what)


def _doomed(key: str) -> Doomed:
    return Doomed(
        f"{key} would name what is damaged, or what a collection of garbage is about to delete",
        hint=ANEW,
    )


def _unsent(key: str) -> Doomed:
    return Doomed(f"{key} would name what could not be stored", hint=ANEW)


def read_record(space: Space, key: str, kind: str) -> Body:
    """The record's fields, long ones brought back; raises Absent, StoreDamaged."""
    try:
        body = read_sealed(space, key, kind)
    except StoreDamaged:
        restored = replacement(space, key, kind)
        if restored is None:
            raise
        body = restored
    name = names.parse(key)
    zone = name.fields.get("zone", space.zone) if name else space.zone
    aside = body.pop("aside", {})
    if not isinstance(aside, dict):
        raise StoreDamaged(f"{key} is no {kind} record: what it puts aside has no names")
    for field, value in aside.items():
        body[field] = _bring_back(space, key, zone, value)
    return body


def fit(space: Space, body: Mapping[str, Any]) -> Body:
    """The longest fields go into artifacts of their own until the record is at most 1 MiB."""
    fitted: Body = dict(body)
    room = LIMIT - _ENVELOPE - 64 * len(body)
    if len(canonical_json(fitted)) <= room:
        return fitted
    sizes = {field: len(canonical_json(value)) for field, value in fitted.items()}
    aside: dict[str, Any] = {}
    while sizes and sum(sizes.values()) > room:
        field = max(sizes, key=lambda f: (sizes[f], f))
        from wombat.store.push import push_bytes

        data = canonical_json(fitted.pop(field))
        pushed = push_bytes(space, _ASIDE_FILE, data, type="json")
        space.watch.note(pushed, space.zone)
        aside[field] = pushed.to_json()
        del sizes[field]
    return {**fitted, "aside": aside} if aside else fitted


def _bring_back(space: Space, key: str, zone: str, value: Mapping[str, Any]) -> Any:
    from wombat.store.pull import read_file

    try:
        artifact = Artifact.from_json(value)
        local = Artifact(artifact.content, artifact.manifest, artifact.packs, zone)
        return json.loads(read_file(space, open_manifest(space, local), _ASIDE_FILE))
    except (ValueError, AttributeError, RecursionError, Mismatch) as error:
        raise StoreDamaged(f"{key} names a long field that can't be read") from error
