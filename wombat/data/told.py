"""Findings as people read them: what is wrong, counts, shares and row numbers; never a value."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wombat.data.report import Finding

SHOWN_ROWS: Final = 3
SMALLEST: Final = 0.0001
LARGEST: Final = 99.9


def said(finding: Finding, rows: int | None = None, *, shown: int = SHOWN_ROWS) -> str:
    """`'price' is below 0: 412 of 336,776 rows (0.12 %) fail: rows 3, 17, 98, …`.

    `rows` is how many the frame has, told where fewer were looked at.
    """
    if not finding.checked:
        return finding.message
    return f"{finding.message}: {counts(finding, rows)}{numbers(finding, shown)}"


def counts(finding: Finding, rows: int | None = None) -> str:
    """`412 of 336,776 rows (0.12 %) fail`; of a sample `4 of 6,000 looked at (0.067 %) fail, of
    336,776 rows`."""
    part, whole = finding.failing, finding.checked
    verb = "fails" if part == 1 else "fail"
    if rows is None or rows <= whole:
        return f"{part:,} of {counted(whole, 'row')} ({share(part, whole)}) {verb}"
    return f"{part:,} of {whole:,} looked at ({share(part, whole)}) {verb}, of {rows:,} rows"


def numbers(finding: Finding, shown: int = SHOWN_ROWS) -> str:
    """`: rows 3, 17, 98, …`; nothing where none is known."""
    if not finding.rows:
        return ""
    listed = ", ".join(f"{row:,}" for row in finding.rows[:shown])
    more = ", …" if finding.failing > min(shown, len(finding.rows)) else ""
    return f": row{'s' * (finding.failing > 1)} {listed}{more}"


def counted(number: int, word: str) -> str:
    """`1 row`, `336,776 rows`."""
    return f"{number:,} {word}{'s' * (number != 1)}"


def share(part: float, whole: float = 1) -> str:
    """`0.12 %`, `12.3 %`: never 0 for what is something, nor 100 for what isn't all."""
    percent = 100 * part / whole
    if part in (0, whole):
        return f"{percent:.0f} %"
    if 0 < percent < SMALLEST:
        return f"< {SMALLEST} %"
    if LARGEST < percent < 100:
        return f"> {LARGEST} %"
    digits = 1 if abs(percent) >= 1 else 1 - floor(log10(abs(percent)))
    text = f"{percent:.{digits}f}"
    return f"{text.rstrip('0').rstrip('.')} %"
