"""The proof against the truth of the grid: what is proven holds, what is refuted doesn't."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any

import pytest

from tests.schema.proof import grid
from tests.schema.proof.frametruth import SCHEMAS
from wombat.schema.model import Column, FrameSchema, column_from_json, schema_from_json
from wombat.schema.proof import relate


@cache
def written() -> dict[str, Any]:
    return grid.read()


@cache
def schema(place: int) -> FrameSchema:
    column: Column = column_from_json(written()["columns"][place])
    return FrameSchema("s.t", {"a": column})


def judged(step: int = 1) -> list[tuple[Any, str, bool]]:
    """Each case of one column, what the proof says of it, and whether it is so."""
    found = []
    for made, wanted, cast, truth in written()["cases"][::step]:
        verdict = relate(schema(made), schema(wanted), cast="safe" if cast else "none")
        case = (written()["columns"][made], written()["columns"][wanted], cast)
        found.append((case, verdict.kind, bool(truth)))
    return found


def frames_judged() -> list[tuple[Any, str, bool]]:
    """The same of frames."""
    schemas = [schema_from_json(one) for one in written()["frames"]["schemas"]]
    return [
        ((SCHEMAS[a], SCHEMAS[b]), relate(schemas[a], schemas[b]).kind, line[b] == "1")
        for a, line in enumerate(written()["frames"]["holds"])
        for b in range(len(line))
    ]
