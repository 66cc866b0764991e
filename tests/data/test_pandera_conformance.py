"""Our verdict is pandera's own, type by type and check by check, on a schema generated for it."""

from __future__ import annotations

import pytest

from tests.data.generated import PLAIN, TYPES, checks_of, domain, odd, stored
from tests.data.tables import raw_table
from wombat.data.arrow import canonical_table
from wombat.data.engines import load_engine
from wombat.data.pandera import to_pandera, verdict
from wombat.data.validate import judge
from wombat.errors import CheckFailed
from wombat.schema.model import Column, FrameSchema
from wombat.schema.policy import Policy
from wombat.schema.proof.frame import Frame

SHAPING = ("fill", "fill-min")
"""pandera judges what is shaped already."""


@pytest.mark.slow
@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_pandera_says_the_same_of_each_check(library, kind):
    """Of all values of a type at once, of those that hold, and of each that doesn't."""
    said = 0
    for word, words in checks_of(kind).items():
        schema = FrameSchema("s", {"a": Column(kind, **words)})
        if word in SHAPING:
            continue
        try:
            theirs = to_pandera(schema, library)
        except CheckFailed:
            assert kind not in PLAIN, word  # lists and structs can't be said of every library
            continue
        said += 1
        for values in _cases(schema, [*domain(kind), *odd(kind), *domain(kind)[:1]], kind):
            table = _table(values, kind)
            ours = judge(table, schema, Policy()).report.ok
            frame = load_engine(library).from_arrow(table, schema)
            assert verdict(frame, theirs) is ours, (word, values)
    assert said or kind not in PLAIN


def _table(values, kind):
    rows = tuple({"a": value} for value in values)
    return canonical_table(raw_table(Frame({"a": stored(kind)}, rows)))


def _cases(schema, values, kind):
    yield values
    found = judge(_table(values, kind), schema, Policy(cases=20)).report.findings
    bad = sorted({row for one in found for row in one.rows})
    good = [value for row, value in enumerate(values) if row not in bad]
    assert len(good) + len(bad) == len(values)
    if good:
        yield good
    for row in bad[:3]:
        yield [*good, values[row]]
