"""Classes with checks that only pandera can run."""

from __future__ import annotations

import pandera.pandas as pa
import pandera.polars as pp
import polars as pl


class Sales(pa.DataFrameModel):
    n: int
    shop: str

    @pa.check("n")
    def even(cls, values):
        return values % 2 == 0

    @pa.check("n", groupby="shop")
    def rising(cls, groups):
        return all(group.is_monotonic_increasing for group in groups.values())

    @pa.dataframe_check
    def small(cls, frame):
        return frame["n"] < 10

    @pa.dataframe_check
    def cells(cls, frame):
        return frame.apply(lambda column: column != 12)


class Lazy(pp.DataFrameModel):
    n: int

    @pp.check("n")
    def even(cls, data):
        return data.lazyframe.select(pl.col(data.key) % 2 == 0)

    @pp.dataframe_check
    def few(cls, data):
        return data.lazyframe.collect().height < 3
