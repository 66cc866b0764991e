"""Checks of a pandera class that our language can't say: pandera runs them, on the class itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wombat.data.pandera.reading import opaque_checks, schema_object
from wombat.errors import TaskFailed

if TYPE_CHECKING:
    import pyarrow as pa


def failing(found: Any, args: dict[str, Any], table: pa.Table, column: str | None) -> Any:
    """Which rows fail the check `args["check"]` of a class or schema object, as truth values.

    The check gets its own library's frame, whichever the task's is. Raises TaskFailed
    `check-function` where the class has no such check any more.
    """
    schema, library = schema_object(found)
    column = args.get("column", column)
    owner = schema if column is None else schema.columns.get(column)
    check = opaque_checks(owner.checks if owner is not None else ()).get(args.get("check", ""))
    if check is None:
        raise TaskFailed(
            f"{schema.name} has no check {args.get('check')!r} any more",
            code="check-function",
            hint="wombat schema import writes what it has now",
        )
    return _run(check, table, column, library)


def _run(check: Any, table: pa.Table, column: str | None, library: str) -> Any:
    from wombat.data.engines import load_engine

    given = load_engine(library).from_arrow(table, None)
    if library == "polars":
        answer = check(given.lazy(), column or "*").check_output.collect()
        return _spread(~answer.to_series().fill_null(value=True).to_numpy(), table.num_rows)
    answer = check(given, column).check_output
    if isinstance(answer, bool | np.bool_):
        return np.full(table.num_rows, not answer)
    if answer.ndim == 2:  # a truth value a cell
        answer = answer.all(axis="columns")
    held = answer.reindex(given.index).fillna(value=True).astype(bool)
    return ~held.to_numpy()


def _spread(bad: Any, rows: int) -> Any:
    """One answer for all rows is each row's."""
    return np.full(rows, bool(bad[0])) if len(bad) == 1 != rows else bad
