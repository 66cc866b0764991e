"""Why data is judged anew: another profile, another policy, other checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.plan.causes.shapes import differing
from wombat.plan.causes.work import Cause
from wombat.plan.keys import judgement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.plan.causes.work import Work
    from wombat.plan.ir import Plan, Task


def judged_causes(
    plan: Plan, task: Task, profile: str, then: Mapping[str, Any], then_profile: str | None
) -> tuple[Cause, ...]:
    """`then` is what a result says it was judged by, as `judgement` has it."""
    return tuple(_causes(judgement(plan, task, profile), then, profile, then_profile))


def checked_causes(then: Work, now: Work) -> tuple[Cause, ...]:
    """What two works of one profile check otherwise; another profile is told by its name."""
    if then.profile != now.profile:
        return ()
    before = judgement(then.plan, then.task, then.profile)
    return judged_causes(now.plan, now.task, now.profile, before, then.profile)


def _causes(
    now: Mapping[str, Any], then: Mapping[str, Any], profile: str, then_profile: str | None
) -> Iterator[Cause]:
    if then_profile not in (None, profile):
        yield Cause("profile", "", then_profile, profile)
    for side in (*now, *(side for side in then if side not in now)):
        old, new = then.get(side) or {}, now.get(side) or {}
        if old.get("schema") != new.get("schema"):
            yield Cause("schema", f"{side}: checks", old.get("schema"), new.get("schema"))
        for path, before, after in differing(old.get("policy") or {}, new.get("policy") or {}):
            yield Cause("policy", f"{side}: {' '.join(path)}", before, after)
