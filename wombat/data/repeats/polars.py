"""Rows that stand twice by polars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from wombat.data.distinct import are_close, close_repeats
from wombat.data.nested import as_text, is_nested

if TYPE_CHECKING:
    import pyarrow as pa

    from wombat.data.repeats import Bits, Repeats


class Polars:
    """Values or digests of rows are counted by hash."""

    name = "polars"

    def rows(self, table: pa.Table) -> Bits | None:
        if are_close(table):
            return close_repeats(table.column(0))
        frame = _frame(_flat(table))
        if frame.width == 1:
            values = frame.to_series()
            return None if values.n_unique() == len(values) else values.is_duplicated().to_numpy()
        return _repeated(frame)


def _flat(table: pa.Table) -> pa.Table:
    """Lists and structs as text: to polars a struct without values is the same as none."""
    for place, one in enumerate(table.schema):
        if is_nested(one.type):
            table = table.set_column(place, one.name, as_text(table.column(place)))
    return table


def _repeated(frame: pl.DataFrame) -> Bits | None:
    """Rows are numbers first; only those whose numbers collide are compared as such."""
    digests = frame.hash_rows()
    if digests.n_unique() == len(digests):
        return None
    found: Bits = digests.is_duplicated().to_numpy().copy()
    likely = np.flatnonzero(found)
    again = frame[likely].select(pl.struct(pl.all()).is_duplicated()).to_series().to_numpy()
    found[likely] = again
    return found if again.any() else None


def _frame(table: pa.Table) -> pl.DataFrame:
    """With its columns numbered, as polars reads some names as patterns."""
    made = pl.from_arrow(table.rename_columns([f"c{n}" for n in range(table.num_columns)]))
    assert isinstance(made, pl.DataFrame)  # noqa: S101  # a table never becomes a series
    return made


REPEATS: Final[Repeats] = Polars()
