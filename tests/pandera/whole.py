"""Generated schemas with every word that pandera might say."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.schema.frames import TYPES, domain
from wombat.schema.columns import words_of
from wombat.schema.model import Column, FrameSchema, Pattern
from wombat.schema.rules import Custom, Rule
from wombat.schema.types import Element, LogicalType

_LEAVES = [kind for kind in TYPES if kind.kind not in ("any", "enum", "list", "struct")]
_TEXTS = st.sampled_from(["a", "a.b", "(", "é", "x y", "\\d", "a|b", "^$"])
_MATCHES = st.sampled_from(["a|b", "[a-c]{1,3}", "(?:a)|b", "x\\.y", "^a$", "\\w+", ".*", "é+"])
_MAYBE = st.sampled_from([None, None, "said"])


@st.composite
def nested(draw: st.DrawFn, depth: int = 2) -> LogicalType:
    below = st.sampled_from(_LEAVES)
    if depth and draw(st.booleans()):
        below = nested(depth - 1)
    if draw(st.booleans()):
        return LogicalType("list", item=Element(draw(below), draw(st.booleans())))
    names = draw(st.lists(st.sampled_from("pqr"), min_size=1, max_size=3, unique=True))
    fields = tuple((name, Element(draw(below), draw(st.booleans()))) for name in names)
    return LogicalType("struct", fields=fields)


@st.composite
def whole_columns(draw: st.DrawFn, kind: LogicalType | None = None) -> Column:
    leaves = st.sampled_from([one for one in TYPES if one.family != "nested"])
    kind = kind or draw(st.one_of(leaves, leaves, nested()))
    words: dict[str, Any] = {}
    values = [v for v in domain(kind) if not isinstance(v, float) or abs(v) < 1e9]
    if kind.kind == "enum":
        values = list(kind.of)
    for word in sorted(draw(st.sets(st.sampled_from(words_of(kind) or ("",)), max_size=3)) - {""}):
        if word in ("in", "not_in"):
            found = draw(st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True))
            words["within" if word == "in" else word] = tuple(found)
        elif word == "match":
            words[word] = draw(_MATCHES)
        elif word == "length":
            words[word] = draw(st.sampled_from([(None, 3), (1, None), (2, 2)]))
        elif word in ("starts_with", "ends_with", "contains"):
            words[word] = draw(_TEXTS)
        else:
            words[word] = draw(st.sampled_from(values))
    return Column(
        kind,
        nullable=draw(st.booleans()),
        required=draw(st.integers(0, 4)) > 0,
        unique=draw(st.integers(0, 4)) == 0,
        severity=draw(st.sampled_from(["error", "error", "warn"])),
        custom=draw(st.sampled_from([(), (), (Custom("tests.pandera.checks:even"),)])),
        pii=draw(st.booleans()),
        title=draw(_MAYBE),
        description=draw(_MAYBE),
        tags=tuple(draw(st.lists(st.just("one"), max_size=1))),
        **words,
    )


@st.composite
def whole_schemas(draw: st.DrawFn) -> FrameSchema:
    names = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True))
    columns = {name: draw(whole_columns()) for name in names}
    sure = [name for name in names if columns[name].required]
    groups = st.lists(st.sampled_from(sure), min_size=1, max_size=2, unique=True).map(tuple)
    column = Column(LogicalType("int64"), nullable=True, min=0)
    rules = [
        Rule("same", names[0], "eq", names[-1]),
        Rule("code", custom=Custom("tests.pandera.checks:paid_in_time", (("days", 3),))),
    ]
    if columns[names[0]].type.kind == "int64":
        rules.append(Rule("few", names[0], "lt", None, 5, columns[names[0]].type, None, "warn"))
    return FrameSchema(
        "s.whole",
        columns,
        version=draw(st.sampled_from([None, "1.0"])),
        title=draw(_MAYBE),
        description=draw(_MAYBE),
        owner=draw(_MAYBE),
        tags=tuple(draw(st.lists(st.just("one"), max_size=1))),
        key=draw(groups) if sure and draw(st.booleans()) else (),
        unique=(draw(groups),) if sure and draw(st.booleans()) else (),
        extra=draw(st.sampled_from([None, "forbid", "drop", "allow"])),
        ordered=draw(st.booleans()),
        rows=draw(st.sampled_from([None, (1, None), (None, 5), (0, 9)])),
        patterns=draw(
            st.sampled_from([(), (Pattern("x_\\d", column, 2),), (Pattern("y|z", column),)])
        ),
        rules=tuple(draw(st.lists(st.sampled_from(rules), max_size=2, unique_by=id))),
    )
