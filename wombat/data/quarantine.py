"""Rows that fail set aside, each with its reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wombat.data.counting import Failure
    from wombat.schema.policy import Policy

REASONS: Final = "rejected_because"


def set_aside(
    table: pa.Table, failed: Sequence[Failure], policy: Policy
) -> tuple[pa.Table, pa.Table] | None:
    """The table without its failing rows, and those with a column of reasons more, in order.

    None where no row fails, or more than the policy tolerates. What only warns sets nothing aside,
    but is among the reasons of rows that something else does. Of rows that stand twice all go: none
    is more right than the others, and what is left doesn't depend on their order.
    """
    bad = np.zeros(table.num_rows, bool)
    for one in failed:
        if one.probe.severity == "error":
            bad[one.rows] = True
    rows = np.flatnonzero(bad)
    if not len(rows) or not policy.tolerates(len(rows), table.num_rows):
        return None
    rejected = table.take(pa.array(rows))
    rejected = rejected.append_column(reasons_name(table.column_names), _reasons(rows, failed))
    return table.filter(pa.array(~bad)), rejected


def reasons_name(names: Sequence[str]) -> str:
    """A column's name that isn't taken."""
    name = REASONS
    while name in names:
        name += "_"
    return name


def _reasons(rows: Any, failed: Sequence[Failure]) -> pa.Array:
    """Of each row the checks that it fails, in their order, as `column.check`."""
    words = [_reason(one) for one in failed]
    here = [one.rows[np.isin(one.rows, rows)] for one in failed]
    place = np.concatenate([np.searchsorted(rows, found) for found in here])
    number = np.repeat(np.arange(len(here)), [len(found) for found in here])
    order = np.argsort(place, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=len(rows)))])
    values = pa.array(words, pa.string()).take(pa.array(number[order]))
    kind = pa.list_(pa.field("element", pa.string()))
    return pa.ListArray.from_arrays(pa.array(ends.astype("int32")), values, type=kind)


def _reason(failure: Failure) -> str:
    """`column.check`; of several columns `check(column, column)`; of rules `rule:NAME`."""
    probe = failure.probe
    if probe.column is not None:
        return f"{probe.column}.{probe.check.name}"
    if probe.rule is None:
        return f"{probe.check.name}({', '.join(probe.columns)})"
    return probe.check.name
