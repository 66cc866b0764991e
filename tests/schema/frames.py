"""Generators of columns, schemas and frames, aimed at the rules of the proof."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from wombat.schema.model import Column, FrameSchema
from wombat.schema.proof.evaluate import Frame, accepts, holds
from wombat.schema.types import INTEGERS, LogicalType

if TYPE_CHECKING:
    from collections.abc import Iterable

UTC = UTC
TYPES = [
    *(LogicalType(name) for name in INTEGERS),
    *(LogicalType(name) for name in ("float32", "float64", "bool", "string", "binary")),
    *(LogicalType(name) for name in ("date", "time", "any")),
    *(LogicalType("timestamp", unit=unit) for unit in ("s", "ms", "us", "ns")),
    LogicalType("timestamp", unit="us", timezone="UTC"),
    LogicalType("timestamp", unit="ms", timezone="Europe/Berlin"),
    *(LogicalType("duration", unit=unit) for unit in ("s", "ms", "us", "ns")),
    LogicalType("decimal", precision=6, scale=2),
    LogicalType("enum", of=("a", "b", "c")),
]
PATTERNS = ["a+", "[a-c]{1,3}", "a|bb", ".*", "\\d*"]
_F32 = 0.10000000149011612


def domain(kind: LogicalType) -> list[Any]:
    """Some values of a type, its ends included, in ascending order where it has one."""
    if kind.family == "integer":
        low, high = INTEGERS[kind.kind]
        return sorted({low, high, 0, 1, 2, 3, 5, 100, *((-1, -5) if low < 0 else ())})
    if kind.family == "float":
        return [float("-inf"), -1.5, -0.0, 0.0, _F32, 0.25, 0.5, 1.0, 2.0, float("inf")]
    if kind.kind == "decimal" and (kind.precision, kind.scale) != (6, 2):
        most = 10 ** (kind.precision or 0) - 1
        return [
            Decimal(n).scaleb(-(kind.scale or 0)) for n in (-most, -1, 0, 1, 10, 150, 300, most)
        ]
    if kind.kind == "timestamp":
        zone = UTC if kind.timezone else None
        days = [datetime(y, 3, 31, 1, 30, tzinfo=zone) for y in (1900, 1970, 2024, 2026)]
        return [*days, days[-1] + timedelta(seconds=1)]
    return {
        "bool": [False, True],
        "binary": [b"", b"a", b"\x00\xff", b"abcd"],
        "date": [date(1900, 1, 1), date(1970, 1, 1), date(2024, 2, 29), date(2026, 1, 1)],
        "time": [time(0), time(12), time(12, 0, 0, 1), time(23, 59, 59, 999999)],
        "duration": [timedelta(-1), timedelta(0), timedelta(seconds=1), timedelta(days=400)],
        "decimal": [Decimal(text) for text in ("-9999.99", "0.00", "0.01", "1.50", "9999.99")],
        "enum": list(kind.of),
        "any": [1, 2, 3],
    }.get(kind.kind, ["", "a", "aa", "b", "bb", "abc", "xb", "a\n", "é", "👩", "1", "٣", "c"])


def stored_type(kind: LogicalType) -> LogicalType:
    """The type that a value of a column has; a column of any type holds whole numbers here."""
    return LogicalType("int64") if kind.kind == "any" else kind


@st.composite
def columns(draw: st.DrawFn, kinds: list[LogicalType] | None = None) -> Column:
    kind = draw(st.sampled_from(kinds or TYPES))
    words: dict[str, Any] = {}
    finite = [v for v in domain(kind) if not isinstance(v, float) or abs(v) < 1e9]
    if kind.family in ("integer", "float", "decimal", "temporal"):
        for word in sorted(draw(st.sets(st.sampled_from(["min", "max", "gt", "lt"]), max_size=2))):
            words[word] = draw(st.sampled_from(finite))
    listed = kind.family not in ("float", "binary", "any")
    if listed and draw(st.integers(0, 3)) == 0:
        words["within"] = tuple(draw(st.lists(st.sampled_from(finite), min_size=1, max_size=4)))
    if kind.kind in ("string", "binary") and draw(st.integers(0, 2)) == 0:
        least = draw(st.integers(0, 2))
        words["length"] = (least, draw(st.one_of(st.none(), st.integers(least, 4))))
    if kind.kind == "string" and draw(st.integers(0, 3)) == 0:
        words["match"] = draw(st.sampled_from(PATTERNS))
    return Column(
        kind,
        nullable=draw(st.booleans()),
        required=draw(st.integers(0, 4)) > 0,
        unique=draw(st.integers(0, 4)) == 0,
        severity=draw(st.sampled_from(["error", "error", "error", "warn"])),
        **words,
    )


@st.composite
def schemas(draw: st.DrawFn, kinds: list[LogicalType] | None = None) -> FrameSchema:
    names = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True))
    return with_sets(draw, {name: draw(columns(kinds)) for name in names})


def with_sets(draw: st.DrawFn, found: dict[str, Column]) -> FrameSchema:
    sure = [name for name, column in found.items() if column.required]
    key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    if sure:
        sets = st.lists(st.sampled_from(sure), min_size=1, max_size=2, unique=True)
        key = tuple(draw(sets)) if draw(st.integers(0, 2)) == 0 else ()
        unique = (tuple(draw(sets)),) if draw(st.integers(0, 3)) == 0 else ()
    extra = draw(st.sampled_from([None, None, "forbid", "drop", "allow"]))
    return FrameSchema("s.t", found, key=key, unique=unique, extra=extra)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[FrameSchema, FrameSchema]:
    """A producer, and a consumer that is near it."""
    producer = draw(schemas())
    return producer, draw(consumers(producer))


@st.composite
def consumers(draw: st.DrawFn, producer: FrameSchema) -> FrameSchema:
    """A schema that is near another: some columns the same, some changed."""
    wanted: dict[str, Column] = {}
    for name, column in producer.columns.items():
        kinds = [column.type] if draw(st.integers(0, 5)) else None
        how = draw(st.integers(0, 4))
        if how < 2:
            wanted[name] = column
        elif how < 4:
            wanted[name] = draw(columns(kinds))
    if not wanted or draw(st.integers(0, 5)) == 0:
        wanted["e"] = draw(columns())
    if draw(st.booleans()):
        sure = {name for name, column in wanted.items() if column.required}
        kept = producer.key if set(producer.key) <= sure else ()
        sets = tuple(names for names in producer.unique if set(names) <= sure)
        return FrameSchema("s.c", wanted, key=kept, unique=sets)
    return with_sets(draw, wanted)


@st.composite
def frames(draw: st.DrawFn, schema: FrameSchema, like: Frame | None = None) -> Frame | None:
    """A frame that a schema accepts as produced, or None where the draw came to none.

    With `like` it has the columns and types of another.
    """
    types = like.types if like else _types(draw, schema)
    pools: dict[str, list[Any]] = {}
    for name, kind in types.items():
        if name not in schema.columns:
            pools[name] = [*domain(kind), None]
            continue
        column = schema.columns[name]
        strict = column.severity == "error"
        good = [v for v in domain(kind) if all(holds(c, v) for c in column.checks())]
        pools[name] = good if strict else domain(kind)
        if schema.nulls_allowed(name) or not strict:
            pools[name] = [*pools[name], None]
    count = draw(st.integers(0, 3)) if all(pools.values()) else 0
    rows = [{n: draw(st.sampled_from(pools[n])) for n in types} for _ in range(count)]
    return accepted(schema, types, rows)


def accepted(
    schema: FrameSchema, types: dict[str, LogicalType], rows: Iterable[dict[str, Any]]
) -> Frame | None:
    """A frame of those rows that the schema accepts beside the ones before; None for no frame."""
    frame = Frame(types, ())
    for row in rows:
        longer = Frame(types, (*frame.rows, row))
        frame = frame if accepts(schema, longer) else longer
    return frame if not accepts(schema, frame) else None


def _types(draw: st.DrawFn, schema: FrameSchema) -> dict[str, LogicalType]:
    types = {
        name: stored_type(column.type)
        for name, column in schema.columns.items()
        if column.required or draw(st.booleans())
    }
    if schema.extra == "allow" and draw(st.booleans()):
        name = draw(st.sampled_from([n for n in "abcde" if n not in schema.columns]))
        types[name] = draw(st.sampled_from([k for k in TYPES if k.kind not in ("any", "enum")]))
    return types
