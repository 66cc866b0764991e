"""A table of a file of text judged: cells that aren't of their type fail before anything else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wombat.data.arrow import project, wanted_type
from wombat.data.cells import WRITTEN, lines_said
from wombat.data.quarantine import reasons_name
from wombat.data.report import Finding
from wombat.data.shape import shape
from wombat.data.validate import Judged, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.data.cells import Cells, Unread
    from wombat.schema.model import FrameSchema
    from wombat.schema.policy import Policy

CHECK: Final = "type"
_REASONS: Final = pa.list_(pa.field("element", pa.string()))


def judge_cells(
    cells: Cells, schema: FrameSchema, policy: Policy, *, library: str | None = None
) -> Judged:
    """As `judge`, of a table some of whose cells couldn't be read.

    Such a cell can't be kept, so it is an error under `on_fail: warn` and `check: none`, too. Under
    `quarantine` its row is set aside, with a column `NAME_as_written`. Where it isn't, the table
    has the texts in the cells' place: it is to be looked at, not to be kept.
    """
    if not cells.unread:
        return judge(cells.table, schema, policy, library=library)
    bad = np.zeros(cells.table.num_rows, bool)
    for one in cells.unread:
        bad[one.rows] = True
    rest, failing = cells.table.filter(pa.array(~bad)), 0
    if policy.on_fail == "quarantine":
        done = judge(rest, schema, policy, library=library)
        count = int(bad.sum()) + max(done.report.rejected, done.report.failing)
        if done.report.ok and policy.tolerates(count, len(bad)):
            return _set_aside(cells, bad, schema, policy, done)
        policy, failing = replace(policy, on_fail="error"), count
    done = judge(rest, schema, policy, library=library)
    found = (*_findings(cells, schema, policy), *_placed(done.report.findings, bad))
    report = replace(done.report, rows=len(bad), findings=found, passed=False, failing=failing)
    return Judged(_as_written(cells), report)


def _placed(findings: Iterable[Finding], bad: Any) -> Iterator[Finding]:
    """Findings on the other rows, by the numbers that these have in the file."""
    places = np.flatnonzero(~bad)
    for one in findings:
        whole = len(bad) if one.checked == len(places) else one.checked
        yield replace(one, rows=tuple(int(places[row]) for row in one.rows), checked=whole)


def taken_of(cells: Cells, schema: FrameSchema) -> Cells:
    """What a consumer takes of it."""
    table = project(cells.table, schema)
    unread = tuple(one for one in cells.unread if one.column in table.column_names)
    return replace(cells, table=table, unread=unread)


def _findings(cells: Cells, schema: FrameSchema, policy: Policy) -> list[Finding]:
    return [_finding(cells, one, schema, policy.cases) for one in cells.unread]


def _finding(cells: Cells, unread: Unread, schema: FrameSchema, cases: int) -> Finding:
    name, rows = unread.column, unread.rows
    where = "" if cells.lines is None else f" ({lines_said(cells.lines[rows])})"
    said = f"'{name}' isn't {wanted_type(schema, name)}{where}"
    first = tuple(int(row) for row in rows[:cases])
    return Finding(name, CHECK, said, "error", len(rows), cells.table.num_rows, first)


def _set_aside(cells: Cells, bad: Any, schema: FrameSchema, policy: Policy, done: Judged) -> Judged:
    mine = shape(cells.table.filter(pa.array(bad)), schema, policy).table
    numbers = np.flatnonzero(bad)
    for one in cells.unread:
        texts = dict(zip(one.rows.tolist(), one.texts, strict=True))
        column = pa.array([texts.get(row) for row in numbers.tolist()], pa.string())
        mine = mine.append_column(_free(f"{one.column}{WRITTEN}", mine.column_names), column)
    reasons: dict[int, list[str]] = {row: [] for row in numbers.tolist()}
    for one in cells.unread:
        for row in one.rows.tolist():
            reasons[row].append(f"{one.column}.{CHECK}")
    name = reasons_name(done.table.column_names)
    mine = mine.append_column(name, pa.array(reasons.values(), _REASONS))
    parts = [mine] if done.rejected is None else [mine, done.rejected]
    rejected = pa.concat_tables(parts, promote_options="default")
    rejected = rejected.select([*(one for one in rejected.column_names if one != name), name])
    soft = [replace(one, severity="warn") for one in _findings(cells, schema, policy)]
    report = replace(
        done.report,
        rows=len(bad),
        rejected=rejected.num_rows,
        failing=rejected.num_rows,
        findings=(*soft, *_placed(done.report.findings, bad)),
    )
    return Judged(done.table, report, rejected)


def _free(name: str, taken: list[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _as_written(cells: Cells) -> pa.Table:
    table = cells.table
    for one in cells.unread:
        place = table.column_names.index(one.column)
        column = table.column(place)
        try:
            text = column.cast(pa.string())
        except pa.ArrowException:  # lists have no text of their own
            text = pa.chunked_array([pa.nulls(len(column), pa.string())])
        bad = np.zeros(len(column), bool)
        bad[one.rows] = True
        text = pc.replace_with_mask(text.combine_chunks(), pa.array(bad), pa.array(one.texts))
        table = table.set_column(place, pa.field(one.column, pa.string()), text)
    return table
