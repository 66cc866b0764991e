"""Reports on what is no frame: what a type asks, judged as deep as the policy says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from wombat.data.report import Finding, Report
from wombat.digest import digest_json
from wombat.errors import TaskFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wombat.data.artifacts import Spec
    from wombat.schema.policy import Depth, Policy

_SHAPING: Final = ("format", "encoding")
"""Words that say how files are read, and judge nothing."""


def asked(spec: Spec, *words: str) -> dict[str, Any]:
    """What a spec asks of its files; of these words alone where some are given."""
    found = {word: value for word, value in spec.options.items() if word not in _SHAPING}
    return {word: found[word] for word in words if word in found} if words else found


def judged(
    spec: Spec,
    policy: Policy,
    types: Callable[[], Iterable[Finding]],
    values: Callable[[], Iterable[Finding]],
    *,
    named: str | None = None,
) -> Report | None:
    """The report of both functions, of which each runs only as deep as the policy says.

    `types` asks what is known without reading values. `named` is what was asked, for people; by
    default the artifact type. None where nothing is asked.
    """
    if not asked(spec):
        return None
    findings: list[Finding] = []
    depth: Depth = "none"
    if policy.check != "none":
        findings += types()
        depth = "types"
    if policy.check in ("sample", "full"):
        findings += values()
        depth = "full"
    return report_on(spec, policy, findings, depth=depth, named=named)


def report_on(
    spec: Spec,
    policy: Policy,
    findings: Iterable[Finding],
    *,
    depth: Depth,
    rows: int = 0,
    checked: int = 0,
    rejected: int = 0,
    failing: int = 0,
    named: str | None = None,
) -> Report:
    """The report as the policy has it: under `on_fail: warn` nothing is an error."""
    found = tuple(findings)
    passed = not any(one.severity == "error" for one in found)
    if policy.on_fail == "warn":
        found = tuple(replace(one, severity="warn") for one in found)
    digest = digest_json({"type": spec.type, "options": asked(spec)})
    made = Report(spec.name, named or spec.type, digest, "", depth, rows, checked, found)
    return replace(made, rejected=rejected, failing=failing, passed=passed)


def between(name: str, value: float, wanted: dict[str, Any]) -> Finding | None:
    """A finding for a number outside `min` and `max`."""
    least, most = wanted.get("min"), wanted.get("max")
    if least is not None and value < least:
        return Finding(name, "min", f"'{name}' is {value:g}; expected at least {least:g}")
    if most is not None and value > most:
        return Finding(name, "max", f"'{name}' is {value:g}; expected at most {most:g}")
    return None


def sized(what: str, size: int, wanted: dict[str, Any]) -> Iterator[Finding]:
    """Findings for a size in bytes outside `min_size` and `max_size`."""
    least, most = wanted.get("min_size"), wanted.get("max_size")
    if least is not None and size < least:
        said = f"{what} has {size:,} bytes; expected at least {least:,}"
        yield Finding(None, "min_size", said)
    if most is not None and size > most:
        said = f"{what} has {size:,} bytes; expected at most {most:,}"
        yield Finding(None, "max_size", said)


def unreadable(spec: Spec, said: str, hint: str | None = None) -> TaskFailed:
    """The error for a stored artifact whose files aren't what its type says."""
    return TaskFailed(f"input '{spec.name}': {said}", code="input-unreadable", hint=hint)
