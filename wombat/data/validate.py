"""The order of validation: types, columns, then nulls, keys and values in pandera."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from wombat.data.arrow import arrow_type, logical_type
from wombat.data.report import Finding, Report
from wombat.schema.model import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wombat.schema.model import FrameSchema
    from wombat.schema.policy import Depth, Policy


class Judge(Protocol):
    """pandera in one library: our masks run inside its checks, its verdict is the last word."""

    def mask(self, series: Any, check: Check, kind: Any) -> Any:
        """Positions that fail a check of one column."""
        ...

    def repeated(self, frame: Any, names: list[str]) -> Any:
        """Positions of rows whose values in these columns aren't unique."""
        ...

    def frame(self, table: pa.Table) -> Any:
        """The frame in which checks run."""
        ...

    def series(self, given: Any) -> Any:
        """The series or frame out of what pandera hands to a check."""
        ...

    def decide(
        self,
        frame: Any,
        columns: dict[str, list[tuple[str, Callable[[Any], bool]]]],
        whole: list[tuple[str, Callable[[Any], bool]]],
    ) -> bool:
        """Whether pandera accepts the frame; it runs each check once."""
        ...


def judge(table: pa.Table, schema: FrameSchema, policy: Policy, engine: Judge) -> Report:
    """The report on a canonical table of a produced or projected frame.

    Extra columns are findings under `forbid` alone, which None means here: project first.
    """
    report = Report("", schema.name, schema.digest, "", policy.check, table.num_rows, 0)
    if policy.check == "none":
        return report
    findings = [*_structure(table, schema)]
    depth: Depth = "types"
    checked = 0
    if policy.check in ("sample", "full"):
        picked = _picked(table.num_rows, policy) if policy.check == "sample" else None
        depth = "full" if picked is None else "sample"
        part = table if picked is None else table.take(pa.array(picked, pa.int64()))
        values = _Values(schema, policy, engine, picked)
        findings += values.judge(part)
        checked = part.num_rows
    if policy.on_fail == "warn":
        findings = [replace(one, severity="warn") for one in findings]
    return replace(report, depth=depth, rows_checked=checked, findings=tuple(findings))


def _picked(rows: int, policy: Policy) -> list[int] | None:
    """Head and seeded random rows in order; None where that is every row."""
    head = min(rows, policy.head)
    if policy.random >= rows - head:
        return None
    # not for secrets: the same rows in every library and on every machine
    chosen = random.Random(policy.seed).sample(range(head, rows), policy.random)  # noqa: S311
    return [*range(head), *sorted(chosen)]


def _structure(table: pa.Table, schema: FrameSchema) -> list[Finding]:
    found = []
    for name, column in schema.columns.items():
        if name not in table.column_names:
            if column.required:
                found.append(Finding(name, "missing", f"column '{name}' is missing"))
            continue
        here, wanted = table.schema.field(name).type, arrow_type(column.type)
        if wanted is not None and here != wanted:
            found.append(Finding(name, "type", _mistyped(name, here, str(column.type))))
    if (schema.extra or "forbid") == "forbid":
        extra = [name for name in table.column_names if name not in schema.columns]
        found += [Finding(n, "extra", f"column '{n}' isn't in {schema.name}") for n in extra]
    return found


def _mistyped(name: str, here: pa.DataType, wanted: str) -> str:
    kind = logical_type(here)
    return f"column '{name}' is {here if kind.kind == 'any' else kind}; expected {wanted}"


@dataclass(slots=True)
class _Values:
    """One run of pandera; the checks note what they find on the side."""

    schema: FrameSchema
    policy: Policy
    engine: Judge
    picked: list[int] | None
    found: list[Finding] = field(default_factory=list)
    fault: Exception | None = None

    def judge(self, table: pa.Table) -> list[Finding]:
        fit = [name for name in self.schema.columns if _fits(table, self.schema, name)]
        # libraries read some names as patterns or selectors: inside, columns are numbered
        safe = {name: f"c{number}" for number, name in enumerate(fit)}
        frame = self.engine.frame(table.select(fit).rename_columns(list(safe.values())))
        sets = [(word, names) for word, names in self.schema.unique_sets() if set(names) <= {*fit}]
        columns = {safe[name]: self._column(name, table.num_rows) for name in fit}
        whole = [(word, self._set(word, names, safe, table.num_rows)) for word, names in sets]
        accepted = self.engine.decide(frame, columns, whole)
        if self.fault:
            raise self.fault
        if accepted != (not self.found):
            # pandera and the masks are one verdict by construction; else nothing may pass
            said = "pandera's verdict differs from the checks' own; please report this"
            self.found.append(Finding(None, "pandera", said))
        return self.found

    def _column(self, name: str, rows: int) -> list[tuple[str, Callable[[Any], bool]]]:
        column = self.schema.columns[name]
        nulls = [] if self.schema.nulls_allowed(name) else [Check("null", None)]
        severity = column.severity

        def runner(check: Check) -> Callable[[Any], bool]:
            def run(given: Any) -> bool:
                bad = self.engine.mask(self.engine.series(given), check, column.type)
                said = _said(name, check)
                return self._note(Finding(name, check.name, said, severity, checked=rows), bad)

            return run

        return [(str(check), self._guarded(runner(check))) for check in (*nulls, *column.checks())]

    def _guarded(self, run: Callable[[Any], bool]) -> Callable[[Any], bool]:
        """pandera turns a check's exception into a failure: here it is a bug and stays one."""

        def guarded(given: Any) -> bool:
            try:
                return run(given)
            except Exception as fault:
                self.fault = self.fault or fault
                raise

        return guarded

    def _set(
        self, word: str, names: Sequence[str], safe: dict[str, str], rows: int
    ) -> Callable[[Any], bool]:
        severity = self.schema.severity_of(tuple(names))
        column = names[0] if len(names) == 1 else None
        said = f"{word} ({', '.join(names)}) isn't unique"

        def run(given: Any) -> bool:
            bad = self.engine.repeated(self.engine.series(given), [safe[name] for name in names])
            return self._note(Finding(column, word, said, severity, checked=rows), bad)

        return self._guarded(run)

    def _note(self, finding: Finding, bad: Any) -> bool:
        if len(bad) == 0:
            return True
        first = [int(row) for row in bad[: self.policy.cases]]
        rows = tuple(self.picked[row] for row in first) if self.picked else tuple(first)
        self.found.append(replace(finding, failing=len(bad), rows=rows))
        return False


def _fits(table: pa.Table, schema: FrameSchema, name: str) -> bool:
    if name not in table.column_names:
        return False
    wanted = arrow_type(schema.columns[name].type)
    return wanted is None or wanted == table.schema.field(name).type


def _said(name: str, check: Check) -> str:
    if check.name == "null":
        return f"'{name}' holds nulls"
    if check.name == "length":
        return f"'{name}' length isn't {_interval(check.value)}"
    if check.name == "match":
        return f"'{name}' doesn't match {check.value!r}"
    if check.name in ("in", "enum"):
        return f"'{name}' isn't one of the {len(check.value)} allowed values"
    return f"'{name}' {check}"


def _interval(value: tuple[int | None, int | None]) -> str:
    least, most = value
    if least == most:
        return str(least)
    return f"{least or 0} or more" if most is None else f"{least or 0} to {most}"
