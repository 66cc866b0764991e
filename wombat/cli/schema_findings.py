"""What a test of data by a schema found, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.data.told import counted, said, share
from wombat.review.diagnostics import visible

if TYPE_CHECKING:
    from wombat.api.schema_test import Tested
    from wombat.data.report import Finding


def findings_text(found: Tested, name: str, data: str) -> str:
    """A line a finding, most with counts and the first rows' numbers; then rows, if asked for."""
    from wombat.cli.lines import cases_table

    report = found.report
    word = {"none": "nothing", "types": "types", "sample": "a sample", "full": "all rows"}
    checked = f"{report.rows_checked:,} of {report.rows:,} rows" if report.rows_checked else "types"
    head = f"{data} by {name}, {report.profile} ({word[report.depth]}: {checked})"
    lines = [visible(head), *(_line(one, report.rows) for one in report.findings)]
    for case in found.cases:
        lines += cases_table(data, {"where": "", **case})
    lines += [visible(f"cast: {', '.join(report.cast)}")] if report.cast else []
    if report.rejected:
        whole = f"{counted(report.rows, 'row')} ({share(report.rejected, report.rows)})"
        lines.append(f"{report.rejected:,} of {whole} would be set aside")
    lines.append(_end(report.findings))
    return "\n".join(lines)


def _line(finding: Finding, rows: int) -> str:
    word = "FAIL" if finding.severity == "error" else "warn"
    return f"  {word}  {visible(said(finding, rows))}"


def _end(findings: tuple[Finding, ...]) -> str:
    errors = sum(one.severity == "error" for one in findings)
    warnings = len(findings) - errors
    if not findings:
        return "no finding"
    return f"{errors} failing, {warnings} warning{'s' if warnings != 1 else ''}"
