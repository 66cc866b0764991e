"""Records judged one by one, in a file of JSON lines."""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from wombat.data.json_schema import judge_of
from wombat.data.json_values import to_bytes
from wombat.data.lines import BadLine, read_lines
from wombat.data.report import Finding
from wombat.data.verdict import report_on, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wombat.data.artifacts import Spec
    from wombat.data.json_schema import Fault, Judge
    from wombat.data.report import Report
    from wombat.schema.policy import Policy

FILE: Final = "data.jsonl"
REASONS: Final = "rejected_because"


def judge_lines(file: Path, rows: int, spec: Spec, policy: Policy) -> Report | None:
    """The report on a file of `rows` records; None where nothing is asked of them.

    Under `quarantine` every record is judged, and where few enough fail, they leave the file for
    the spec's `rejects`, each with a word more: its reasons.
    """
    found = judge_of(spec.options)
    if found is None:
        return None
    named, judge = found
    if policy.check in ("none", "types"):
        return report_on(spec, policy, (), depth=policy.check, rows=rows, named=named)
    judging = _Judging(file, rows, spec, policy, named, judge)
    if policy.on_fail == "quarantine" and spec.rejects is not None:
        return judging.set_aside(spec.rejects)
    return judging.judge()


def stored(file: Path, spec: Spec) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Each record of an artifact with its line; TaskFailed `input-unreadable`."""
    try:
        yield from read_lines(file)
    except BadLine as fault:
        raise unreadable(spec, str(fault)) from None


@dataclass(frozen=True)
class _Judging:
    file: Path
    rows: int
    spec: Spec
    policy: Policy
    named: str
    judge_one: Judge

    def judge(self) -> Report:
        picked = _picked(self.rows, self.policy) if self.policy.check == "sample" else None
        tally = _Tally(self.policy.cases)
        for number, (record, line) in enumerate(stored(self.file, self.spec)):
            if picked is None or number in picked:
                tally.add(number, list(self.judge_one.faults(record, line)))
        checked = self.rows if picked is None else len(picked)
        return report_on(
            self.spec,
            self.policy,
            tally.findings(checked, self.named),
            depth="full" if picked is None else "sample",
            rows=self.rows,
            checked=checked,
            named=self.named,
        )

    def set_aside(self, folder: Path) -> Report:
        folder.mkdir(parents=True, exist_ok=True)
        tally = _Tally(self.policy.cases)
        kept = self.file.with_name(".kept.new")
        try:
            self._split(kept, folder / FILE, tally)
            tolerated = tally.failing > 0 and self.policy.tolerates(tally.failing, self.rows)
            if tolerated:
                kept.replace(self.file)
            else:
                (folder / FILE).unlink()
        finally:
            kept.unlink(missing_ok=True)
        findings = tally.findings(self.rows, self.named)
        if tolerated:
            findings = [replace(one, severity="warn") for one in findings]
        return report_on(
            self.spec,
            self.policy,
            findings,
            depth="full",
            rows=self.rows,
            checked=self.rows,
            rejected=tally.failing if tolerated else 0,
            failing=tally.failing,
            named=self.named,
        )

    def _split(self, kept: Path, aside: Path, tally: _Tally) -> None:
        with ExitStack() as files:
            good, bad = (files.enter_context(one.open("wb")) for one in (kept, aside))
            for number, (record, line) in enumerate(stored(self.file, self.spec)):
                faults = list(self.judge_one.faults(record, line))
                tally.add(number, faults)
                if faults:
                    bad.write(to_bytes(_with_reasons(record, faults)) + b"\n")
                else:
                    good.write(line)


def _with_reasons(record: dict[str, Any], faults: list[Fault]) -> dict[str, Any]:
    name = REASONS
    while name in record:
        name += "_"
    reasons = [f"{one.column}.{one.check}" if one.column else one.check for one in faults]
    return {**record, name: reasons}


def _picked(rows: int, policy: Policy) -> set[int] | None:
    """Head and seeded random records; None where that is every one."""
    head = min(rows, policy.head)
    if policy.random >= rows - head:
        return None
    # not for secrets: the same records on every machine
    chosen = random.Random(policy.seed).sample(range(head, rows), policy.random)  # noqa: S311
    return {*range(head), *chosen}


@dataclass
class _Tally:
    """How many records fail which check, and the first of them."""

    cases: int
    failing: int = 0
    found: dict[Fault, list[int]] = field(default_factory=dict)
    counts: dict[Fault, int] = field(default_factory=dict)

    def add(self, number: int, faults: list[Fault]) -> None:
        self.failing += bool(faults)
        for fault in faults:
            rows = self.found.setdefault(fault, [])
            if len(rows) < self.cases:
                rows.append(number)
            self.counts[fault] = self.counts.get(fault, 0) + 1

    def findings(self, checked: int, named: str) -> list[Finding]:
        return [
            Finding(
                fault.column,
                fault.check,
                f"{fault.message} of {named}",
                failing=self.counts[fault],
                checked=checked,
                rows=tuple(rows),
            )
            for fault, rows in self.found.items()
        ]
