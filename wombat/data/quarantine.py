"""Rows that fail set aside, each with its reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wombat.data.counting import Failure
    from wombat.data.repeats import Bits

REASONS: Final = "rejected_because"
BLOCK: Final = 1 << 16
_KIND: Final = pa.list_(pa.field("element", pa.string()))


def failing_rows(rows: int, failed: Sequence[Failure]) -> Bits:
    """Which rows fail any check that doesn't only warn."""
    marks = np.zeros((rows + 7) // 8, np.uint8)
    for one in failed:
        if one.probe.severity == "error" and one.marks is not None:
            marks |= one.marks
    found: Bits = np.unpackbits(marks, count=rows).view(bool)
    return found


def set_aside(table: pa.Table, bad: Bits, failed: Sequence[Failure]) -> tuple[pa.Table, pa.Table]:
    """The table without its failing rows, and those with a column of reasons more, in order.

    What only warns sets nothing aside, but is among the reasons of rows that something else does.
    Of rows that stand twice all go: none is more right than the others, and what is left doesn't
    depend on their order.
    """
    rejected = table.filter(pa.array(bad))
    reasons = _reasons(np.flatnonzero(bad), failed)
    rejected = rejected.append_column(reasons_name(table.column_names), reasons)
    return table.filter(pa.array(~bad)), rejected


def reasons_name(names: Sequence[str]) -> str:
    """A column's name that isn't taken."""
    name = REASONS
    while name in names:
        name += "_"
    return name


def _reasons(rows: Any, failed: Sequence[Failure]) -> pa.ChunkedArray:
    """Of each row the checks that it fails, in their order, as `column.check`."""
    words = pa.array([_reason(one) for one in failed], pa.string())
    starts = range(0, len(rows), BLOCK)
    return pa.chunked_array([_words(rows[n : n + BLOCK], failed, words) for n in starts], _KIND)


def _words(rows: Any, failed: Sequence[Failure], words: pa.Array) -> pa.Array:
    fails = np.stack([one.fails(rows) for one in failed], axis=1)
    values = words.take(pa.array(np.nonzero(fails)[1]))
    ends = np.concatenate([[0], np.cumsum(fails.sum(axis=1))])
    return pa.ListArray.from_arrays(pa.array(ends.astype("int32")), values, type=_KIND)


def _reason(failure: Failure) -> str:
    """`column.check`; of several columns `check(column, column)`; of rules `rule:NAME`."""
    probe = failure.probe
    if probe.column is not None:
        return f"{probe.column}.{probe.check.name}"
    if probe.rule is None:
        return f"{probe.check.name}({', '.join(probe.columns)})"
    return probe.check.name
