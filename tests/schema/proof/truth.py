"""What single columns and small frames really are, said a second time and without the proof.

Nothing here imports the package that it judges, nor the table of casts: values are plain Python,
schemas their JSON, and what holds is found by looking at each value of a universe.
"""

from __future__ import annotations

import math
import re
import struct
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

UTC = timezone.utc  # noqa: UP017  # as old as the rest of this file's words
INTS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-(2**15), 2**15 - 1)}
INTS |= {"int64": (-(2**63), 2**63 - 1), "uint64": (0, 2**64 - 1), "int32": (-(2**31), 2**31 - 1)}
MICROS = {"s": 10**6, "ms": 1000, "us": 1, "ns": 1}


def kind_of(column: dict[str, Any]) -> str:
    kind = column["type"]
    return str(kind if isinstance(kind, str) else kind["type"])


def parameter(column: dict[str, Any], name: str) -> Any:
    kind = column["type"]
    return None if isinstance(kind, str) else kind.get(name)


def universe(column: dict[str, Any]) -> list[Any]:
    """Values of a type: all of them, or those on both sides of each constant of the grid."""
    kind = kind_of(column)
    if kind in ("int8", "uint8"):
        low, high = INTS[kind]
        return list(range(low, high + 1))
    if kind in INTS:
        low, high = INTS[kind]
        near = [0, 127, 128, 255, 256, -128, -129, 2**24, 2**31 - 1, 2**31, 2**53, 2**63 - 1]
        found = {n + d for n in (*near, *(-n for n in near), low, high) for d in range(-4, 5)}
        found |= set(range(-10, 11))
        return sorted(n for n in found if low <= n <= high)
    return _UNIVERSES[kind](column)


def _floats(column: dict[str, Any]) -> list[float]:
    points = [0.0, 1.0, -1.0, 0.5, 2.0, 2.5, 127.0, 128.0, 255.0, 256.0, -128.0, -129.0, 0.1]
    points += [2.0**24, 2.0**24 + 1, 2.0**53, 1e300, -1e300, 3.4e38, math.inf, -math.inf, 1e-45]
    wide = {f for p in points for f in (p, math.nextafter(p, 9e999), math.nextafter(p, -9e999))}
    single = {f for p in points for f in _single_beside(p)}
    return sorted(single if kind_of(column) == "float32" else wide | single)


def _single(value: float) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def _single_beside(value: float) -> list[float]:
    here = _single(value)
    raw = struct.unpack("<i", struct.pack("<f", here))[0]
    around = [
        struct.unpack("<f", struct.pack("<i", raw + d))[0]
        for d in (-1, 1)
        if raw not in (0, -(2**31))
    ]
    return [here, *(f for f in around if not math.isnan(f)), 1e-45 if False else here]


def _texts(_: dict[str, Any]) -> list[str]:
    letters = "ab\n👩"
    short = ["".join(word) for n in range(4) for word in product(letters, repeat=n)]
    return [
        *short,
        *("".join(word) for n in (4, 5) for word in product("ab", repeat=n)),
        "A",
        "é",
        "1",
    ]


def _moments(column: dict[str, Any]) -> list[datetime]:
    zone = UTC if parameter(column, "timezone") else None
    unit, found = parameter(column, "unit"), set()
    for year in (1, 1600, 1970, 2026, 2300, 9999):
        for step in (0, 1, 999, 1000, 10**6):
            for sign in (1, -1) if year not in (1, 9999) else (1,):
                found.add(datetime(year, 1, 2, tzinfo=UTC) + timedelta(microseconds=sign * step))
    fit = [m.replace(tzinfo=None) for m in found if m.microsecond % MICROS[unit] == 0]
    if unit == "ns":
        fit = [m for m in fit if 1678 <= m.year <= 2261]
    return sorted(m.replace(tzinfo=zone) for m in fit)


