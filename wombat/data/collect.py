"""The frames of a task's parts put together; their foreach keys become columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from wombat.data.arrow import project
from wombat.data.engines import load_engine, validating_engine
from wombat.data.parquet import NAME, read_parquet
from wombat.errors import TaskFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from wombat.data.artifacts import Spec
    from wombat.data.forms import Form
    from wombat.data.report import Report
    from wombat.schema.policy import Policy

    Parts = Sequence[tuple[Mapping[str, str], Path]]
    """Each part's foreach values and the folder of its artifact, in the plan's order."""


def collect_table(parts: Parts) -> pa.Table:
    """One canonical table, its keys last, as text; the rows stand in the order of `parts`.

    Raises TaskFailed `collect-mismatch` where parts differ in columns or types, or a key is a
    column already.
    """
    tables = [_keyed(values, read_parquet(folder / NAME)) for values, folder in parts]
    first = tables[0]
    for (values, _), table in zip(parts, tables, strict=True):
        if table.column_names != first.column_names:
            odd = set(table.column_names) ^ set(first.column_names)
            said = f"column '{min(odd)}'" if odd else "the order of columns"
            raise _mismatch(values, said)
    try:
        return pa.concat_tables(tables, promote_options="default")
    except pa.ArrowTypeError:
        odd_one = next(n for n in first.column_names if len(_types(tables, n)) > 1)
        raise _mismatch(parts[0][0], f"the type of '{odd_one}'") from None


def _types(tables: list[pa.Table], name: str) -> set[Any]:
    return {table.schema.field(name).type for table in tables} - {pa.null()}


def _keyed(values: Mapping[str, str], table: pa.Table) -> pa.Table:
    for key, value in values.items():
        if key in table.column_names:
            raise TaskFailed(
                f"key '{key}' is a column of the part too; expected another name",
                code="collect-mismatch",
            )
        table = table.append_column(key, pa.repeat(pa.scalar(value), table.num_rows))
    return table


def _mismatch(values: Mapping[str, str], said: str) -> TaskFailed:
    part = ", ".join(f"{key}={value}" for key, value in values.items())
    return TaskFailed(
        f"the parts can't be one frame: {said} differs in [{part}]",
        code="collect-mismatch",
        hint="give the output a schema, or collect: list",
    )


def collect_frame(parts: Parts, form: Form, spec: Spec) -> object:
    """The collected frame in a form of dataframes, projected to what the consumer asks for."""
    engine = load_engine(form.removesuffix("-lazy"))
    table = project(collect_table(parts), spec.schema)
    frame: Any = engine.from_arrow(table, spec.schema)
    return frame.lazy() if form == "polars-lazy" else frame


def accept_collected(parts: Parts, spec: Spec, policy: Policy) -> Report | None:
    """The collected frame judged against the consumer's schema; None where it has none."""
    if spec.schema is None:
        return None
    table = project(collect_table(parts), spec.schema)
    return validating_engine().validate(table, spec.schema, policy).named(spec.name, "")
