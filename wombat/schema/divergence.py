"""Production against development: what the one lets through, the other must have allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wombat.schema.proof.relate import relate
from wombat.schema.proof.shape import stored

if TYPE_CHECKING:
    from wombat.errors import Place
    from wombat.schema.model import FrameSchema
    from wombat.schema.proof.verdict import Verdict
    from wombat.schema.spot import Spot

DEVELOPMENT: Final = "development"


def check_divergence(schema: FrameSchema, spot: Spot, *, allowed_here: bool) -> None:
    """Reports each profile whose frames development would refuse, unless that is allowed.

    An allowance that nothing needs is a warning where the schema itself says it, `allowed_here`.
    """
    found = diverging(schema)
    if schema.allow_divergence is None:
        for profile, verdict in found:
            _report(schema, profile, verdict, spot)
    elif not found and allowed_here:
        said = "nothing diverges: every profile lets through what development does, or less"
        hint = "remove allow_divergence"
        spot.warn("divergence-unneeded", f"{said}; expected no allowance", "allow_divergence",
                  hint=hint)  # fmt: skip


def diverging(schema: FrameSchema) -> list[tuple[str, Verdict]]:
    """The profiles that aren't proven to be narrower than development, each with the verdict."""
    wanted = schema.in_profile(DEVELOPMENT)
    names = {"production", *schema.policies, *schema.variants} - {DEVELOPMENT}
    found = []
    for profile in sorted(names):
        made = schema.in_profile(profile)
        if made is wanted or made.digest == wanted.digest:
            continue
        # named by their profiles, so that reasons and advice are
        verdict = relate(replace(made, name=profile), replace(stored(wanted), name=DEVELOPMENT))
        found += [(profile, verdict)] if verdict.kind != "proven" else []
    return found


def _report(schema: FrameSchema, profile: str, verdict: Verdict, spot: Spot) -> None:
    here = _place(schema, profile, verdict.column, spot)
    there = _place(schema, DEVELOPMENT, verdict.column, spot)
    advice = verdict.suggestion or f"less in {profile} or more in {DEVELOPMENT}"
    how = "would be refused" if verdict.kind == "refuted" else "can't be proven to be accepted"
    spot.sink.error(
        "policy-diverges",
        f"what {profile} lets through {how} in development: {verdict.reason}; expected every "
        f"{profile} frame to be one that development accepts",
        here,
        hint=f'say {advice}; or say why: allow_divergence: "…"',
        related=((there, "development"),) if there != here else (),
        table=verdict.example,
    )


def _place(schema: FrameSchema, profile: str, column: str | None, spot: Spot) -> Place:
    """The words that a profile changes of a column, else what it changes, else the column."""
    if profile in schema.variants:
        patch = ("policies", profile)
        whole = spot.key_place(*patch)
        for steps in ((*patch, "columns", column or ""), (*patch, "extra")):
            if spot.place(*steps) != spot.place(*steps[:-1]):
                return spot.key_place(*steps)
        return whole
    return spot.key_place("columns", column) if column in schema.columns else spot.place("schema")
