"""Schemas with every word of the language, and frames that come near them, by chance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from wombat.schema.model import Column, FrameSchema, Pattern
from wombat.schema.proof.frame import Frame
from wombat.schema.rules import Rule
from wombat.schema.types import INTEGERS, Element, LogicalType

NAN = float("nan")
PATTERNS = ["a+", "[a-c]{1,3}", "a|bb", ".*", "\\d*", "^a$", ".", "[^a]", "\\w+", "\\W", "é|👩"]
PLAIN = [
    *(LogicalType(name) for name in INTEGERS),
    *(LogicalType(name) for name in ("float32", "float64", "bool", "string", "binary")),
    *(LogicalType(name) for name in ("date", "time")),
    *(LogicalType("timestamp", unit=unit) for unit in ("s", "ms", "us", "ns")),
    LogicalType("timestamp", unit="us", timezone="UTC"),
    LogicalType("timestamp", unit="ms", timezone="Europe/Berlin"),
    *(LogicalType("duration", unit=unit) for unit in ("s", "ms", "us", "ns")),
    LogicalType("decimal", precision=6, scale=2),
    LogicalType("decimal", precision=38, scale=0),
]
ENUM = LogicalType("enum", of=("a", "b", "c"))
TEXT = LogicalType("string")


def list_of(kind: LogicalType, *, nullable: bool = False) -> LogicalType:
    return LogicalType("list", item=Element(kind, nullable))


def struct_of(**fields: Element) -> LogicalType:
    return LogicalType("struct", fields=tuple(fields.items()))


NESTED = [
    list_of(LogicalType("int64")),
    list_of(TEXT, nullable=True),
    list_of(LogicalType("float64")),
    list_of(LogicalType("timestamp", unit="us", timezone="UTC"), nullable=True),
    struct_of(x=Element(LogicalType("int32")), y=Element(TEXT, nullable=True)),
    struct_of(p=Element(list_of(LogicalType("float64"))), q=Element(LogicalType("date"), True)),
    list_of(struct_of(n=Element(LogicalType("decimal", precision=6, scale=2)))),
]
TYPES = [*PLAIN, ENUM, *NESTED]
_F32 = 0.10000000149011612


def domain(kind: LogicalType) -> list[Any]:
    """Some values of a type, its ends included; those of plain types in ascending order."""
    if kind.family == "integer":
        low, high = INTEGERS[kind.kind]
        near = [1 << 24, (1 << 53) + 1, -5, -1, 0, 1, 2, 100]
        return sorted({low, high, high - 1, *(one for one in near if low <= one <= high)})
    if kind.family == "float":
        ends = [1e300] if kind.kind == "float64" else []
        return [float("-inf"), -1.5, -0.0, 0.0, _F32, 0.5, 1.0, 2.0, *ends, float("inf")]
    if kind.kind == "timestamp":
        zone = UTC if kind.timezone else None
        days = [datetime(y, 3, 31, 1, 30, tzinfo=zone) for y in (1900, 1970, 2024, 2026)]
        return [*days, days[-1] + timedelta(seconds=1)]
    if kind.kind == "decimal":
        whole = 10**kind.precision - 1
        units = sorted({-whole, 0, 1, min(150, whole), whole})
        return [Decimal((int(u < 0), _digits(u), -kind.scale)) for u in units]
    if kind.kind == "list":
        inner = [*domain(kind.item.type), *([None] if kind.item.nullable else [])]
        return [[], inner[:1], inner[1:4], [inner[-1], inner[0]], inner[-1:] * 3]
    if kind.kind == "struct":
        pools = {name: _some(one) for name, one in kind.fields}
        return [{n: pool[turn % len(pool)] for n, pool in pools.items()} for turn in range(4)]
    return {
        "bool": [False, True],
        "binary": [b"", b"\x00\xff", b"a", b"abcd"],
        "date": [date(1, 1, 1), date(1970, 1, 1), date(2024, 2, 29), date(9999, 12, 31)],
        "time": [time(0), time(12), time(12, 0, 0, 1), time(23, 59, 59, 999999)],
        "duration": [timedelta(-1), timedelta(0), timedelta(seconds=1), timedelta(days=400)],
        "enum": list(kind.of),
    }.get(kind.kind, ["", "1", "a", "a\n", "aa", "abc", "b", "bb", "c", "xb", "é", "٣", "👩"])


def _some(one: Element) -> list[Any]:
    return [*domain(one.type)[:3], *([None] if one.nullable else [])]


def _digits(units: int) -> tuple[int, ...]:
    return tuple(int(digit) for digit in str(abs(units)))


def odd(kind: LogicalType) -> list[Any]:
    """Values that the type holds and a schema often doesn't: nulls, NaN, nulls inside."""
    if kind.family == "float":
        return [None, NAN]
    if kind.kind == "list":
        nan = [[NAN]] if _float(kind) else []
        return [None, [None], [*domain(kind.item.type)[:1], None], *nan]
    if kind.kind == "struct":
        return [None, dict.fromkeys((name for name, _ in kind.fields), None)]
    return [None, "foreign"] if kind.kind == "enum" else [None]


