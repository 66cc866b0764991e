"""What a violated schema is told as: columns, checks, counts and row numbers; never a value."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wombat.data.report import finding_from_json, is_note
from wombat.data.told import counted, said, share
from wombat.printable import one_line
from wombat.schema.policy import QUARANTINE_RATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wombat.data.report import Finding, Report
    from wombat.schema.policy import Policy

REJECTED: Final = "_rejected"
"""Ends the name of an output of rows that were set aside; no output of a task's own has it."""
SHOWN_FINDINGS: Final = 8
KEPT_WARNINGS: Final = 50
SHOWN_CASTS: Final = 5
SHOWN_CURES: Final = 3


@dataclass(frozen=True, slots=True)
class Failed:
    """An input or output that doesn't hold; `where` names it."""

    where: str
    report: Report
    policy: Policy


def violation(shown: str, profile: str, failed: Iterable[Failed]) -> str:
    """One line a finding, the first ones only; what warns doesn't stand here."""
    lines = [one_line(line) for one in failed for line in _lines(one)]
    rest = len(lines) - SHOWN_FINDINGS
    lines = [*lines[:SHOWN_FINDINGS], *([f"and {rest} more, in the report"] if rest > 0 else [])]
    return f"{shown}, {profile}: " + "\n  ".join(lines)


def _lines(failed: Failed) -> Iterator[str]:
    report = failed.report
    where = f"{failed.where}: " if failed.where else ""
    if report.failing and not failed.policy.tolerates(report.failing, report.rows):
        yield f"{where}{_too_many(report, failed.policy)}"
    for finding in report.findings:
        if finding.severity == "error":
            yield f"{where}{said(finding, report.rows)}"


def _too_many(report: Report, policy: Policy) -> str:
    """`25,005 of 50,000 rows (50 %) would be set aside; 20 % allowed`."""
    whole = f"{counted(report.rows, 'row')} ({share(report.failing, report.rows)})"
    return f"{report.failing:,} of {whole} would be set aside; {allowed(policy)} allowed"


def next_step(request: Mapping[str, Any], failed: Sequence[Failed]) -> str | None:
    """Where what is asked is written and, on somebody's machine, the command that shows values."""
    names = sorted({one.report.schema for one in failed if one.report.schema})
    if not names:
        return None
    places = request.get("places", {})
    asked = [f"{name} ({places[name]})" if name in places else name for name in names]
    cures = [one_line(one) for one in _cures(failed)]
    change = f"write {'; '.join(cures)}" if cures else "change the data"
    hint = f"{change}, or change what {' and '.join(asked)} asks of it"
    rows = any(finding.rows for one in failed for finding in one.report.findings)
    if not rows or not request.get("local") or request["show_values"]:
        return hint
    profile = request["profile"]
    strict = "" if profile == "development" else f" -p {profile}"
    task = request["shown"].partition(":")[0]
    return f"{hint}; wombat run {task}{strict} --show-values shows rows that fail"


def _cures(failed: Sequence[Failed]) -> list[str]:
    """What mends columns of another type, the first few."""
    found = [one.cure for each in failed for one in each.report.findings if one.cure]
    return [*found[:SHOWN_CURES], *(["…"] if len(found) > SHOWN_CURES else [])]


def allowed(policy: Policy) -> str:
    """`0.1 % and at most 50 rows`, of what may be set aside."""
    rate, rows = policy.max_failure_rate, policy.max_failure_rows
    if rate is None and rows is None:
        rate = QUARANTINE_RATE
    told = [] if rate is None else [f"{100 * rate:.6g} %"]
    return " and at most ".join(told + ([] if rows is None else [counted(rows, "row")]))


def warned(checks: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each artifact of which rows were set aside, and for each finding that only warns,
    of reports as JSON; the first 50. What was told where it was made is counted on one line, of all
    parts together."""
    every = list(checks)
    lines = [line for check in every if not check.get("told") for line in _warned(check)]
    return [one_line(line) for line in (*lines, *_told_before(every))][:KEPT_WARNINGS]


def _told_before(checks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """`raw: 5 findings, told at load.raw`."""
    counts: Counter[tuple[str, str]] = Counter()
    for check in checks:
        if check.get("told"):
            counts[check["artifact"], check["told"]] += len(check["findings"])
    for (artifact, where), count in counts.items():
        yield f"{artifact}: {counted(count, 'finding')}, told at {where}"


def _warned(check: Mapping[str, Any]) -> Iterator[str]:
    if rejected := check.get("rejected"):
        yield f"{check['artifact']}: {set_aside(check['artifact'], rejected, check['rows'])}"
    found = [finding_from_json(one) for one in check["findings"] if one["severity"] == "warn"]
    if noted := [one for one in found if is_note(one)]:
        yield f"{check['artifact']}: {_noted(noted)}"
    for finding in found:
        if not is_note(finding):
            yield f"{check['artifact']}: {said(finding, check['rows'])}{_mended(finding)}"


def _noted(casts: Sequence[Finding]) -> str:
    """All columns that were cast, on one line."""
    others = [f"'{one.column}'" for one in casts[1:]]
    more = f" and {len(others) - SHOWN_CASTS} more" if len(others) > SHOWN_CASTS else ""
    rest = f"; cast too: {', '.join(others[:SHOWN_CASTS])}{more}" if others else ""
    return f"{casts[0].message}{_mended(casts[0])}{rest}"


def _mended(finding: Finding) -> str:
    return f"; write {finding.cure}" if finding.cure else ""


def set_aside(artifact: str, rejected: int, rows: int) -> str:
    """`12 of 336,776 rows (0.0036 %) set aside in flights_rejected`."""
    whole = f"{counted(rows, 'row')} ({share(rejected, rows)})"
    return f"{rejected:,} of {whole} set aside in {artifact}{REJECTED}"
