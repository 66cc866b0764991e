"""polars frames, eager ones; a lazy one is collected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from wombat.data.arrow import canonical_columns, canonical_table, holds_members
from wombat.data.forms import form_of, form_of_value
from wombat.data.limits import unknown_column

if TYPE_CHECKING:
    import pyarrow as pa

    from wombat.data.engines import Engine
    from wombat.schema.model import FrameSchema

_FORMS: Final = ("polars", "polars-lazy")


class Polars:
    """Eager frames; enumerations of a schema are polars' own."""

    name = "polars"

    def matches(self, thing: object) -> bool:
        return form_of(thing) in _FORMS or form_of_value(thing) in _FORMS

    def from_arrow(self, table: pa.Table, schema: FrameSchema | None) -> pl.DataFrame:
        frame = _frame(table)
        for name, column in schema.columns.items() if schema else ():
            if column.type.kind != "enum" or name not in frame.columns:
                continue
            if holds_members(table.field(name).type):
                frame = _enumerate(frame, name, column.type.of)
        return frame

    def to_arrow(self, frame: Any, schema: FrameSchema | None) -> pa.Table:
        eager = frame.collect() if isinstance(frame, pl.LazyFrame) else frame
        for name, kind in eager.schema.items():
            if kind in (pl.Object, pl.Int128):
                raise unknown_column(name, kind)
        if not eager.width:
            return canonical_table(eager.to_arrow(), schema)
        return canonical_columns(eager.columns, map(_column, eager.get_columns()), schema)


def _column(series: pl.Series) -> pa.ChunkedArray:
    """Texts as polars has them: Arrow makes its own of them with half of the memory."""
    newest = series.dtype in (pl.String, pl.Binary)
    level = pl.CompatLevel.newest() if newest else pl.CompatLevel.oldest()
    return series.to_frame().to_arrow(compat_level=level).column(0)


def _frame(table: pa.Table) -> pl.DataFrame:
    made = pl.from_arrow(table)
    assert isinstance(made, pl.DataFrame)  # noqa: S101  # a table never becomes a series
    made.columns = table.column_names  # polars would give a column without name another one
    return made


def _enumerate(frame: pl.DataFrame, name: str, members: tuple[str, ...]) -> pl.DataFrame:
    # as in pandas: with a foreign value the column stays text, so that the value is still there
    column = frame.get_column(name)
    if not column.drop_nulls().is_in(list(members)).all():
        return frame
    return frame.with_columns(column.cast(pl.Enum(members)))


ENGINE: Final[Engine] = Polars()
