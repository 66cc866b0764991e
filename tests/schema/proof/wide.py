"""Generators of schemas with every word of the language, of consumers near them, and of frames."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.schema.frames import TYPES, columns, domain, stored_type
from wombat.schema.around import same_values
from wombat.schema.casts import castable
from wombat.schema.model import Column, FrameSchema, Pattern
from wombat.schema.proof.evaluate import accepts, holds
from wombat.schema.proof.frame import Frame
from wombat.schema.proof.ordinals import ORDERED
from wombat.schema.proof.shape import column_of, shape
from wombat.schema.rules import Rule
from wombat.schema.types import Element, LogicalType

INT8, INT16 = LogicalType("int8"), LogicalType("int16")
NESTED = [
    LogicalType("list", item=Element(INT8)),
    LogicalType("list", item=Element(INT8, nullable=True)),
    LogicalType("list", item=Element(INT16)),
    LogicalType("struct", fields=(("x", Element(INT8)), ("y", Element(INT8, nullable=True)))),
    LogicalType("struct", fields=(("x", Element(INT16)), ("y", Element(INT8, nullable=True)))),
    LogicalType("struct", fields=(("x", Element(INT8, nullable=True)), ("y", Element(INT8)))),
]
NESTED += [
    LogicalType("list", item=Element(kind, nullable=nullable))
    for kind, nullable in ((NESTED[0], False), (NESTED[1], True), (NESTED[2], False))
]
DECIMALS = [LogicalType("decimal", precision=p, scale=s) for p, s in ((3, 0), (5, 1), (9, 2))]
KINDS = [*TYPES, *NESTED, *DECIMALS, INT8, INT8, LogicalType("string"), LogicalType("float32")]
MATCHES = ["a+", "[a-c]{1,3}", "a|bb", "(.|\\n)*", "\\bab?\\b.*", "^[^a]*$", "(a|aa)b?", "\\w*"]
NAMES = ["a", "b", "x1", "x2", "yy"]
NAME_PATTERNS = ["x\\d", "x.*", "[xy]+\\d?", "yy"]


def cells(kind: LogicalType) -> list[Any]:
    """Some values of a type, nested ones too."""
    if kind.item is not None:
        inner = [*cells(kind.item.type)[:3], *([None] if kind.item.nullable else [])]
        return [[], *([one] for one in inner), [inner[0]] * 2, [inner[-1], inner[0], inner[0]]]
    if kind.kind == "struct":
        pools = {n: [*cells(e.type)[:2], *([None] if e.nullable else [])] for n, e in kind.fields}
        return [{n: pool[i % len(pool)] for n, pool in pools.items()} for i in range(4)]
    return domain(kind)


@st.composite
def wide_columns(draw: st.DrawFn, kinds: list[LogicalType] | None = None) -> Column:
    """A column with any words that its type has; stand-ins hold its checks, as files must say."""
    kind = draw(st.sampled_from(kinds or KINDS))
    if kind.family == "nested":
        length = draw(st.sampled_from([None, None, (0, 0), (1, 2), (0, 1), (2, None)]))
        own = Column(kind, length=length if kind.kind == "list" else None)
        return replace(own, nullable=draw(st.booleans()), required=draw(st.integers(0, 4)) > 0)
    column = draw(columns([kind]))
    finite = [v for v in domain(kind) if not isinstance(v, float) or abs(v) < 1e9]
    words: dict[str, Any] = {}
    if kind.kind == "string":
        for word in sorted(
            draw(st.sets(st.sampled_from(["starts_with", "ends_with", "contains"])))
        ):
            words[word] = draw(st.sampled_from(["", "a", "b", "ab", "aa"]))
        if draw(st.integers(0, 2)) == 0:
            words["match"] = draw(st.sampled_from(MATCHES))
    if kind.family not in ("float", "binary", "any", "nested"):
        if draw(st.integers(0, 3)) == 0:
            words["not_in"] = tuple(draw(st.lists(st.sampled_from(finite), min_size=1, max_size=3)))
        if draw(st.integers(0, 7)) == 0:
            words["equals"] = draw(st.sampled_from(finite))
    return draw(_standing_in(replace(column, **words)))


@st.composite
def _standing_in(draw: st.DrawFn, column: Column) -> Column:
    good = [v for v in domain(column.type) if all(holds(c, v) for c in column.checks())]
    good = [v for v in good if not isinstance(v, (bytes, float)) or v == 0.5]
    if not good or column.type.kind in ("any", "binary"):
        return column
    words = {}
    for word in ("default", "fill_null"):
        if draw(st.integers(0, 4)) == 0:
            words[word] = draw(st.sampled_from(good))
    return replace(column, **words)


@st.composite
def wide_schemas(draw: st.DrawFn) -> FrameSchema:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    alike = [INT8, LogicalType("string")] if draw(st.booleans()) else None
    return draw(dressed({name: draw(wide_columns(alike)) for name in names}))


@st.composite
def dressed(draw: st.DrawFn, found: dict[str, Column]) -> FrameSchema:
    """Columns with sets, rules, rows, an order and patterns."""
    names = list(found)
    sets = st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)
    sure = all(column.required for column in found.values())
    kinds = {name: found[name].type for name in names}
    pairs = [(a, b) for a in names for b in names if a < b and same_values(kinds[a], kinds[b])]
    pairs = [pair for pair in pairs if kinds[pair[0]].family in (*ORDERED, "text")]
    rules = []
    if pairs:
        for number in range(draw(st.integers(0, 2))):
            left, right = draw(st.sampled_from(pairs))
            operator = draw(st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]))
            rules.append(Rule(f"r{number}", left, operator, right, severity=_severity(draw)))
    whole = [name for name in names if found[name].type == INT8]
    if whole and draw(st.booleans()):
        left, value = draw(st.sampled_from(whole)), draw(st.sampled_from([0, 1, 5]))
        operator = draw(st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]))
        rules.append(Rule("c", left, operator, None, value, INT8, severity=_severity(draw)))
    few = st.sampled_from([None, None, None, (0, 1), (1, None), (1, 2), (2, 3), (0, 0)])
    patterns = draw(st.lists(_patterns(), max_size=2)) if draw(st.integers(0, 2)) == 0 else []
    return FrameSchema(
        "s.t",
        found,
        key=tuple(draw(sets)) if sure and draw(st.integers(0, 3)) == 0 else (),
        unique=(tuple(draw(sets)),) if sure and draw(st.integers(0, 3)) == 0 else (),
        extra=draw(st.sampled_from([None, None, "forbid", "drop", "allow"])),
        ordered=draw(st.integers(0, 4)) == 0,
        rows=draw(few),
        rules=tuple(rules),
        patterns=tuple(patterns),
    )


def _severity(draw: st.DrawFn) -> Any:
    return draw(st.sampled_from(["error", "error", "error", "warn"]))


@st.composite
def _patterns(draw: st.DrawFn) -> Pattern:
    column = draw(wide_columns([INT8, LogicalType("string")]))
    column = replace(column, unique=False, required=True, default=None)
    return Pattern(draw(st.sampled_from(NAME_PATTERNS)), column, draw(st.integers(0, 1)))


@st.composite
def wide_pairs(draw: st.DrawFn) -> tuple[FrameSchema, FrameSchema, Any]:
    """A producer, a consumer near it, and a policy of casts."""
    producer = draw(wide_schemas())
    return producer, draw(near(producer)), draw(st.sampled_from(["none", "none", "safe"]))


@st.composite
def near(draw: st.DrawFn, producer: FrameSchema) -> FrameSchema:
    """Columns the same, changed in a word, or of another kind; sets, rules and the rest too."""
    wanted: dict[str, Column] = {}
    for name, column in producer.columns.items():
        how = draw(st.integers(0, 5))
        if how < 3:
            wanted[name] = column
        elif how == 3:
            wanted[name] = replace(column, nullable=draw(st.booleans()), fill_null=None)
        elif how == 4:
            alike = draw(st.sampled_from([None, [column.type], _castable(column.type)]))
            wanted[name] = draw(wide_columns(alike))
    if not wanted or draw(st.integers(0, 7)) == 0:
        wanted[draw(st.sampled_from(NAMES))] = draw(wide_columns())
    other = draw(dressed(wanted))
    if draw(st.integers(0, 2)) == 0:
        return other
    own = set(wanted)
    return replace(
        producer,
        columns=wanted,
        key=producer.key if set(producer.key) <= own else (),
        unique=tuple(one for one in producer.unique if set(one) <= own),
        rules=tuple(
            one for one in producer.rules if set(one.columns) <= own and _alike(one, wanted)
        ),
        extra=other.extra,
        ordered=producer.ordered and draw(st.booleans()),
        rows=producer.rows if draw(st.booleans()) else other.rows,
        patterns=producer.patterns if draw(st.booleans()) else other.patterns,
    )


@cache
def _castable(kind: LogicalType) -> list[LogicalType]:
    """What a safe cast may bring a type into."""
    return [one for one in KINDS if castable(kind, one)]


def _alike(rule: Rule, wanted: dict[str, Column]) -> bool:
    return len({wanted[name].type for name in rule.columns} | ({rule.type} - {None})) == 1


@st.composite
def stored_frames(draw: st.DrawFn, schema: FrameSchema) -> Frame | None:
    """A frame that a producer of the schema stores, or None where the draw came to none."""
    types = _types(draw, schema)
    pools = {name: _pool(schema, name, kind) for name, kind in types.items()}
    if not all(pools.values()):
        pools, count = pools, 0
    else:
        low, high = schema.rows or (0, None)
        count = draw(st.integers(low or 0, 3 if high is None else min(high, 3)))
    rows = [{n: draw(st.sampled_from(pools[n])) for n in types} for _ in range(count)]
    frame, lost = shape(schema, Frame(types, tuple(rows)))
    return None if lost or accepts(schema, frame) else frame


def _types(draw: st.DrawFn, schema: FrameSchema) -> dict[str, LogicalType]:
    names = [n for n, one in schema.columns.items() if one.required or draw(st.booleans())]
    others = [name for name in NAMES if name not in schema.columns]
    for name in others:
        fits = column_of(schema, name) is not None
        if (fits or schema.extra == "allow") and draw(st.booleans()):
            names.append(name)
    if not schema.ordered:
        names = draw(st.permutations(names))
    kinds = {}
    for name in names:
        column = column_of(schema, name)
        plain = [kind for kind in TYPES if kind.kind not in ("any", "enum")]
        kinds[name] = stored_type(column.type) if column else draw(st.sampled_from(plain))
    return kinds


def _pool(schema: FrameSchema, name: str, kind: LogicalType) -> list[Any]:
    column = column_of(schema, name)
    if column is None:
        return [*cells(kind), None]
    strict = column.severity == "error"
    good = [v for v in cells(kind) if not strict or all(holds(c, v) for c in column.checks())]
    nulls = not strict or (column.nullable and name not in schema.key)
    return [*good, *([None] if nulls else [])]
