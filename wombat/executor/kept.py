"""What an attempt's record keeps of its report, and the report made of it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.executor.outcome import Fault, TaskReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wombat.store import AttemptRecord

KEPT_CHECKS: Final = 200
KEPT_FINDINGS: Final = 200
KEPT_ROWS: Final = 20
KEPT_TEXT: Final = 400


def kept_report(checks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Reports on artifacts for a record: `checks`, and `left_out`, how many of them and of their
    findings are too many.

    What failed comes before what only warns, and both before what is well. Each finding keeps its
    first 20 row numbers and 400 characters; all together stay below 300 kB.
    """
    every = list(checks)
    chosen = sorted(range(len(every)), key=lambda i: (_rank(every[i]), i))[:KEPT_CHECKS]
    room = KEPT_FINDINGS
    kept = {}
    for index in chosen:
        kept[index] = _kept_check(every[index], room)
        room -= len(kept[index]["findings"]) + len(kept[index].get("casts", ()))
    found = sum(len(check["findings"]) for check in every)
    told = sum(len(check["findings"]) for check in kept.values())
    left = len(every) - len(chosen) + found - told
    return {
        "checks": [kept[index] for index in sorted(kept)],
        **({"left_out": left} if left else {}),
    }


def _rank(check: Mapping[str, Any]) -> int:
    severities = {finding["severity"] for finding in check["findings"]}
    return 0 if "error" in severities else 1 if severities else 2


def _kept_check(check: Mapping[str, Any], room: int) -> dict[str, Any]:
    order = sorted(check["findings"], key=lambda finding: finding["severity"] != "error")
    findings = order[:room] if len(order) > room else check["findings"]
    told = {"findings": [_kept_finding(finding) for finding in findings]}
    if check.get("casts"):  # they have what room is left
        rest = max(0, room - len(findings))
        told["casts"] = [_kept_finding(cast) for cast in check["casts"][:rest]]
    return {**check, **told}


def _kept_finding(finding: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **finding,
        "message": finding["message"][:KEPT_TEXT],
        **({"cure": cure[:KEPT_TEXT]} if (cure := finding.get("cure")) else {}),
        "rows": list(finding["rows"][:KEPT_ROWS]),
    }


def report_of(attempt: AttemptRecord, pipeline: str, run: str) -> TaskReport:
    """The report of a recorded attempt; of one by an older Wombat, without its checks."""
    record = attempt.record
    kept = record.get("report", {})
    error = record.get("error")
    state = record.get("state")
    reused = None if "report" in record else record.get("reused", {}).get("run")
    return TaskReport(
        pipeline=pipeline,
        task=attempt.task,
        part=attempt.part,
        run=run,
        profile=str(record.get("profile", "")),
        state=state if state in ("done", "skipped") else "failed",
        seconds=0.0 if reused else float(record.get("cost", {}).get("seconds") or 0),
        checks=tuple(kept.get("checks", ())),
        outputs=tuple(sorted(record.get("outputs", {}).items())),
        fault=Fault(error["code"], error["message"], error["exit"]) if error else None,
        skipped=record.get("reason"),
        left_out=int(kept.get("left_out", 0)),
        reused=reused,
    )
