"""A frame at a boundary: first shaped, then judged as deep as the policy says."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from wombat.data.counting import failures
from wombat.data.probes import probes
from wombat.data.quarantine import failing_rows, set_aside
from wombat.data.repeats import load_repeats
from wombat.data.report import Finding, Report
from wombat.data.shape import shape
from wombat.data.structure import fitting, structure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wombat.data.counting import Failure
    from wombat.data.repeats import Bits, Repeats
    from wombat.data.shape import Shaped
    from wombat.schema.model import FrameSchema
    from wombat.schema.policy import Depth, Policy


@dataclass(frozen=True, slots=True)
class Judged:
    """The shaped table without rejected rows, the report, and the rejected rows with one more
    column, of reasons; None where no row was set aside."""

    table: pa.Table
    report: Report
    rejected: pa.Table | None = None


def judge(
    table: pa.Table,
    schema: FrameSchema,
    policy: Policy,
    *,
    library: str | None = None,
    repeats: Repeats | None = None,
) -> Judged:
    """A canonical table of a produced or projected frame, shaped and judged.

    Extra columns are findings under `forbid` alone, which None means here: project first.
    `library` is the one that code of the user's own gets its frames in. Rows that can be set aside
    are looked for in the whole frame: `quarantine` makes a sampled check a full one.
    """
    shaped = shape(table, schema, policy, library)
    if policy.on_fail == "quarantine" and policy.check == "sample":
        policy = replace(policy, check="full")
    judged = _Judging(schema, policy, library, repeats or load_repeats()).judge(shaped)
    return replace(judged, report=_softened(judged.report, policy))


def judge_fields(fields: pa.Schema, rows: int, schema: FrameSchema, policy: Policy) -> Report:
    """The same of a frame that shaping leaves alone, under `check: types` or `none`.

    It is told by the canonical types of its columns, and how many rows it has.
    """
    asked = policy.check != "none"
    found = list(structure(fields, rows, schema)) if asked else []
    return _softened(_report(schema, policy.check, rows, found), policy)


def _softened(report: Report, policy: Policy) -> Report:
    """Under `on_fail: warn` nothing is an error."""
    if policy.on_fail != "warn":
        return report
    soft = tuple(replace(one, severity="warn") for one in report.findings)
    return replace(report, findings=soft)


@dataclass(frozen=True, slots=True)
class _Judging:
    schema: FrameSchema
    policy: Policy
    library: str | None
    repeats: Repeats

    def judge(self, shaped: Shaped) -> Judged:
        table = shaped.table
        if self.policy.check == "none":
            return Judged(table, self._report(table, "none", 0, shaped, []))
        lossy = {one.column for one in shaped.lossy if one.column}
        layout = structure(table.schema, table.num_rows, self.schema, lossy, self.library)
        structural = [*layout, *shaped.lossy]
        if self.policy.check == "types":
            return Judged(table, self._report(table, "types", 0, shaped, structural))
        sampled = self.policy.check == "sample"
        picked = picked_rows(table.num_rows, self.policy) if sampled else None
        part = table if picked is None else table.take(pa.array(picked, pa.int64()))
        failed = self._failures(part, lossy)
        if self.policy.on_fail == "quarantine" and picked is None and not _serious(structural):
            return self._quarantined(shaped, failed, structural)
        found = [*structural, *(_finding(one, picked) for one in failed)]
        depth: Depth = "full" if picked is None else "sample"
        return Judged(table, self._report(table, depth, part.num_rows, shaped, found))

    def _failures(self, part: pa.Table, lossy: set[str]) -> list[Failure]:
        asked = probes(self.schema, fitting(part.schema, self.schema, lossy))
        keep = self.policy.on_fail == "quarantine"
        return failures(
            part, asked, self.repeats, cases=self.policy.cases, keep=keep, library=self.library
        )

    def _quarantined(
        self, shaped: Shaped, failed: Sequence[Failure], structural: Sequence[Finding]
    ) -> Judged:
        """The frame without its failing rows; whole where none fails, or too many do."""
        table = shaped.table
        bad = failing_rows(table.num_rows, failed)
        count = int(bad.sum())
        if count and self.policy.tolerates(count, table.num_rows):
            done = self._set_aside(shaped, bad, failed, structural)
        else:
            found = [*structural, *(_finding(one, None) for one in failed)]
            done = Judged(table, self._report(table, "full", table.num_rows, shaped, found))
        return replace(done, report=replace(done.report, failing=count))

    def _set_aside(
        self,
        shaped: Shaped,
        bad: Bits,
        failed: Sequence[Failure],
        structural: Sequence[Finding],
    ) -> Judged:
        kept, rejected = set_aside(shaped.table, bad, failed)
        # again, as a whole: what is left may be too few, and the user's own code sees less of it
        again = replace(self.policy, on_fail="error")
        left = replace(self, policy=again).judge(replace(shaped, table=kept)).report
        rows = shaped.table.num_rows
        if not left.ok:
            found = [*(_finding(one, None) for one in failed), *map(_without, left.findings)]
            report = self._report(shaped.table, "full", rows, shaped, [*structural, *found])
            return Judged(shaped.table, report)
        found = [replace(_finding(one, None), severity="warn") for one in failed]
        report = self._report(shaped.table, "full", rows, shaped, [*structural, *found])
        return Judged(kept, replace(report, rejected=rejected.num_rows), rejected)

    def _report(
        self,
        table: pa.Table,
        depth: Depth,
        checked: int,
        shaped: Shaped,
        findings: Sequence[Finding],
    ) -> Report:
        made = _report(self.schema, depth, table.num_rows, findings)
        return replace(made, rows_checked=checked, casts=shaped.casts)


def _report(schema: FrameSchema, depth: Depth, rows: int, findings: Sequence[Finding]) -> Report:
    found, passed = tuple(findings), not _serious(findings)
    return Report("", schema.name, schema.digest, "", depth, rows, 0, found, passed=passed)


def picked_rows(rows: int, policy: Policy) -> list[int] | None:
    """Head and seeded random rows in order; None where every row is looked at."""
    head = min(rows, policy.head)
    if policy.random >= rows - head:
        return None
    # not for secrets: the same rows in every library and on every machine
    chosen = random.Random(policy.seed).sample(range(head, rows), policy.random)  # noqa: S311
    return [*range(head), *sorted(chosen)]


def _serious(findings: Sequence[Finding]) -> bool:
    return any(one.severity == "error" for one in findings)


def _without(finding: Finding) -> Finding:
    """A finding about what would be left; its rows have other numbers there."""
    return replace(finding, message=f"without the failing rows: {finding.message}", rows=())


def _finding(failure: Failure, picked: list[int] | None) -> Finding:
    probe = failure.probe
    rows = tuple(picked[row] for row in failure.first) if picked else failure.first
    said, name = probe.said(), probe.check.name
    return Finding(probe.column, name, said, probe.severity, failure.count, failure.checked, rows)
