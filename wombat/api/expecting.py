"""What this project expects of others' frames, as it is recorded at their producers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wombat.api.reading import read_project
from wombat.api.stored_schema import Stored, bare, schema_of_run, stored_schema
from wombat.errors import Diagnostics
from wombat.plan.consumers import consumers
from wombat.schema.proof.shape import stored

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wombat.api.addresses import Found
    from wombat.schema.model import FrameSchema


def asked_in(root: Path) -> dict[str, list[dict[str, Any]]]:
    """What the tasks of a checkout ask in production, by address; one that asks nothing has no
    schema."""
    written = read_project(root, Diagnostics())
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in consumers(written.spec, written.schemas, written.stored):
        found[one.address].append(_place(one.place, one.schema, one.cast))
    return found


def as_recorded(place: str, found: Found, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is expected where no task says it: that it stays as its run recorded it."""
    known: Stored | None
    if found.ref is None and "run" in facts:
        known = schema_of_run(found.store, found.address, str(facts["run"]))
    else:
        known = stored_schema(found)
    return _place(place, None if known is None else _promised(known.schema), "none")


def _promised(schema: FrameSchema) -> FrameSchema:
    """Of frames as they are stored. Further columns break nobody who relies on these."""
    return replace(stored(schema), extra="forbid" if schema.extra == "forbid" else "drop")


def _place(place: str, schema: FrameSchema | None, cast: str) -> dict[str, Any]:
    if schema is None:
        return {"place": place}
    wanted = bare(schema)
    return {
        "place": place,
        "schema": wanted.name,
        "major": (wanted.version or "").partition(".")[0] or None,
        "digest": str(wanted.digest),
        "cast": cast,
        "expected": wanted.to_json(),
    }
