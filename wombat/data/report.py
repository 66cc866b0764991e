"""What validation found: counts and row numbers, never values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from wombat.schema.policy import Depth

Severity = Literal["error", "warn"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check that doesn't hold. `rows` are the first failing rows, counted from 0.

    `column` is None for a check of the whole frame; `failing` of `checked` rows fail it. Findings
    about columns as such (missing, extra, type) have failing = checked = 0.
    """

    column: str | None
    check: str
    message: str
    severity: Severity = "error"
    failing: int = 0
    checked: int = 0
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on one artifact. `depth` is what was really done, the strength of its stamp.

    `rows` came, `rejected` of them were set aside; `cast` names the columns that were brought into
    the schema's type. `passed`: what is kept holds, as deep as was looked, but for what the schema
    itself only warns of; a policy that warns doesn't change it. `trusted` says why nothing had to
    be checked: `proven` (the edge's proof and its producer's stamp).
    """

    artifact: str
    schema: str | None
    schema_digest: str | None
    profile: str
    depth: Depth
    rows: int
    rows_checked: int
    findings: tuple[Finding, ...] = ()
    rejected: int = 0
    cast: tuple[str, ...] = ()
    trusted: str | None = None
    passed: bool = True

    @property
    def ok(self) -> bool:
        return not any(finding.severity == "error" for finding in self.findings)

    def named(self, artifact: str, profile: str) -> Report:
        return replace(self, artifact=artifact, profile=profile)

    def to_json(self) -> dict[str, Any]:
        """The inverse of `report_from_json`; `ok` stands in it for readers."""
        tree = asdict(self)
        tree["findings"] = [{**one, "rows": list(one["rows"])} for one in tree["findings"]]
        tree["cast"] = list(self.cast)
        return {**tree, "ok": self.ok}


def report_from_json(tree: Any) -> Report:
    """The inverse of `Report.to_json`."""
    words = {key: value for key, value in tree.items() if key not in ("ok", "findings", "cast")}
    findings = (Finding(**{**one, "rows": tuple(one["rows"])}) for one in tree["findings"])
    return Report(**words, findings=tuple(findings), cast=tuple(tree.get("cast", ())))
