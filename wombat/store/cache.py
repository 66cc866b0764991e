"""Segments: every key of a published run with its outputs, newest first, in few requests."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from wombat.errors import Absent, StoreDamaged, UsageFault
from wombat.store import names
from wombat.store.doom import doomed_in
from wombat.store.journal import create_record, read_record
from wombat.store.parallel import each
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
    """`results`: the key at which each stands to what is known of it, its `outputs` among that.
    Idempotent for the same run and time."""
    key = names.segment(space.zone, pipeline, milliseconds(time), run)
    body = {"run": run, "time": time, "results": dict(results)}
    create_record(space, key, "segment", body, learned=True)


def segments(
    space: Space, pipeline: str, *, limit: int = 50, skip: int = 0
) -> Iterator[dict[str, Any]]:
    """The newest first, of the own zone, `skip` of them left out; without results that are about to
    be deleted."""
    space.watch.look(space)
    prefix = names.folder(names.segment(space.zone, pipeline, 0, "x"))
    listed_ = [key for key, _ in listed(space, prefix, limit=skip + limit)][skip:]
    for key, body in zip(listed_, each(partial(_body, space), listed_), strict=True):
        if body is not None:
            found = body["results"].items()
            living = {k: v for k, v in found if not doomed_in(space, key, v)}
            yield {**body, "results": living}


def _body(space: Space, key: str) -> dict[str, Any] | None:
    """None for one that was collected since it was listed, or can't be read: it only saves time."""
    try:
        return read_record(space, key, "segment")
    except (Absent, StoreDamaged):
        return None
