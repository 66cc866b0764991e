"""The libraries of frames, a line each: every suite that goes through them runs there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from wombat.data.arrow import arrow_type, canonical_table, logical_type, project
from wombat.data.engines import load_engine
from wombat.data.repeats import load_repeats
from wombat.data.validate import Judged, judge
from wombat.schema.casts import same_storage
from wombat.schema.policy import Policy

if TYPE_CHECKING:
    from wombat.schema.model import FrameSchema
    from wombat.schema.types import LogicalType


@dataclass(frozen=True)
class Library:
    """Frames of one library, judged with the help of one."""

    name: str
    engine: str
    repeats: str = "polars"
    lazy: bool = False

    def frame(self, table: pa.Table, schema: FrameSchema | None = None) -> Any:
        made = load_engine(self.engine).from_arrow(table, schema)
        return made.lazy() if self.lazy else made

    def carried(self, table: pa.Table, schema: FrameSchema) -> pa.Table:
        """The canonical table of the library's frame of a table."""
        engine = load_engine(self.engine)
        made = self.frame(canonical_table(table)) if self.engine != "pyarrow" else table
        return engine.to_arrow(made, schema)

    def holds_alike(self, kind: LogicalType, here: LogicalType) -> bool:
        """Whether the library can't tell one type from the other: of those here Spark alone, which
        knows neither unsigned integers, nor units, nor zones of columns."""
        if self.engine != "pyspark":
            return False
        from wombat.data.engines.pyspark import _spark_type

        one, other = (logical_type(_spark_type(arrow_type(said))) for said in (kind, here))
        return same_storage(one, other)

    def judge(
        self,
        given: Any,
        schema: FrameSchema,
        policy: Policy | None = None,
        *,
        side: str = "produced",
    ) -> Judged:
        """As at a boundary: the frame in Arrow, projected for a consumer, shaped and judged.

        An Arrow table or a mapping of columns is made a frame of the library first.
        """
        if isinstance(given, dict):
            given = pa.table(given)
        if isinstance(given, pa.Table) and self.engine != "pyarrow":
            given = self.frame(canonical_table(given))
        table = load_engine(self.engine).to_arrow(given, schema)
        if side == "taken":
            table = project(table, schema)
        repeats = load_repeats(self.repeats)
        return judge(table, schema, policy or Policy(), library=self.engine, repeats=repeats)


LIBRARIES = [
    # Spark has a venv of its own, in which the suites run for it alone
    *([Library("pyspark", "pyspark")] if "WOMBAT_TEST_SPARK" in os.environ else []),
] or [
    Library("pandas", "pandas"),
    Library("pandas-alone", "pandas", repeats="numpy"),
    Library("polars", "polars"),
    Library("polars-lazy", "polars", lazy=True),
    Library("pyarrow", "pyarrow"),
    Library("pyarrow-alone", "pyarrow", repeats="numpy"),
]


def some_fast() -> list[Any]:
    """Every library for suites of many cases; in the fast loop two that share nothing."""
    return _marked("polars", "pandas-alone")


def alone_fast() -> list[Any]:
    """The same for suites of very many cases; in the fast loop the one that converts nothing."""
    return _marked("pyarrow-alone")


def _marked(*fast: str) -> list[Any]:
    marks = {one.name: [] if one.name in fast else [pytest.mark.slow] for one in LIBRARIES}
    return [pytest.param(one, id=one.name, marks=marks[one.name]) for one in LIBRARIES]
