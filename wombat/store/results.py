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
    from collections.abc import Mapping

    from wombat.store.space import Space


def record_result(
    space: Space, key: str, run: str, attempt: int, result: Mapping[str, Any]
) -> None:
    """Another part of the same run may have been first: both are results of the same key."""
    name = names.result(space.zone, key, run, attempt)
    create_record(space, name, "result", {**result, "key": key})


def find_result(space: Space, key: str) -> dict[str, Any] | None:
    """The oldest complete one by the server's clock, trusted zones first, upstream last.

    One that is damaged, or names what is about to be deleted, is none; so is upstream's where it
    doesn't answer. Outputs of another zone say which.
    """
    space.watch.look(space)
    for zone in trusted_first(space.zones()):
        if (found := _oldest(space, zone, key)) is not None:
            return found if zone == space.zone else _located(found, zone)
    if space.upstream is None:
        return None
    with suppress(StoreUnreachable, Absent):
        behind = space.upstream()
        if (found := find_result(behind, key)) is not None:
            return _located(found, behind.zone)
    return None


def _oldest(space: Space, zone: str, key: str) -> dict[str, Any] | None:
    prefix = names.folder(names.result(zone, key, "x", 1))
    dated = [(one.time, one.key) for one in space.blobs.entries(prefix) if names.parse(one.key)]
    for _, name in sorted(dated):
        try:
            record = read_record(space, name, "result")
        except (Absent, StoreDamaged):
            continue
        done = record.get("state", "done") == "done" and _may_name(record, zone)
        if done and not doomed_in(space, name, record):
            return record
    return None


def _may_name(record: dict[str, Any], zone: str) -> bool:
    """Whether its outputs lie where a result of this zone may rely on them."""
    zones = {one.zone or zone for one in artifacts_in(record.get("outputs", {}))}
    return zones <= set(relied_on(zone))


def _located(record: dict[str, Any], zone: str) -> dict[str, Any]:
    outputs = record.get("outputs", {})
    placed = {n: located(one, zone) if isinstance(one, dict) else one for n, one in outputs.items()}
    return {**record, "outputs": placed}
