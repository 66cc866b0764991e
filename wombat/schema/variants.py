"""A schema in the profiles that change its columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wombat.errors import Diagnostics
from wombat.language.decode import decode
from wombat.language.near import near
from wombat.language.source import Mapping
from wombat.schema.loom import get
from wombat.schema.meant import meant_schema
from wombat.schema.weave import patched
from wombat.schema.written import WrittenSchema
from wombat.schema.written_policy import PATCH

if TYPE_CHECKING:
    from wombat.language.source import Document
    from wombat.schema.model import FrameSchema
    from wombat.schema.spot import Spot


MAX_VARIED: Final = 50_000
"""Each profile that changes a column is a schema of its own, and proven against development's."""


def with_variants(schema: FrameSchema, spot: Spot) -> FrameSchema:
    """The schema with what it is in each profile; mistakes in what a profile changes are told."""
    policies = get(spot.document.root, "policies")
    found: dict[str, FrameSchema] = {}
    for profile in schema.policies:
        patch = get(policies, profile)
        if not isinstance(patch, Mapping) or not any(word in patch for word in PATCH):
            continue
        here = spot.below("policies", profile)
        if (len(found) + 1) * len(schema.columns) > MAX_VARIED:
            _too_many(schema, here)
            break
        if _known(schema, get(patch, "columns"), here):
            variant = _variant(patch, spot.document, here)
            found |= {profile: variant} if variant else {}
    return replace(schema, variants=found) if found else schema


def _too_many(schema: FrameSchema, spot: Spot) -> None:
    spot.sink.error(
        "policy-patch",
        f"too many profiles change {schema.name}, which has {len(schema.columns):,} columns; "
        f"expected at most {MAX_VARIED:,} columns in all of them together",
        spot.key_place(),
        hint="let fewer profiles change columns; a profile without 'columns' and 'extra' is free",
    )


def _known(schema: FrameSchema, columns: object, spot: Spot) -> bool:
    """Whether a profile changes columns that there are."""
    unknown = [name for name in columns or () if name not in schema.columns]  # type: ignore[attr-defined]  # a mapping, decoded
    for name in unknown:
        spot.sink.error(
            "policy-patch",
            f"'{name}' is no column of {schema.name}; expected one that this profile changes",
            spot.key_place("columns", str(name)),
            hint=near(str(name), schema.columns),
        )
    return not unknown


def _variant(patch: Mapping, document: Document, spot: Spot) -> FrameSchema | None:
    woven, told = patched(document, patch), Diagnostics()
    written = decode(woven, WrittenSchema, told)
    schema = meant_schema(written, woven, told) if written else None
    for one in told:
        # it may stand in the column as it is without the profile
        near_by = ((spot.key_place(), f"in {spot.steps[-1]}"),)
        spot.sink.add(replace(one, related=(*one.related, *near_by)))
    return None if told.failed else schema
