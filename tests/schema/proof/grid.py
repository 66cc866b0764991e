"""The grid of small schemas whose truth is known by looking at every value.

    python -m tests.schema.proof.grid

writes `grid.json.gz` beside this file: columns as JSON, and for each pair of them and each cast
whether the edge holds, found by `truth` and `frametruth`, which know nothing of the proof.
"""

# ruff: noqa: E501  # tables: one case a line
from __future__ import annotations

import gzip
import json
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.schema.proof import frametruth
from tests.schema.proof.truth import column_holds
from wombat.schema.constants import constant_to_json

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE: Final = Path(__file__).parent / "grid.json.gz"
UTC = timezone.utc  # noqa: UP017  # as in the file of truth
Column = dict[str, Any]
Case = tuple[Column, Column, str]


def _bounds(*points: Any) -> list[Column]:
    """No check, one bound, both."""
    words = ("min", "max", "gt", "lt")
    single = [{word: point} for point in points for word in words]
    pairs = [{low: points[0], high: points[-1]} for low in ("min", "gt") for high in ("max", "lt")]
    return [{}, *single, *pairs]


def _listed(*points: Any) -> list[Column]:
    a, b, c = points[:3]
    more = [{"in": [a, b]}, {"in": [b, c]}, {"in": [a, b, c]}, {"equals": a}, {"equals": c}]
    return [*more, {"not_in": [a]}, {"not_in": [b, c]}, {"min": a, "not_in": [a]}]


_ENUM: Final = {"type": "enum", "of": ["a", "b"]}
_DAY: Final = date(2026, 1, 1)
_NOON: Final = datetime(2026, 1, 2, 0, 0, 1)  # noqa: DTZ001  # a naive one is meant
TEXTS: Final[list[Column]] = [
    {},
    *(
        {"match": one}
        for one in ("a*", "a+", "[ab]{1,2}", "a|b", ".*", "(.|\\n)*", "a.*b", "(ab)*")
    ),
    *({"match": one} for one in ("\\ba+\\b", "^a|b$", "[^a]*", "\\w+", "(a|aa){1,2}", "a?b?")),
    *({word: "a"} for word in ("starts_with", "ends_with", "contains", "equals")),
    *({word: "ab"} for word in ("starts_with", "ends_with", "contains", "equals")),
    *({"length": one} for one in ([0, 2], [1, 2], [1, None], [2, 2], [0, 0])),
    *({"in": one} for one in (["a"], ["a", "b"], ["a", "aa", ""], ["ab", "b"])),
    *({"not_in": one} for one in ([""], ["a"], ["a", "b"])),
    {"match": "a+", "length": [0, 2]},
    {"starts_with": "a", "ends_with": "b"},
    {"starts_with": "ab", "ends_with": "ba", "length": [0, 3]},
    {"match": "[ab]*", "not_in": ["", "a"]},
    {"contains": "", "not_in": ["b"]},
    {"match": "[ab]*", "contains": "ab", "length": [0, 3]},
    {"in": ["a", "b", "ab"], "match": "a.*"},
]
TYPES: Final[dict[str, tuple[Any, list[Column]]]] = {
    "int8": ("int8", [*_bounds(-128, 0, 1, 127), *_listed(0, 1, 2)]),
    "uint8": ("uint8", [*_bounds(0, 1, 255), *_listed(0, 1, 2)]),
    "int64": ("int64", [*_bounds(-(2**63), 0, 2**63 - 1), *_listed(0, 1, -1)]),
    "float32": ("float32", _bounds(-1.0, 0.0, 0.5, 0.10000000149011612)),
    "float64": ("float64", _bounds(-1.0, 0.0, 0.5, 0.1)),
    "bool": ("bool", [{}, {"in": [True]}, {"in": [False]}, {"equals": True}, {"not_in": [True]}]),
    "string": ("string", TEXTS),
    "enum": (_ENUM, [{}, {"in": ["a"]}, {"not_in": ["a"]}, {"equals": "b"}]),
    "binary": ("binary", [{}, *({"length": one} for one in ([0, 2], [1, 2], [2, None], [0, 0]))]),
    "date": ("date", [*_bounds(_DAY, date(2026, 1, 3)), *_listed(*(date(2026, 1, d) for d in (1, 2, 3)))]),
    "time": ("time", [*_bounds(time(0), time(12), time(23, 59, 59, 999999)), {"not_in": [time(12)]}]),
    "timestamp": ({"type": "timestamp", "unit": "ms"}, _bounds(_NOON, datetime(2300, 1, 2))),  # noqa: DTZ001  # naive
    "duration": ({"type": "duration", "unit": "s"}, _bounds(timedelta(0), timedelta(1))),
    "decimal": (
        {"type": "decimal", "precision": 3, "scale": 1},
        [*_bounds(Decimal("-99.9"), Decimal("0.0"), Decimal("1.0")), *_listed(*(Decimal(n).scaleb(-1) for n in (0, 1, 10)))],
    ),
    "list": ({"type": "list", "of": "int8"}, [{}, *({"length": one} for one in ([0, 0], [1, 2], [0, 2], [2, None]))]),
}  # fmt: skip
CASTS: Final[list[tuple[Any, list[Column]]]] = [
    ("int8", [{}, {"min": 0}, {"in": [0, 1]}, {"not_in": [-1]}]),
    ("uint8", [{}, {"max": 127}, {"gt": 127}]),
    ("int16", [{}, {"min": -128, "max": 127}, {"min": 0, "max": 255}]),
    ("int64", [{}, {"min": -(2**53), "max": 2**53}, {"max": 2**53 + 1, "min": 0}, {"equals": 2**24}]),
    ("float32", [{}, {"min": 0.0, "max": 1.0}, {"equals": 1.0}]),
    ("float64", [{}, {"min": 0.0, "lt": 1.0}, {"equals": 0.5}, {"equals": 0.1}, {"min": 1.0, "max": 1.0}]),
    ({"type": "decimal", "precision": 3, "scale": 1}, [{}, {"equals": Decimal("1.0")}, {"in": [Decimal("0.5")]}]),
    ({"type": "decimal", "precision": 3, "scale": 0}, [{}, {"min": 0, "max": 9}]),
    ({"type": "decimal", "precision": 5, "scale": 2}, [{}, {"max": Decimal("9.99"), "min": Decimal("0.00")}]),
    *(
        ({"type": "timestamp", "unit": unit}, [{}, {"min": datetime(1970, 1, 1), "max": datetime(2026, 1, 2)}])  # noqa: DTZ001  # naive
        for unit in ("s", "ms", "us", "ns")
    ),
    ({"type": "timestamp", "unit": "us", "timezone": "UTC"}, [{}]),
    ({"type": "timestamp", "unit": "us", "timezone": "Europe/Berlin"}, [{}, {"min": datetime(1970, 1, 1, tzinfo=UTC)}]),
    *(({"type": "duration", "unit": unit}, [{}, {"equals": timedelta(1)}]) for unit in ("s", "us", "ns")),
    ("string", [{}, {"in": ["a"]}]),
    (_ENUM, [{}]),
    ("bool", [{}]),
    ("date", [{}]),
    *(({"type": "list", "of": one}, [{}, {"length": [0, 0]}]) for one in ("int8", "int8?", "int16", "int16?", "float64")),
    *(({"type": "struct", "fields": [["a", one], ["b", "int8"]]}, [{}]) for one in ("int8", "int8?", "int16")),
    ({"type": "struct", "fields": [["b", "int8"], ["a", "int8"]]}, [{}]),
    ("any", [{}]),
]  # fmt: skip
_WARNS: Final = {"severity": "warn"}
MADE: Final[list[Column]] = [{}, {"nullable": True}, {"severity": "warn"}]
SIDES: Final[list[Column]] = [{}, {"required": False}, {"nullable": True, "severity": "warn"}]


