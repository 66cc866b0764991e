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
    about columns as such (missing, extra, type) have failing = checked = 0. `cure` is what to write
    in the library at hand, where one line mends it.
    """

    column: str | None
    check: str
    message: str
    severity: Severity = "error"
    failing: int = 0
    checked: int = 0
    rows: tuple[int, ...] = ()
    cure: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on one artifact. `depth` is what was really done, the strength of its stamp.

    `rows` came, `rejected` of them were set aside; `casts` tells of each column that was brought
    into the schema's type. `passed`: what is kept holds, as deep as was looked, but for what the
    schema itself only warns of; a policy that warns doesn't change it. `trusted` says why nothing
    had to be checked: `proven` (the edge's proof and its producer's stamp). `failing` are the rows
    that fail any check that doesn't only warn, counted under `quarantine`; they are set aside, or
    too many.
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
    failing: int = 0
    casts: tuple[Finding, ...] = ()
    trusted: str | None = None
    passed: bool = True

    @property
    def ok(self) -> bool:
        return not any(finding.severity == "error" for finding in self.findings)

    @property
    def cast(self) -> tuple[str, ...]:
        """The columns that were brought into the schema's type."""
        return tuple(one.column for one in self.casts if one.column is not None)

    def named(self, artifact: str, profile: str) -> Report:
        return replace(self, artifact=artifact, profile=profile)

    def to_json(self) -> dict[str, Any]:
        """The inverse of `report_from_json`; `ok` and `cast` stand in it for readers."""
        tree = asdict(self)
        for word in ("findings", "casts"):
            tree[word] = [{**one, "rows": list(one["rows"])} for one in tree[word]]
        return {**tree, "cast": list(self.cast), "ok": self.ok}


def report_from_json(tree: Any) -> Report:
    """The inverse of `Report.to_json`."""
    words = {key: value for key, value in tree.items() if key not in ("ok", "cast")}
    for word in ("findings", "casts"):
        words[word] = tuple(finding_from_json(one) for one in words.get(word, ()))
    return Report(**words)


def is_note(finding: Finding) -> bool:
    """Whether it only tells that a column was cast, which isn't so in every profile."""
    return finding.check == "cast" and not finding.checked


def finding_from_json(tree: Any) -> Finding:
    """A finding of a report as JSON."""
    return Finding(**{**tree, "rows": tuple(tree["rows"])})
