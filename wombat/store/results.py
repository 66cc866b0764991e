"""What a compute key came to, once and for all who ask."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from wombat.errors import Absent, StoreDamaged, StoreUnreachable
from wombat.store import names
from wombat.store.doom import artifacts_in, doomed_in
from wombat.store.journal import create_record, read_record
from wombat.store.parallel import each
from wombat.store.records import located
from wombat.store.result_listing import entries_of
from wombat.store.zones import relied_on, trusted_first

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from wombat.store.blobs import Entry
    from wombat.store.space import Space


def record_result(
    space: Space, key: str, run: str, attempt: int, result: Mapping[str, Any]
) -> None:
    """Another part of the same run may have been first: both are results of the same key."""
    name = names.result(space.zone, key, run, attempt)
    create_record(space, name, "result", {**result, "key": key})


def find_result(space: Space, key: str) -> dict[str, Any] | None:
    """The first of `find_results`."""
    return next(find_results(space, key), None)


def find_results(space: Space, key: str) -> Iterator[dict[str, Any]]:
    """The complete ones: trusted zones first, then the oldest by the server's clock; upstream last.

    Each says its `run`, `attempt` and the `zone` that it lies in. One that is damaged, or names
    what is about to be deleted or was once found damaged, is none; so are upstream's where it
    doesn't answer. Outputs of another zone say which.
    """
    space.watch.look(space)
    for zone in trusted_first(space.zones()):
        entries = space.blobs.entries(names.folder(names.result(zone, key, "x", 1)))
        yield from _complete(space, zone, entries)
    if space.upstream is not None:
        with suppress(StoreUnreachable, Absent):
            if (behind := _behind(space)) is not None:
                for found in find_results(behind, key):
                    yield placed(found, behind.zone)


def find_all_results(
    space: Space, keys: Collection[str], *, far: bool
) -> dict[str, list[dict[str, Any]]]:
    """`find_results` of many keys, each that has any, in as few requests as there may be; `far`: a
    listing of many is no more work than one of few. A zone that refuses has none."""
    found: dict[str, list[dict[str, Any]]] = {}
    with suppress(StoreUnreachable, Absent):
        space.watch.look(space)
        for zone in trusted_first(space.zones()):
            with suppress(StoreUnreachable, Absent):
                listed = entries_of(space.blobs, zone, keys, far=far)
                complete = each(partial(_all_complete, space, zone), listed.values())
                for key, results in zip(listed, complete, strict=True):
                    found.setdefault(key, []).extend(results)
    if space.upstream is not None:
        with suppress(StoreUnreachable, Absent):
            if (behind := _behind(space)) is not None:
                for key, results in find_all_results(behind, keys, far=True).items():
                    placed_here = (placed(one, behind.zone) for one in results)
                    found.setdefault(key, []).extend(placed_here)
    return {key: results for key, results in found.items() if results}


def _behind(space: Space) -> Space | None:
    """The store behind this one; None where its artifacts couldn't be told from those of the own
    zone, where they don't lie."""
    behind = space.upstream() if space.upstream is not None else None
    return None if behind is None or behind.zone == space.zone else behind


def _all_complete(space: Space, zone: str, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    return list(_complete(space, zone, entries))


def _complete(space: Space, zone: str, entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    listed = ((one, names.parse(one.key)) for one in entries)
    dated = [(one.time, one.key, name) for one, name in listed if name is not None]
    for _, at, name in sorted(dated, key=lambda one: one[:2]):
        try:
            record = read_record(space, at, "result")
        except (Absent, StoreDamaged):
            continue
        done = record.get("state", "done") == "done" and may_name(record, zone)
        if done and not doomed_in(space, at, record):
            told = {"zone": zone, "run": name["run"], "attempt": int(name["attempt"])}
            found = {**record, **told}
            yield found if zone == space.zone else placed(found, zone)


def may_name(record: Mapping[str, Any], zone: str) -> bool:
    """Whether its outputs lie where a result of this zone may rely on them."""
    zones = {one.zone or zone for one in artifacts_in(record.get("outputs", {}))}
    return zones <= set(relied_on(zone))


def placed(record: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """A result of another zone, its outputs saying so."""
    outputs = record.get("outputs", {})
    told = {n: located(one, zone) if isinstance(one, dict) else one for n, one in outputs.items()}
    return {**record, "outputs": told}
