"""What a violated schema is told as: columns, checks, counts and row numbers; never a value."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any, Final

from wombat.data.report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wombat.data.report import Report

SHOWN_ROWS: Final = 3
SHOWN_FINDINGS: Final = 8
KEPT_WARNINGS: Final = 50
SMALLEST: Final = 0.0001
LARGEST: Final = 99.9


def violation(shown: str, profile: str, failed: Iterable[tuple[str, Report]]) -> str:
    """One line a finding, the first ones only; what warns doesn't stand here."""
    lines = [
        f"{f'{where}: ' if where else ''}{said(finding)}"
        for where, report in failed
        for finding in report.findings
        if finding.severity == "error"
    ]
    rest = len(lines) - SHOWN_FINDINGS
    lines = [*lines[:SHOWN_FINDINGS], *([f"and {rest} more, in the report"] if rest > 0 else [])]
    return f"{shown}, {profile}: " + "\n  ".join(lines)


def warned(checks: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each finding that only warns, of reports as JSON; the first 50."""
    lines = [
        f"{check['artifact']}: {said(Finding(**{**finding, 'rows': tuple(finding['rows'])}))}"
        for check in checks
        for finding in check["findings"]
        if finding["severity"] == "warn"
    ]
    return lines[:KEPT_WARNINGS]


def said(finding: Finding) -> str:
    """`'price' min 0: 412 of 336,776 rows (0.12 %) fail: rows 3, 17, 98, …`."""
    if not finding.checked:
        return finding.message
    share = percent(finding.failing, finding.checked)
    counts = f"{finding.failing:,} of {finding.checked:,} rows ({share} %) fail"
    return f"{finding.message}: {counts}{_rows(finding)}"


def percent(part: int, whole: int) -> str:
    """Two significant digits, without exponents; `100` and `0` are exact."""
    share = 100 * part / whole
    if part in (0, whole):
        return f"{share:.0f}"
    if share < SMALLEST:
        return f"< {SMALLEST}"
    if share > LARGEST:
        return f"> {LARGEST}"
    digits = max(0, 1 - floor(log10(share))) if share < LARGEST - 0.9 else 1
    return f"{share:.{digits}f}"


def _rows(finding: Finding) -> str:
    if not finding.rows:
        return ""
    numbers = ", ".join(f"{row:,}" for row in finding.rows[:SHOWN_ROWS])
    more = ", …" if finding.failing > SHOWN_ROWS else ""
    return f": row{'s' if finding.failing > 1 else ''} {numbers}{more}"
