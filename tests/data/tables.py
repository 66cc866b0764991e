"""Small frames of the evaluator as Arrow tables, and reports in one comparable form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from wombat.data.arrow import arrow_type, canonical_table
from wombat.schema.proof.evaluate import accepts

if TYPE_CHECKING:
    from wombat.data.report import Report
    from wombat.schema.model import FrameSchema
    from wombat.schema.proof.frame import Frame


def raw_table(frame: Frame) -> pa.Table:
    """With NaN where the frame has it."""
    arrays = {
        name: pa.array([row[name] for row in frame.rows], arrow_type(kind))
        for name, kind in frame.types.items()
    }
    return pa.table(arrays)


def table_of(frame: Frame) -> pa.Table:
    return canonical_table(raw_table(frame))


Found = dict[tuple[str | None, str], list[tuple[int, tuple[int, ...]]]]
"""By column and check: failing counts and rows, of each set of columns that has no column."""


def found_by(report: Report) -> Found:
    """Of errors alone."""
    found: Found = {}
    for one in report.findings:
        if one.severity == "error":
            found.setdefault((one.column, one.check), []).append((one.failing, one.rows))
    return _sorted(found)


def expected_of(schema: FrameSchema, frame: Frame, **words: Any) -> Found:
    """The same by our own evaluator."""
    rows: dict[tuple[Any, ...], list[int]] = {}
    for one in accepts(schema, frame, **words):
        here = rows.setdefault((one.column, one.check, one.names), [])
        here += [] if one.row is None else [one.row]
    found: Found = {}
    for (column, check, _), places in rows.items():
        found.setdefault((column, check), []).append((len(places), tuple(sorted(places))))
    return _sorted(found)


def _sorted(found: Found) -> Found:
    """Patterns have no name of their own in a violation: one stands for all."""
    kept = {key: set(p) if key[1] == "pattern" else p for key, p in found.items()}
    return {key: sorted(places) for key, places in kept.items()}


def schema_of(columns: dict[str, Any], **words: Any) -> FrameSchema:
    from wombat.schema.model import schema_from_json

    return schema_from_json({"schema": "shop.orders", "columns": columns, **words})
