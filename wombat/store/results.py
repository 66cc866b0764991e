"""What a compute key came to, once and for all who ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.doom import doomed_in
from wombat.store.journal import create_record, read_record
from wombat.store.space import listed
from wombat.store.zones import trusted_first

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
    """The oldest complete one by the server's clock, trusted zones first.

    One that is damaged, or names what is about to be deleted, is none.
    """
    space.watch.look(space)
    for zone in trusted_first(space.zones()):
        prefix = names.folder(names.result(zone, key, "x", 1))
        dated = []
        for name, _ in listed(space, prefix):
            try:
                dated.append((space.blobs.stat(name).time, name))
            except Absent:
                continue
        for _, name in sorted(dated):
            try:
                record = read_record(space, name, "result")
            except (Absent, StoreDamaged):
                continue
            if record.get("state", "done") == "done" and not doomed_in(space, name, record):
                return record
    return None
