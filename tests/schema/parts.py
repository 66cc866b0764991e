"""Parts of a foreach by chance, and their frames put together as collecting does it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tests.schema.frames import accepted, domain, frames
from wombat.schema.model import FrameSchema
from wombat.schema.proof.evaluate import Frame
from wombat.schema.types import LogicalType

Values = dict[str, str]
TEXT = LogicalType("string")
KINDS = [LogicalType("int8"), TEXT, TEXT, LogicalType("enum", of=("a", "b")), LogicalType("any")]
"""Few, so that what is drawn twice is often the same; collecting looks at no other."""


@st.composite
def foreach(draw: st.DrawFn, schema: FrameSchema) -> dict[str, list[str]]:
    """Keys that are often columns too, with values that such columns can have."""
    names = draw(
        st.lists(st.sampled_from([*schema.columns, "e"]), min_size=1, max_size=2, unique=True)
    )
    keys = {}
    for name in names:
        known = ["us", "1", "a"]
        kind = schema.columns[name].type if name in schema.columns else None
        if kind is not None and kind.family not in ("temporal", "binary"):
            known += [*(str(value) for value in domain(kind)), "None"]
        values = st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True)
        keys[name] = draw(values)
    return keys


@st.composite
def takers(draw: st.DrawFn, whole: FrameSchema) -> FrameSchema:
    """Consumers that ask for nearly what a schema says: sets kept, words of columns changed."""
    wanted = {}
    for name, column in whole.columns.items():
        changes: dict[str, Any] = {
            "severity": "error",
            "nullable": draw(st.booleans()),
            "required": draw(st.integers(0, 4)) > 0,
        }
        how = draw(st.integers(0, 4))
        if how:
            wanted[name] = column if how == 1 else replace(column, **changes)
    sure = {name for name, column in wanted.items() if column.required}
    sets = tuple(names for names in whole.unique if set(names) <= sure)
    return FrameSchema("s.c", wanted, unique=sets)


@st.composite
def parts(
    draw: st.DrawFn, schema: FrameSchema, keys: dict[str, list[str]]
) -> list[tuple[Values, Frame]]:
    """A frame for each part, all with the same columns; [] where the draw came to none."""
    found: list[tuple[Values, Frame]] = []
    for combined in itertools.product(*keys.values()):
        values = dict(zip(keys, combined, strict=True))
        drawn = draw(frames(schema, found[0][1] if found else None))
        frame = _saying(schema, drawn, values) if drawn else None
        if frame is None:
            return []
        found.append((values, frame))
    return found


def _saying(schema: FrameSchema, frame: Frame, values: Values) -> Frame | None:
    """The frame with the part's values where it has columns of their names."""
    said: dict[str, Any] = {}
    # a file without columns forgets how many rows it has
    rows = frame.rows if frame.types else ()
    for name, value in values.items():
        if name in frame.types:
            cells = [cell for cell in (*domain(frame.types[name]), None) if str(cell) == value]
            said[name] = cells[0] if cells else None
            rows = rows if cells else ()
    return accepted(schema, frame.types, [{**row, **said} for row in rows])


def gather(found: list[tuple[Values, Frame]]) -> Frame | None:
    """The parts below each other, a column for each key that they lack; None where they differ."""
    keyed = [_keyed(frame, values) for values, frame in found]
    if not keyed or any(list(one.types.items()) != list(keyed[0].types.items()) for one in keyed):
        return None
    return Frame(keyed[0].types, tuple(row for one in keyed for row in one.rows))


def _keyed(frame: Frame, values: Values) -> Frame:
    lacking = {name: value for name, value in values.items() if name not in frame.types}
    types = list(frame.types.items())
    for place, name in enumerate(values):
        if name in lacking:
            types.insert(place, (name, TEXT))
    return Frame(dict(types), tuple({**lacking, **row} for row in frame.rows))
