"""What a compute key came to, once and for all who ask."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from wombat.errors import Absent, StoreDamaged, StoreUnreachable
from wombat.store import names
from wombat.store.doom import artifacts_in, doomed_in
from wombat.store.journal import create_record, read_record
from wombat.store.records import located
from wombat.store.zones import relied_on, trusted_first

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
        for found in _complete(space, zone, key):
            yield found if zone == space.zone else placed(found, zone)
    if space.upstream is not None:
        with suppress(StoreUnreachable, Absent):
            behind = space.upstream()
            if behind.zone == space.zone:
                return  # its artifacts couldn't be told from the own zone's, where they don't lie
            for found in find_results(behind, key):
                yield placed(found, behind.zone)


def _complete(space: Space, zone: str, key: str) -> Iterator[dict[str, Any]]:
    prefix = names.folder(names.result(zone, key, "x", 1))
    listed = ((one, names.parse(one.key)) for one in space.blobs.entries(prefix))
    dated = [(one.time, one.key, name) for one, name in listed if name is not None]
    for _, at, name in sorted(dated, key=lambda one: one[:2]):
        try:
            record = read_record(space, at, "result")
        except (Absent, StoreDamaged):
            continue
        done = record.get("state", "done") == "done" and may_name(record, zone)
        if done and not doomed_in(space, at, record):
            told = {"zone": zone, "run": name["run"], "attempt": int(name["attempt"])}
            yield {**record, **told}


def may_name(record: Mapping[str, Any], zone: str) -> bool:
    """Whether its outputs lie where a result of this zone may rely on them."""
    zones = {one.zone or zone for one in artifacts_in(record.get("outputs", {}))}
    return zones <= set(relied_on(zone))


def placed(record: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """A result of another zone, its outputs saying so."""
    outputs = record.get("outputs", {})
    told = {n: located(one, zone) if isinstance(one, dict) else one for n, one in outputs.items()}
    return {**record, "outputs": told}