def _float(kind: LogicalType) -> bool:
    return kind.item.type.family == "float"


def stored(kind: LogicalType) -> LogicalType:
    """As a frame without a schema says it: members and nulls inside aren't of its type."""
    if kind.kind == "enum":
        return TEXT
    if kind.kind == "list":
        return list_of(stored(kind.item.type))
    if kind.kind == "struct":
        return struct_of(**{name: Element(stored(one.type)) for name, one in kind.fields})
    return kind


def checks_of(kind: LogicalType) -> dict[str, dict[str, Any]]:
    """Every check that a type has, each with a few constants."""
    inner = [v for v in domain(kind) if not isinstance(v, float) or abs(v) < 1e9]
    found: dict[str, dict[str, Any]] = {"null": {}, "unique": {"unique": True, "nullable": True}}
    if kind.family in ("integer", "float", "decimal", "temporal"):
        for word in ("min", "max", "gt", "lt"):
            for number, value in enumerate(inner):
                found[f"{word}-{number}"] = {word: value}
    if kind.family not in ("float", "binary", "nested"):
        found["in"] = {"within": tuple(inner[::2])}
        found["many"] = {"within": tuple(inner * 9)}
        found["not-in"] = {"not_in": tuple(inner[1::2])}
        found["equals"] = {"equals": inner[-1]}
    if kind.kind in ("string", "binary", "list"):
        for length in ((0, 0), (1, 2), (2, None), (None, 1)):
            found[f"length-{length}"] = {"length": length}
    if kind.kind == "string":
        found |= {f"match-{pattern}": {"match": pattern} for pattern in PATTERNS}
        for word in ("starts_with", "ends_with", "contains"):
            found |= {f"{word}-{text}": {word: text} for text in ("a", "\n", "👩", ".", "")}
    if kind.family not in ("nested", "binary"):
        found["fill"] = {"fill_null": inner[0]}
        found["fill-min"] = {"fill_null": inner[0], "not_in": (inner[1],)} if "in" in found else {}
    return {word: {"nullable": word != "null", **words} for word, words in found.items()}


@st.composite
def columns(draw: st.DrawFn, kind: LogicalType | None = None, *, default: bool = True) -> Column:
    kind = kind or draw(st.sampled_from(TYPES))
    checks = checks_of(kind)
    words: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(sorted(checks)), max_size=2)):
        words |= checks[name]
    words["nullable"] = draw(st.booleans())
    words["severity"] = draw(st.sampled_from(["error", "error", "error", "warn"]))
    words["required"] = draw(st.integers(0, 4)) > 0
    if default and kind.family not in ("nested", "binary") and draw(st.integers(0, 4)) == 0:
        words["default"] = draw(st.sampled_from(domain(kind)[1:2]))
    return Column(kind, **words)


