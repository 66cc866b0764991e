"""Plans for readers: outlined, as text, Markdown, HTML or JSON, with what earlier runs tell."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from wombat.api.asking import of_plan
from wombat.api.project import compile_all
from wombat.errors import Conflict, DiskFault, UsageFault, WombatError
from wombat.review.graph import as_mermaid
from wombat.review.outline import fates_of, outline
from wombat.review.outlook import Forecast
from wombat.review.plan_html import plan_html
from wombat.review.plan_markdown import plan_markdown
from wombat.review.plan_text import plan_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from wombat.api.session import Session
    from wombat.plan.ir import Plan
    from wombat.review.outline import Outline
    from wombat.review.outlook import TaskOutlook

_MISTAKES: Final = ("unknown-profile", "param-invalid", "project-taken")
"""What is raised, and isn't only told of one pipeline."""


@dataclass(frozen=True)
class Shown:
    """Plans with their outline; `note` says why no store was asked."""

    plans: tuple[Plan, ...]
    outline: Outline
    note: str | None = None


def plans_of(start: Path, *, only: Collection[str] = (), stored: bool = False) -> list[Plan]:
    """The plans of the project around `start`; runs no code. Raises Invalid.

    With `stored` edges to artifacts are judged by what their refs hold: StoreUnreachable, Absent
    without a store. Without, no store is read.
    """
    plans = list(compile_all(start, only=only).plans.values())
    if not stored:
        return plans
    from wombat.api.arrivals import stored_edges
    from wombat.api.session import open_session

    session = open_session(start)
    return [stored_edges(session, plan) for plan in plans]


def show_plans(
    start: Path,
    *,
    only: Collection[str] = (),
    stored: bool = False,
    offline: bool = False,
    given: Mapping[str, str] | None = None,
    profile: str | None = None,
) -> Shown:
    """The plans, with what a run would do by what the store has; writes nothing, makes no store.

    `offline`, without a store, and where it doesn't answer, it is what the checkout says.
    UsageFault for a wrong parameter or profile.
    """
    plans = tuple(plans_of(start, only=only, stored=stored))
    if offline:
        return Shown(plans, outline(plans))
    from wombat.api.session import open_session

    try:
        session = open_session(start, flags={"profile": profile})
        if session.new_store:
            raise session.no_store()
    except WombatError as fault:
        return Shown(plans, outline(plans), f"{fault.message}: this is the checkout alone")
    return Shown(plans, _foreseen(session, plans, given or {}))


def _foreseen(session: Session, plans: tuple[Plan, ...], given: Mapping[str, str]) -> Outline:
    _known(plans, given)
    forecasts: dict[str, Forecast] = {}
    outlooks: dict[str, Mapping[str, TaskOutlook]] = {}
    for plan in plans:
        forecasts[plan.pipeline], outlooks[plan.pipeline] = _one(session, plan, given)
    return outline(plans, None, forecasts, outlooks)


def _known(plans: tuple[Plan, ...], given: Mapping[str, str]) -> None:
    known = {param.name for plan in plans for param in plan.params}
    for name in given:
        if name not in known:
            raise UsageFault(f"no pipeline has a parameter '{name}'", code="param-invalid")


def _one(
    session: Session, plan: Plan, given: Mapping[str, str]
) -> tuple[Forecast, Mapping[str, TaskOutlook]]:
    """One that can't begin now says why; the others are foreseen all the same."""
    from wombat.api.explaining import explaining
    from wombat.api.foreseeing import foresee

    try:
        found = foresee(explaining(session, plan, of_plan(plan, given)))
    except DiskFault:
        raise
    except WombatError as fault:
        if fault.code in _MISTAKES and isinstance(fault, UsageFault | Conflict):
            raise
        return Forecast(session.surroundings.branch, note=fault.message), {}
    return found.forecast, found.tasks


def plan_as_text(shown: Shown, *, width: int, every: bool = False) -> str:
    return plan_text(shown.outline, width=width, every=every)


def plan_as_markdown(shown: Shown) -> str:
    """With a graph where it is small, in which each task has its fate's colour."""
    return plan_markdown(shown.outline, graph=as_mermaid(shown.plans, fates_of(shown.outline)))


def plan_as_html(shown: Shown) -> str:
    """One page that needs nothing else."""
    return plan_html(shown.outline, note=shown.note)


def plan_as_json(shown: Shown) -> dict[str, Any]:
    """`pipelines`, each with its facts and tasks, and `counts`; `note` where no store was asked."""
    return {**asdict(shown.outline), **({"note": shown.note} if shown.note else {})}