def _durations(column: dict[str, Any]) -> list[timedelta]:
    unit = parameter(column, "unit")
    days = (0, 1, 100, 100_000, 200_000)
    steps = (0, 1, 999, 1000, 10**6)
    found = {timedelta(d, 0, s) * sign for d in days for s in steps for sign in (1, -1)}
    fit = [one for one in found if (one // timedelta(microseconds=1)) % MICROS[unit] == 0]
    return sorted(one for one in fit if unit != "ns" or abs(one.days) < 106_000)


def _decimals(column: dict[str, Any]) -> list[Decimal]:
    digits, scale = parameter(column, "precision"), parameter(column, "scale") or 0
    most = 10**digits - 1
    numbers = range(-most, most + 1) if digits < 4 else [*range(-300, 301), most, -most, most - 1]
    return [Decimal(n).scaleb(-scale) for n in numbers]


def _lists(column: dict[str, Any]) -> list[Any]:
    item = element(column["type"]["of"])
    some = [0, 1, 127, -1] if kind_of(item) in INTS else [0.0, 0.5]
    low = INTS.get(kind_of(item), (-math.inf,))[0]
    inner = [v for v in (*some, *([200, 300] if kind_of(item) == "int16" else [])) if v >= low]
    inner += [None] if item.get("nullable") else []
    return [list(one) for n in range(4) for one in product(inner, repeat=n)]


def element(tree: Any) -> dict[str, Any]:
    """A list's element or a field, as a column of its own."""
    if isinstance(tree, str):
        return {"type": tree.rstrip("?"), "nullable": tree.endswith("?")}
    return {"type": tree, "nullable": tree.get("nullable", False)}


def _structs(column: dict[str, Any]) -> list[Any]:
    fields = [(name, element(tree)) for name, tree in column["type"]["fields"]]
    pools = [
        [0, 1, *([300] if kind_of(f) == "int16" else []), *([None] if f.get("nullable") else [])]
        for _, f in fields
    ]
    names = [name for name, _ in fields]
    return [dict(zip(names, values, strict=True)) for values in product(*pools)]


_UNIVERSES = {
    "float32": _floats,
    "float64": _floats,
    "bool": lambda _: [False, True],
    "string": _texts,
    "enum": lambda column: list(parameter(column, "of")),
    "binary": lambda _: [b"x" * n for n in range(8)],
    "date": lambda _: (
        [date(2026, 1, 1) + timedelta(n) for n in range(-5, 6)] + [date.min, date.max]
    ),
    "time": lambda _: [
        (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(0, s, m)).time()
        for s in (0, 43200, 86399)
        for m in (0, 1, 999_999)
    ],
    "timestamp": _moments,
    "duration": _durations,
    "decimal": _decimals,
    "list": _lists,
    "struct": _structs,
    "any": lambda _: [1],
}
FAMILY = {**dict.fromkeys(INTS, "int"), "float32": "float", "float64": "float", "string": "text"}
FAMILY |= {"enum": "text", "decimal": "decimal", "timestamp": "moment", "duration": "span"}


def same(made: Any, wanted: Any) -> bool:
    """Whether two columns hold the same type, nulls inside and members of enumerations aside."""
    a, b = kind_of(made), kind_of(wanted)
    if b == "any" or {a, b} <= {"string", "enum"}:
        return True
    if a == b == "list":
        return same(element(made["type"]["of"]), element(wanted["type"]["of"]))
    if a == b == "struct":
        here, there = made["type"]["fields"], wanted["type"]["fields"]
        return [n for n, _ in here] == [n for n, _ in there] and all(
            same(element(x), element(y)) for (_, x), (_, y) in zip(here, there, strict=True)
        )
    return bool(made["type"] == wanted["type"])


class No(Exception):
    """It can't be brought there."""


def bring(value: Any, made: Any, wanted: Any) -> Any:
    """A value in another type, without a change; raises No."""
    if value is None or same(made, wanted):
        return value
    a, b = kind_of(made), kind_of(wanted)
    families = FAMILY.get(a, a), FAMILY.get(b, b)
    if families == ("list", "list"):
        inner = element(made["type"]["of"]), element(wanted["type"]["of"])
        return [bring(one, *inner) for one in value]
    if families == ("struct", "struct"):
        there = dict(wanted["type"]["fields"])
        if list(there) != [n for n, _ in made["type"]["fields"]]:
            raise No
        return {
            n: bring(value[n], element(t), element(there[n])) for n, t in made["type"]["fields"]
        }
    if families[0] == families[1] and families[0] in ("moment", "span"):
        return _in_unit(value, made, wanted)
    if families in (("float", "decimal"), ("decimal", "float")) or not {*families} <= {
        "int",
        "float",
        "decimal",
    }:
        raise No
    return _number(value, families[0], b, wanted)


def may_bring(made: Any, wanted: Any) -> bool:
    """Whether the types can be brought together at all, though perhaps not every value."""
    if same(made, wanted):
        return True
    a, b = FAMILY.get(kind_of(made), kind_of(made)), FAMILY.get(kind_of(wanted), kind_of(wanted))
    if a == b == "list":
        return may_bring(element(made["type"]["of"]), element(wanted["type"]["of"]))
    if a == b == "struct":
        here, there = made["type"]["fields"], wanted["type"]["fields"]
        return [n for n, _ in here] == [n for n, _ in there] and all(
            may_bring(element(x), element(y)) for (_, x), (_, y) in zip(here, there, strict=True)
        )
    if a == b == "moment":
        return bool(parameter(made, "timezone")) == bool(parameter(wanted, "timezone"))
    numbers = {"int", "float", "decimal"}
    return (a == b and a in (*numbers, "span")) or (
        a != b and {a, b} <= numbers and {a, b} != {"float", "decimal"}
    )


def _in_unit(value: Any, made: Any, wanted: Any) -> Any:
    unit = parameter(wanted, "unit")
    if bool(parameter(made, "timezone")) != bool(parameter(wanted, "timezone")):
        raise No
    if isinstance(value, datetime):
        micros = (
            value.replace(tzinfo=None) - datetime.fromtimestamp(0, UTC).replace(tzinfo=None)
        ) // timedelta(microseconds=1)
    else:
        micros = value // timedelta(microseconds=1)
    if micros % MICROS[unit] or (unit == "ns" and abs(micros * 1000) > 2**63 - 1):
        raise No
    return value


def _number(value: Any, family: str, kind: str, wanted: Any) -> Any:
    if isinstance(value, float) and math.isinf(value):
        if kind in ("float32", "float64"):
            return value
        raise No
    exact = Fraction(value)
    if kind in INTS:
        low, high = INTS[kind]
        if exact.denominator != 1 or not low <= exact <= high:
            raise No
        return int(exact)
    if kind == "decimal":
        units = exact * 10 ** (parameter(wanted, "scale") or 0)
        if units.denominator != 1 or abs(units) >= 10 ** parameter(wanted, "precision"):
            raise No
        return Decimal(int(units)).scaleb(-(parameter(wanted, "scale") or 0))
    if family == "int" and abs(exact) > 2 ** (24 if kind == "float32" else 53):
        raise No
    found = _single(float(exact)) if kind == "float32" else float(exact)
    if math.isinf(found) or Fraction(found) != exact:
        raise No
    return found


def passes(value: Any, column: dict[str, Any]) -> bool:
    """Whether a value that is there holds each check of a column of its type."""
    if kind_of(column) == "list":
        inner = element(column["type"]["of"])
        if not inner.get("nullable") and any(one is None for one in value):
            return False
    if kind_of(column) == "struct":
        inner = {n: element(t) for n, t in column["type"]["fields"]}
        if any(v is None and not inner[n].get("nullable") for n, v in value.items()):
            return False
    if kind_of(column) == "enum" and value not in parameter(column, "of"):
        return False
    return all(
        _PASSES[word](value, argument) for word, argument in column.items() if word in _PASSES
    )


_PASSES = {
    "min": lambda v, a: not v < a,
    "max": lambda v, a: not v > a,
    "gt": lambda v, a: v > a,
    "lt": lambda v, a: v < a,
    "in": lambda v, a: any(v == one for one in a),
    "not_in": lambda v, a: all(v != one for one in a),
    "equals": lambda v, a: v == a,
    "match": lambda v, a: re.fullmatch(a, v, re.ASCII) is not None,
    "starts_with": lambda v, a: v[: len(a)] == a,
    "ends_with": lambda v, a: a == "" or v[-len(a) :] == a,
    "contains": lambda v, a: v.find(a) >= 0,
    "length": lambda v, a: (a[0] or 0) <= len(v) <= (10**9 if a[1] is None else a[1]),
}


def column_holds(made: dict[str, Any], wanted: dict[str, Any], cast: str) -> bool:
    """Whether every stored column of the one is accepted by the other, value by value."""
    strict = made.get("severity") != "warn"
    if made.get("required") is False and "default" not in made and not _absent(wanted):
        return False
    if not same(made, wanted) and not (cast == "safe" and may_bring(made, wanted)):
        return False
    values = [v for v in universe(made) if not strict or passes(v, made)]
    nulls = (made.get("nullable") or not strict) and "fill_null" not in made
    return all(_taken(value, made, wanted) for value in [*values, *([None] if nulls else [])])


def _absent(wanted: dict[str, Any]) -> bool:
    if "default" in wanted:
        return wanted.get("severity") == "warn" or passes(wanted["default"], wanted)
    return wanted.get("required") is False


def _taken(value: Any, made: dict[str, Any], wanted: dict[str, Any]) -> bool:
    try:
        value = bring(value, made, wanted)
    except No:
        return False
    if value is None:
        value = wanted.get("fill_null")
    if wanted.get("severity") == "warn":
        return True
    return bool(wanted.get("nullable")) if value is None else passes(value, wanted)
