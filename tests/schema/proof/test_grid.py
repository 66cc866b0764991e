"""The proof against the truth of the grid: what is proven holds, what is refuted doesn't."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.schema.proof import grid
from tests.schema.proof.frametruth import SCHEMAS
from wombat.schema.model import Column, FrameSchema, column_from_json, schema_from_json
from wombat.schema.proof import relate
from wombat.schema.types import LogicalType

STEP = 1 if os.environ.get("WOMBAT_SOAK") else 7


@cache
def written() -> dict[str, Any]:
    return grid.read()


@cache
def schema(place: int) -> FrameSchema:
    """Beside a column that is always there: a frame without columns has no rows."""
    column: Column = column_from_json(written()["columns"][place])
    return FrameSchema("s.t", {"a": column, "k": Column(LogicalType("int8"))})


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


def unknown_class(case: Any) -> str:
    """Which of the classes of docs/PROOF.md an edge that holds and isn't proven belongs to."""
    made, wanted = case[0], case[1]
    if "columns" not in made:
        finer = isinstance(made["type"], dict) and made["type"].get("unit") == "ns"
        return "nanoseconds" if finer and case[2] else "?"
    if made.get("rows") == [0, 0]:
        return "no rows"
    if any(one.get("at_least") for one in made.get("patterns", ())):
        return "few names"
    put = any({"default", "fill_null"} & set(one) for one in wanted["columns"].values())
    comparing = [rule for rule in wanted.get("rules", ()) if isinstance(rule["compare"][2], str)]
    if put and comparing:
        return "values put beside a comparison"
    return "bounds by comparison" if made.get("rules") else "?"


def listed() -> Counter[str]:
    """The classes and counts of docs/PROOF.md."""
    text = (Path(__file__).parents[3] / "docs" / "PROOF.md").read_text()
    rows = re.findall(r"^\| ([a-z ]+) \| (\d+) \|", text, re.MULTILINE)
    return Counter({name: int(count) for name, count in rows})


def check(found: list[tuple[Any, str, bool]]) -> Counter[str]:
    """That nothing is said wrongly; the classes of what isn't said although it holds."""
    wrong = [case for case, kind, truth in found if kind == ("refuted" if truth else "proven")]
    assert not wrong, (len(wrong), wrong[:5])
    missed = [case for case, kind, truth in found if kind == "unknown" and not truth]
    assert not missed, missed[:5]
    return Counter(unknown_class(case) for case, kind, _ in found if kind == "unknown")


def test_a_part_of_the_grid_is_judged_rightly() -> None:
    check(judged(step=23))


@pytest.mark.slow
def test_the_grid_is_judged_rightly_and_what_stays_unknown_is_listed() -> None:
    columns, frames = judged(), frames_judged()
    unknown = check(columns) + check(frames)
    assert unknown == listed()
    assert unknown.total() <= 0.03 * (len(columns) + len(frames))


@pytest.mark.slow
def test_the_grid_is_what_its_script_writes() -> None:
    """Every case and all of frames; the truth of each seventh column, of all in a soak."""
    now = json.loads(json.dumps(grid.written(STEP)))
    wanted = [
        case if number % STEP == 0 else [*case[:-1], -1]
        for number, case in enumerate(written()["cases"])
    ]
    assert now == written() | {"cases": wanted}


def test_the_grid_has_both_truths_of_each_word() -> None:
    """A word that never decides would test nothing."""
    said: dict[str, set[bool]] = {}
    for _, wanted, _, truth in written()["cases"]:
        for word in written()["columns"][wanted]:
            said.setdefault(word, set()).add(bool(truth))
    assert all(truths == {True, False} for truths in said.values()), said
    assert len(said) > 15