def columns_of_checks() -> Iterator[Case]:
    """Each check against each other of the same type, with and without nulls."""
    for kind, checks in TYPES.values():
        for (a, one), (b, other) in product(enumerate(checks), enumerate(checks)):
            made = MADE[(a + b) % 3 if kind != "any" else 0] if (a * b) % 3 == 0 else {}
            wanted = {"nullable": True} if (a + b) % 2 else {}
            yield {"type": kind, **one, **made}, {"type": kind, **other, **wanted}, "none"


def columns_of_casts() -> Iterator[Case]:
    """Each type against each other, with and without a cast."""
    for (one, made), (other, wanted) in product(CASTS, CASTS):
        for here, there in product(made, wanted):
            for cast in ("none", "safe"):
                yield {"type": one, **here}, {"type": other, **there}, cast
    for (one, made), (other, wanted) in product(CASTS, CASTS):  # a lost value is always an error
        yield {"type": one, **made[-1]}, {"type": other, **wanted[-1], **_WARNS}, "safe"
        yield {"type": one, **made[-1], **_WARNS}, {"type": other, **_WARNS}, "safe"


def columns_of_nulls() -> Iterator[Case]:
    """Nulls, absence, what stands in for them, and severities."""
    made = [
        {"type": "int8", "min": 0, **nulls, **there, **put}
        for nulls in MADE
        for there in ({}, {"required": False})
        for put in ({}, {"fill_null": 1}, {"default": 1}, {"default": 1, "fill_null": 2})
    ]
    wanted = [
        {"type": kind, **check, **side, **put}
        for kind in ("int8", "int16")
        for check in ({}, {"min": 0}, {"max": 4}, {"in": [0, 1]})
        for side in (*SIDES, {"nullable": True}, {"nullable": True, "required": False})
        for put in ({}, {"fill_null": 1}, {"fill_null": 9}, {"default": 1}, {"default": -9})
    ]
    for one, other in product(made, wanted):
        yield one, other, "none" if other["type"] == "int8" else "safe"


def cases() -> list[Case]:
    """All cases of one column, always in the same order."""
    return [*columns_of_checks(), *columns_of_casts(), *columns_of_nulls()]


def as_json(column: Column) -> Column:
    """A column as schemas have it in JSON."""
    plain = {"min", "max", "gt", "lt", "equals", "default", "fill_null"}
    found = {w: constant_to_json(v) if w in plain else v for w, v in column.items()}
    for word in ("in", "not_in"):
        if word in found:
            found[word] = [constant_to_json(value) for value in found[word]]
    return found


def written(step: int = 1) -> dict[str, Any]:
    """What the file holds; of columns the truth of each `step`th case, -1 for the others."""
    known: dict[str, int] = {}
    rows = []
    for number, (made, wanted, cast) in enumerate(cases()):
        truth = -1 if number % step else int(column_holds(made, wanted, cast))
        places = [known.setdefault(json.dumps(as_json(one)), len(known)) for one in (made, wanted)]
        rows.append([*places, int(cast == "safe"), truth])
    columns = [json.loads(text) for text in known]
    return {"columns": columns, "cases": rows, "frames": frametruth.written()}


def read() -> dict[str, Any]:
    """What was written."""
    found: dict[str, Any] = json.loads(gzip.decompress(FILE.read_bytes()))
    return found


if __name__ == "__main__":
    text = json.dumps(written(), separators=(",", ":"))
    FILE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")
