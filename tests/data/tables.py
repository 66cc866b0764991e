"""Small frames of the evaluator as Arrow tables, and reports in one comparable form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from wombat.data.arrow import arrow_type, canonical_table
from wombat.schema.proof.evaluate import Frame, accepts

if TYPE_CHECKING:
    from wombat.data.report import Report
    from wombat.schema.model import FrameSchema


def table_of(frame: Frame) -> pa.Table:
    arrays = {
        name: pa.array([row[name] for row in frame.rows], arrow_type(kind))
        for name, kind in frame.types.items()
    }
    return canonical_table(pa.table(arrays))


Found = dict[tuple[str | None, str], tuple[int, tuple[int, ...]]]


def found_by(report: Report) -> Found:
    """Failing counts and rows by column and check, of errors."""
    return {
        (one.column, one.check): (one.failing, one.rows)
        for one in report.findings
        if one.severity == "error"
    }


def expected_of(schema: FrameSchema, frame: Frame) -> Found:
    """The same by our own evaluator."""
    rows: dict[tuple[str | None, str], list[int]] = {}
    for one in accepts(schema, frame):
        rows.setdefault((one.column, one.check), []).extend([] if one.row is None else [one.row])
    return {key: (len(found), tuple(sorted(found))) for key, found in rows.items()}


def schema_of(columns: dict[str, Any], **words: Any) -> FrameSchema:
    from wombat.schema.model import schema_from_json

    return schema_from_json({"schema": "shop.orders", "columns": columns, **words})
