"""What is recorded of a frame that a task made, and whether it drifted from its earlier version."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from wombat.data.artifacts import Spec
    from wombat.data.report import Report
    from wombat.data.stats.sample import Sample
    from wombat.schema.policy import Policy


@dataclass
class Watch:
    """Told of a frame as it is written, since reading it again would take longer."""

    sample: Sample | None = None

    def __call__(self, table: pa.Table) -> None:
        from wombat.data.stats.sample import take_sample

        self.sample = take_sample(table)

    def observe(
        self, made: dict[str, Any], file: Path, spec: Spec, policy: Policy, report: Report
    ) -> tuple[Report, dict[str, Any]]:
        """The report with what its schema's rules of drift find; `stats`, and `drift` as measured.

        Neither for what is no frame. Drift is judged where values are.
        """
        if self.sample is None:
            return report, {}
        from wombat.data.drift import judge_drift
        from wombat.data.stats import frame_stats
        from wombat.data.stats.model import stats_from_json

        rules = spec.schema.drift if spec.schema else ()
        earlier = {name: stats_from_json(tree) for name, tree in made["earlier"].items()}
        stats = frame_stats(
            file,
            spec.schema,
            sample=self.sample,
            earlier=earlier.get("previous"),
            first=[rule.column for rule in rules if rule.column],
            room=made["room"],
        )
        described: dict[str, Any] = {"stats": stats.to_json()}
        if not rules or policy.check not in ("sample", "full"):
            return report, described
        measured = judge_drift(rules, stats, earlier)
        found = [one.finding() for one in measured if not one.holds or one.lacking]
        if policy.on_fail == "warn":
            found = [replace(one, severity="warn") for one in found]
        described["drift"] = [one.to_json() for one in measured]
        return replace(report, findings=(*report.findings, *found)), described
