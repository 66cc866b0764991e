"""What whoever started a CI run asks for: pipelines by name, parameters, or whatever is due."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from wombat.errors import UsageFault
from wombat.language.near import listed, near

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from wombat.api.session import Session
    from wombat.plan.ir import Plan

TICK: Final = "wombat tick"
"""The description of a schedule that starts what is due."""
_NAMED: Final = re.compile(r"wombat: *([a-z][a-z0-9_-]*(?: *, *[a-z][a-z0-9_-]*)*)")
_BY_HAND: Final = ("manual", "schedule")


def asked_for(session: Session, known: Collection[str]) -> tuple[str, ...] | None:
    """The pipelines that the run's variable or its schedule names; None where neither names any.

    () where the schedule is somebody else's. UsageFault for a name that isn't there, and for a
    schedule that means Wombat and can't be read.
    """
    around = session.surroundings
    if around.event not in _BY_HAND:
        return None
    if names := _words(session.settings.pipelines.value or ""):
        return _known(names, known)
    said = (around.schedule or "").strip()
    if around.event != "schedule" or said in {"", TICK}:
        return None
    if found := _NAMED.fullmatch(said):
        return _known(_words(found[1]), known)
    if said.lower().startswith("wombat"):
        raise UsageFault(
            f"the schedule is called {said[:80]!r}, which names no pipeline; expected "
            f"'wombat: NAME, NAME' or '{TICK}'",
            code="schedule-name",
            hint="mend its description in GitLab, or wombat schedule sync",
        )
    return ()


def made_anew(session: Session, plans: Mapping[str, Plan]) -> dict[str, frozenset[str]]:
    """The tasks that the run's variable wants made again whatever is there, by pipeline: `churn`
    for all that it makes, `churn/load` for one task; an effect is done again where it is named.
    UsageFault for a name that isn't there."""
    if session.surroundings.event not in _BY_HAND:
        return {}
    found: dict[str, frozenset[str]] = {}
    for word in _words(session.settings.force.value or ""):
        name = word.partition("/")[0]
        _known((name,), plans)
        found[name] = found.get(name, frozenset()) | _anew_of(plans[name], word)
    return found


def made_anew_of(session: Session, plan: Plan) -> frozenset[str]:
    """The same of one pipeline, where no other is known: what the variable says of those is left to
    their own jobs."""
    text = session.settings.force.value or ""
    mine = [word for word in _words(text) if word.partition("/")[0] == plan.pipeline]
    if session.surroundings.event not in _BY_HAND:
        return frozenset()
    return frozenset(task for word in mine for task in _anew_of(plan, word))


def _anew_of(plan: Plan, word: str) -> frozenset[str]:
    task, known = word.partition("/")[2], plan.by_name
    if task and task not in known:
        raise UsageFault(
            f"WOMBAT_FORCE names {word[:80]!r}, but {plan.pipeline} has no such task; expected "
            f"{listed(sorted(known))}",
            code="unknown-task",
            hint=near(task, known),
        )
    return frozenset({task} if task else {one.name for one in plan.tasks if not one.effect})


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in re.split(r"[\s,]+", text) if word))


def _known(names: tuple[str, ...], known: Collection[str]) -> tuple[str, ...]:
    for name in names:
        if name not in known:
            raise UsageFault(
                f"no pipeline '{name[:80]}'; expected {listed(sorted(known))}",
                code="unknown-pipeline",
                hint=near(name, known),
            )
    return names


def given_by_hand(session: Session) -> dict[str, str]:
    """Parameters in the run's own variable; UsageFault where it can't be read."""
    text = session.settings.params.value
    if not text or session.surroundings.event not in _BY_HAND:
        return {}
    try:
        words = shlex.split(text)
    except ValueError as fault:
        raise UsageFault(
            f"WOMBAT_PARAMS can't be read: {str(fault).lower()}; expected NAME=VALUE …",
            code="param-invalid",
        ) from None
    pairs = {name: value for name, equals, value in (w.partition("=") for w in words) if equals}
    if len(pairs) < len(words):
        raise UsageFault(
            "WOMBAT_PARAMS holds words without '=', or names twice; expected NAME=VALUE …",
            code="param-invalid",
        )
    return pairs


def of_plan(plan: Plan, given: Mapping[str, str]) -> dict[str, str]:
    """Those of the given parameters that a plan has."""
    mine = {param.name for param in plan.params}
    return {name: text for name, text in given.items() if name in mine}


def missing(plan: Plan, given: Mapping[str, str]) -> str | None:
    """Says which parameters have no value, or None."""
    lacking = [one.name for one in plan.params if one.required and one.name not in given]
    if not lacking:
        return None
    example = " ".join(f"{name}=…" for name in lacking)
    return f"needs a value of {', '.join(lacking)}: start it by hand with WOMBAT_PARAMS: {example}"
