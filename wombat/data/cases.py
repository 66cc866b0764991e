"""Values of rows that fail checks, to be shown on request; personal columns never are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wombat.data.cells import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wombat.data.report import Finding, Report
    from wombat.schema.model import Column, FrameSchema

SHOWN: Final = 8
"""Findings of one artifact."""
ROWS: Final = 20
LONGEST: Final = 60
HIDDEN: Final = "(personal)"


def cases(
    file: Path, rejects: Path | None, report: Report, schema: FrameSchema
) -> list[dict[str, Any]]:
    """Of the first findings: `{check, columns, rows}`, each row its number and, as text, the values
    of the key and of the columns that the check is about.

    `file` holds what was kept, `rejects` the rows that were set aside with their reasons. Reads no
    more than the row groups that it shows.
    """
    shown = [one for one in report.findings if one.rows][:SHOWN]
    found = (_case(file, rejects, report, schema, finding) for finding in shown)
    return [one for one in found if one is not None]


def _case(
    file: Path, rejects: Path | None, report: Report, schema: FrameSchema, finding: Finding
) -> dict[str, Any] | None:
    wanted = _columns(schema, finding)
    numbers = finding.rows[:ROWS]
    if report.rejected:
        table = _set_aside(rejects, finding, wanted, len(numbers)) if rejects else None
    else:
        table = _rows(pq.ParquetFile(file), wanted, numbers)
    if table is None or not table.num_columns:
        return None
    hidden = [_personal(schema, name) for name in table.column_names]
    columns = [[_text(value) for value in column.to_pylist()] for column in table.columns]
    cells = [
        [HIDDEN] * table.num_rows if secret else column
        for secret, column in zip(hidden, columns, strict=True)
    ]
    return {
        "check": f"{finding.column}.{finding.check}" if finding.column else finding.check,
        "columns": ["row", *table.column_names],
        "rows": [
            [f"{number:,}", *row]
            for number, row in zip(numbers, zip(*cells, strict=True), strict=False)
        ],
    }


def _columns(schema: FrameSchema, finding: Finding) -> list[str]:
    """The key first; then what the check is about."""
    about = [] if finding.column is None else [finding.column]
    if finding.check == "type" and finding.column:  # where its text stands in what is set aside
        about.append(f"{finding.column}{WRITTEN}")
    if finding.check.startswith("rule:"):
        name = finding.check.removeprefix("rule:")
        about += [column for rule in schema.rules if rule.name == name for column in rule.columns]
    if finding.check == "unique" and finding.column is None:
        about += [name for group in schema.unique for name in group]
    return list(dict.fromkeys((*schema.key, *about)))


def _personal(schema: FrameSchema, name: str) -> bool:
    """Whether a column's values are nobody's to see; so are those of which nothing is said."""
    column = _declared(schema, name) or _declared(schema, name.removesuffix(WRITTEN))
    return column is None or column.pii


def _declared(schema: FrameSchema, name: str) -> Column | None:
    if name in schema.columns:
        return schema.columns[name]
    fits = (one.column for one in schema.patterns if re.fullmatch(one.match, name))
    return next(fits, None)


def _rows(file: pq.ParquetFile, wanted: Sequence[str], numbers: Sequence[int]) -> pa.Table | None:
    """Rows by their numbers in rising order, of the columns that there are."""
    names = [name for name in wanted if name in file.schema_arrow.names]
    parts = [
        file.read_row_group(group, columns=names).select(names).take(pa.array(inside, pa.int64()))
        for group, inside in _groups(file, numbers)
    ]
    return pa.concat_tables(parts) if parts and names else None


def _groups(file: pq.ParquetFile, numbers: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Each row group that holds some of the rows, with their places in it."""
    start = 0
    for group in range(file.metadata.num_row_groups):
        end = start + file.metadata.row_group(group).num_rows
        if inside := [number - start for number in numbers if start <= number < end]:
            yield group, inside
        start = end


def _set_aside(
    rejects: Path, finding: Finding, wanted: Sequence[str], most: int
) -> pa.Table | None:
    """The first rows that were set aside for this finding; they lie in the order of their numbers.

    None where it only warns: its rows were kept, and lie elsewhere now.
    """
    if not rejects.is_file():
        return None
    file = pq.ParquetFile(rejects)
    reasons = file.schema_arrow.names[-1]
    numbers: list[int] = []
    start = 0
    for group in range(file.metadata.num_row_groups):
        column = file.read_row_group(group, columns=[reasons]).column(reasons).combine_chunks()
        owners = pc.list_parent_indices(column)
        mine = owners.filter(_is_reason(column.flatten(), finding)).to_pylist()
        numbers += [start + row for row in mine]
        start += len(column)
        if len(numbers) >= most:
            break
    return _rows(file, wanted, numbers[:most]) if numbers else None


def _is_reason(reasons: pa.Array, finding: Finding) -> pa.Array:
    if finding.column:
        return pc.equal(reasons, f"{finding.column}.{finding.check}")
    several = pc.starts_with(reasons, f"{finding.check}(")
    return pc.or_(several, pc.equal(reasons, finding.check))


def _text(value: Any) -> str:
    text = "null" if value is None else value if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