@st.composite
def schemas(draw: st.DrawFn) -> FrameSchema:
    names = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True))
    kinds = {name: draw(st.sampled_from(TYPES)) for name in names}
    if draw(st.booleans()):  # rules need columns that compare
        kinds = dict.fromkeys(names, kinds[names[0]])
    known = {name: draw(columns(kind)) for name, kind in kinds.items()}
    sure = [name for name, column in known.items() if column.required]
    sets = st.lists(st.sampled_from(sure or [""]), min_size=1, max_size=2, unique=True)
    return FrameSchema(
        "s.t",
        known,
        key=tuple(draw(sets)) if sure and draw(st.integers(0, 2)) == 0 else (),
        unique=(tuple(draw(sets)),) if sure and draw(st.integers(0, 3)) == 0 else (),
        extra=draw(st.sampled_from([None, None, "forbid", "drop", "allow"])),
        ordered=draw(st.integers(0, 3)) == 0,
        rows=draw(st.sampled_from([None, None, None, (1, None), (None, 2), (2, 3)])),
        patterns=tuple(draw(st.lists(patterns(), max_size=2))),
        rules=tuple(draw(rules(known))),
    )


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    column = replace(draw(columns(default=False)), required=True, unique=False)
    match = draw(st.sampled_from(["x_\\d", "x_.*", "[a-e]"]))
    return Pattern(match, column, draw(st.integers(0, 2)))


@st.composite
def rules(draw: st.DrawFn, known: dict[str, Column]) -> list[Rule]:
    made = []
    flat = [name for name, one in known.items() if one.type.family not in ("nested", "binary")]
    for number in range(draw(st.integers(0, 2)) if flat else 0):
        left = draw(st.sampled_from(flat))
        kind = known[left].type
        words = ["eq", "ne"] if kind.family == "bool" else ["eq", "ne", "lt", "le", "gt", "ge"]
        operator = draw(st.sampled_from(words))
        severity = draw(st.sampled_from(["error", "error", "warn"]))
        same = [name for name in flat if _alike(known[name].type, kind)]
        if draw(st.booleans()):
            right = draw(st.sampled_from(same))
            made.append(Rule(f"r{number}", left, operator, right, severity=severity))
        else:
            value = draw(st.sampled_from(domain(kind)[1:-1] or domain(kind)))
            made.append(Rule(f"r{number}", left, operator, None, value, kind, severity=severity))
    return made


def _alike(one: LogicalType, other: LogicalType) -> bool:
    return one == other or one.family == other.family in ("integer", "float", "text")


@st.composite
def frames(draw: st.DrawFn, schema: FrameSchema) -> Frame:
    """Most columns as the schema says, some of another type, some absent, some more."""
    types: dict[str, LogicalType] = {}
    names = draw(st.permutations([*schema.columns, "x_1", "x_12", "e"]))
    for name in names:
        column = schema.columns.get(name)
        if column is None and draw(st.integers(0, 3)):
            continue
        if column is None or draw(st.integers(0, 7)) == 0:
            if draw(st.booleans()):
                fitting = [one.column.type for one in schema.patterns]
                types[name] = stored(draw(st.sampled_from(fitting or TYPES)))
            continue
        near = _near(column.type) if draw(st.integers(0, 3)) == 0 else []
        types[name] = stored(draw(st.sampled_from([column.type, *near])))
    count = draw(st.integers(0, 5)) if types else 0  # without columns nothing counts rows
    pools = {}
    for name, kind in types.items():
        wanted = schema.columns[name].type if name in schema.columns else kind
        values = [*domain(kind), *odd(wanted if stored(wanted) == kind else kind)]
        pools[name] = st.sampled_from(values)
    rows = tuple({name: draw(pool) for name, pool in pools.items()} for _ in range(count))
    return Frame(types, rows)


def _near(kind: LogicalType) -> list[LogicalType]:
    """Types that a cast brings into this one, now and then."""
    return [one for one in TYPES if one.family == kind.family and one != kind]
