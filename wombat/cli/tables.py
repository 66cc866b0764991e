"""Rows of text in columns, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.review.diagnostics import visible

if TYPE_CHECKING:
    from wombat.api.listing import Table


def as_text(table: Table) -> str:
    """The heading, the titles where there are any, and the rows, aligned."""
    titled = [table.titles] if any(table.titles) else []
    every = [tuple(map(visible, row)) for row in (*titled, *table.rows)]
    if not table.rows:
        return table.heading or "nothing here yet"
    widths = [max(len(row[i]) for row in every) for i in range(len(every[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in every
    ]
    return "\n".join([table.heading, *lines] if table.heading else lines)
