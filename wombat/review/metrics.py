"""What attempts made and cost, and what runs come to, as OpenMetrics text."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from wombat.review.asked import case_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wombat.executor.outcome import TaskReport

    Sample = tuple[str, Mapping[str, str], float]
    """A family's name, labels, and the value."""

FAMILIES: Final[Mapping[str, tuple[str, str]]] = {
    "wombat_task_seconds": ("seconds", "Time from the first fetched input to the last record."),
    "wombat_output_rows": ("", "Rows of an output, where it has rows."),
    "wombat_output_bytes": ("bytes", "Bytes of an output's files."),
    "wombat_output_null_rate": ("", "Share of nulls in a column of an output, to four digits."),
    "wombat_rejected_rows": ("", "Rows of an output that were set aside."),
    "wombat_findings": ("", "Checks of an input or output that don't hold."),
    "wombat_failing_rows": ("", "Rows of an input or output that fail a check."),
    "wombat_plan_tasks": ("", "Tasks of a pipeline by what a run would do with them."),
    "wombat_plan_fetched_bytes": ("bytes", "Bytes that the jobs of a run would fetch."),
    "wombat_plan_stored_bytes": ("bytes", "Bytes that the jobs of a run would store."),
    "wombat_plan_seconds": ("seconds", "Least and most time that a run would take."),
    "wombat_run_parts": ("", "Parts of a published run by what became of them."),
    "wombat_outputs_changed": ("", "Outputs of a published run that are others than before."),
    "wombat_rows_changed": ("", "Rows of an output that are more than before; fewer below 0."),
}
"""By name: the unit that the name ends in, and what it says."""


def as_metrics(reports: Iterable[TaskReport]) -> str:
    return gauges(sample for report in reports for sample in samples(report))


def gauges(every: Iterable[Sample]) -> str:
    """Gauges in OpenMetrics' order: a family at a time, labels escaped, `# EOF` at the end."""
    families: dict[str, list[str]] = {name: [] for name in FAMILIES}
    for family, labels, value in every:
        families[family].append(f"{family}{{{_labels(labels)}}} {_number(value)}")
    lines = [line for name, found in families.items() if found
             for line in (*_described(name), *found)]  # fmt: skip
    return "\n".join([*lines, "# EOF"]) + "\n"


def samples(report: TaskReport) -> Iterator[Sample]:
    """Every number of an attempt; names and labels are each once."""
    task = {"pipeline": report.pipeline, "task": report.task}
    if report.part is not None:
        task["part"] = report.part
    yield "wombat_task_seconds", task, round(report.seconds, 3)
    for name, output in report.outputs:
        stats = output.get("stats") or {}
        for word in ("rows", "bytes"):
            if stats.get(word) is not None:
                yield f"wombat_output_{word}", {**task, "output": name}, stats[word]
        for column, rate in _null_rates(stats):
            yield "wombat_output_null_rate", {**task, "output": name, "column": column}, rate
    for check in report.checks:
        if check["side"] == "output" and check.get("rejected"):
            labels = {**task, "output": check["artifact"]}
            yield "wombat_rejected_rows", labels, check["rejected"]
    for (side, name, severity), count in _findings(report).items():
        yield "wombat_findings", {**task, side: name, "severity": severity}, count
    for (side, name, case), rows in _failing(report).items():
        yield "wombat_failing_rows", {**task, side: name, "check": case}, rows


def _null_rates(stats: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    rows = stats.get("rows")
    for name, column in (stats.get("columns") or {}).items():
        if rows and column.get("nulls") is not None:
            yield name, round(column["nulls"] / rows, 4)


def _failing(report: TaskReport) -> dict[tuple[str, str, str], int]:
    """Rows by side, name and check; of collected parts together."""
    rows: dict[tuple[str, str, str], int] = defaultdict(int)
    for check in report.checks:
        for finding in check["findings"]:
            if finding.get("checked"):
                key = (check["side"], check["artifact"], case_name(finding))
                rows[key] += finding["failing"]
    return rows


def _findings(report: TaskReport) -> dict[tuple[str, str, str], int]:
    """By side, name and severity; 0 for what was checked and holds, so that it can be compared."""
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    for check in report.checks:
        for severity in ("error", "warn"):
            found = sum(one["severity"] == severity for one in check["findings"])
            counts[check["side"], check["artifact"], severity] += found
    return counts


def _described(name: str) -> Iterator[str]:
    unit, said = FAMILIES[name]
    yield f"# TYPE {name} gauge"
    if unit:
        yield f"# UNIT {name} {unit}"
    yield f"# HELP {name} {said}"


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    text = value.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
