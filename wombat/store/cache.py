"""Segments: every key of a published run with its outputs, newest first, in few requests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wombat.errors import UsageFault
from wombat.store import names
from wombat.store.doom import doomed_in
from wombat.store.journal import create_record, read_record
from wombat.store.space import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.store.space import Space


def milliseconds(time: str) -> int:
    """Of an ISO 8601 time with its zone, since 1970; raises UsageFault."""
    try:
        moment = datetime.fromisoformat(time)
        return int(moment.astimezone(UTC).timestamp() * 1000) if moment.tzinfo else _no_zone(time)
    except ValueError as error:
        raise UsageFault(f"'{time[:40]}' is no time such as 2026-11-01T00:00:00Z") from error


def _no_zone(time: str) -> int:
    raise ValueError(time)


def write_segment(
    space: Space, pipeline: str, run: str, time: str, results: Mapping[str, Any]
) -> None:
    """`results`: compute key to the outputs of that task. Idempotent for the same run and time."""
    key = names.segment(space.zone, pipeline, milliseconds(time), run)
    body = {"run": run, "time": time, "results": dict(results)}
    create_record(space, key, "segment", body, learned=True)


def segments(space: Space, pipeline: str, *, limit: int = 50) -> Iterator[dict[str, Any]]:
    """The newest first, of the own zone; without results that are about to be deleted."""
    space.watch.look(space)
    prefix = names.folder(names.segment(space.zone, pipeline, 0, "x"))
    for key, _ in listed(space, prefix, limit=limit):
        body = read_record(space, key, "segment")
        living = {k: v for k, v in body["results"].items() if not doomed_in(space, key, v)}
        yield {**body, "results": living}
