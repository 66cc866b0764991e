"""What a violated schema is told as: columns, checks, counts and row numbers; never a value."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING, Any, Final

from wombat.data.report import Finding
from wombat.schema.policy import QUARANTINE_RATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wombat.data.report import Report
    from wombat.schema.policy import Policy

REJECTED: Final = "_rejected"
"""Ends the name of an output of rows that were set aside; no output of a task's own has it."""
SHOWN_ROWS: Final = 3
SHOWN_FINDINGS: Final = 8
KEPT_WARNINGS: Final = 50
SMALLEST: Final = 0.0001
LARGEST: Final = 99.9


@dataclass(frozen=True, slots=True)
class Failed:
    """An input or output that doesn't hold. `where` is empty for a task's only output."""

    where: str
    report: Report
    policy: Policy


def violation(shown: str, profile: str, failed: Iterable[Failed]) -> str:
    """One line a finding, the first ones only; what warns doesn't stand here."""
    lines = [line for one in failed for line in _lines(one)]
    rest = len(lines) - SHOWN_FINDINGS
    lines = [*lines[:SHOWN_FINDINGS], *([f"and {rest} more, in the report"] if rest > 0 else [])]
    return f"{shown}, {profile}: " + "\n  ".join(lines)


def _lines(failed: Failed) -> Iterator[str]:
    serious = [one for one in failed.report.findings if one.severity == "error"]
    limit = allowed(failed.policy)
    if limit and len(serious) > 1:  # it is about the rows that fail any of them
        limit = f"{limit} in all"
    for finding in serious:
        yield f"{f'{failed.where}: ' if failed.where else ''}{said(finding, limit)}"


def next_step(request: Mapping[str, Any], failed: Sequence[Failed]) -> str | None:
    """Where what is asked is written and, on somebody's machine, the command that shows values."""
    names = sorted({one.report.schema for one in failed if one.report.schema})
    if not names:
        return None
    places = request.get("places", {})
    asked = [f"{name} ({places[name]})" if name in places else name for name in names]
    hint = f"change the data, or what {' and '.join(asked)} asks of it"
    rows = any(finding.rows for one in failed for finding in one.report.findings)
    if not rows or not request.get("local") or request["show_values"]:
        return hint
    profile = request["profile"]
    strict = "" if profile == "development" else f" -p {profile}"
    task = request["shown"].partition(":")[0]
    return f"{hint}; wombat run {task}{strict} --show-values shows rows that fail"


def allowed(policy: Policy) -> str:
    """`, allowed 0.1 % and at most 50 rows`, of what is set aside; nothing where nothing is."""
    if policy.on_fail != "quarantine":
        return ""
    rate, rows = policy.max_failure_rate, policy.max_failure_rows
    if rate is None and rows is None:
        rate = QUARANTINE_RATE
    said = [] if rate is None else [f"{100 * rate:.6g} %"]
    said += [] if rows is None else [f"{rows:,} row{'s' * (rows != 1)}"]
    return f", allowed {' and at most '.join(said)}"


def warned(checks: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each artifact of which rows were set aside, and for each finding that only warns,
    of reports as JSON; the first 50."""
    lines = [line for check in checks for line in _warned(check)]
    return lines[:KEPT_WARNINGS]


def _warned(check: Mapping[str, Any]) -> Iterator[str]:
    if rejected := check.get("rejected"):
        yield f"{check['artifact']}: {set_aside(check['artifact'], rejected, check['rows'])}"
    for finding in check["findings"]:
        if finding["severity"] == "warn":
            told = Finding(**{**finding, "rows": tuple(finding["rows"])})
            yield f"{check['artifact']}: {said(told)}"


def set_aside(artifact: str, rejected: int, rows: int) -> str:
    """`12 of 336,776 rows (0.0036 %) set aside in flights_rejected`."""
    share = percent(rejected, rows)
    return f"{rejected:,} of {rows:,} rows ({share} %) set aside in {artifact}{REJECTED}"


def said(finding: Finding, limit: str = "") -> str:
    """`'price' min 0: 412 of 336,776 rows (0.12 %) fail, allowed 0.1 %: rows 3, 17, 98, …`."""
    if not finding.checked:
        return finding.message
    share = percent(finding.failing, finding.checked)
    counts = f"{finding.failing:,} of {finding.checked:,} rows ({share} %) fail"
    return f"{finding.message}: {counts}{limit}{_rows(finding)}"


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
