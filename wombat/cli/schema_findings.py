"""What a test of data by a schema found, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.review.diagnostics import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.api.schema_test import Tested
    from wombat.data.report import Finding

_NUMBERS = 3


def findings_text(found: Tested, name: str, data: str) -> str:
    """A line a finding, most with counts and the first rows' numbers; then rows, if asked for."""
    from wombat.cli.lines import cases_table

    report = found.report
    word = {"none": "nothing", "types": "types", "sample": "a sample", "full": "all rows"}
    checked = f"{report.rows_checked:,} of {report.rows:,} rows" if report.rows_checked else "types"
    head = f"{data} by {name}, {report.profile} ({word[report.depth]}: {checked})"
    lines = [visible(head), *map(_line, report.findings)]
    for case in found.cases:
        lines += cases_table(data, {"where": "", **case})
    lines += [f"cast: {', '.join(report.cast)}"] if report.cast else []
    lines.append(_end(report.findings))
    return "\n".join(lines)


def _line(finding: Finding) -> str:
    word = "FAIL" if finding.severity == "error" else "warn"
    return f"  {word}  {visible(' '.join(_said(finding)))}"


def _said(finding: Finding) -> Iterator[str]:
    if not finding.checked:
        yield finding.message
        return
    rate = f"{finding.failing / finding.checked:.2%}"
    yield f"{finding.message}: {finding.failing:,} of {finding.checked:,} rows ({rate})"
    if finding.rows:
        shown = ", ".join(f"{row:,}" for row in finding.rows[:_NUMBERS])
        yield f"rows {shown}{', …' if finding.failing > _NUMBERS else ''}"


def _end(findings: tuple[Finding, ...]) -> str:
    errors = sum(one.severity == "error" for one in findings)
    warnings = len(findings) - errors
    if not findings:
        return "no finding"
    return f"{errors} failing, {warnings} warning{'s' if warnings != 1 else ''}"
