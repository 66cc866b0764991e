"""GitLab's schedules brought in line with the pipelines': planned first, then applied in order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from wombat.api.project import options_of
from wombat.api.schedules import scheduled
from wombat.backends.gitlab.keywords import usable
from wombat.errors import Absent, ForgeDenied, WombatError
from wombat.language.address import NAME
from wombat.review.pieces import short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wombat.api.project import Checked
    from wombat.forge.gitlab import Gitlab, Schedule
    from wombat.plan.ir import Plan

Kind = Literal["create", "update", "delete", "keep"]

OURS: Final = "wombat: "
TICK: Final = "wombat tick"
HOURLY: Final = "0 * * * *"
VARIABLE: Final = "WOMBAT_PIPELINES"
_NAMED: Final = re.compile(f"{OURS}{NAME}")
FREE: Final = 10
"""Schedules of a project on GitLab's free tier."""
MARKS: Final[Mapping[Kind, str]] = {"create": "+", "update": "~", "delete": "-", "keep": " "}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One schedule as it should be. `pipelines` is what its variable names; None without one."""

    description: str
    ref: str
    cron: str
    timezone: str
    pipelines: str | None = None

    def body(self) -> dict[str, str | bool]:
        return {
            "description": self.description,
            "ref": self.ref,
            "cron": self.cron,
            "cron_timezone": self.timezone,
            "active": True,
        }


@dataclass(frozen=True, slots=True)
class There:
    """One schedule of ours as it is, with the pipelines that its variable names."""

    schedule: Schedule
    pipelines: str | None = None

    def body(self) -> dict[str, str | bool]:
        one = self.schedule
        return {
            "description": one.description,
            "ref": one.ref,
            "cron": one.cron,
            "cron_timezone": one.timezone,
            "active": one.active,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one schedule; `changes` are a field's name, old and new value."""

    kind: Kind
    description: str
    wanted: Wanted | None = None
    there: There | None = None
    changes: tuple[tuple[str, Any, Any], ...] = ()

    def __str__(self) -> str:
        """One line; nothing of the server's steers a terminal."""
        return f"{MARKS[self.kind]} {short(self.description)}{self._details()}"

    def _details(self) -> str:
        if self.kind == "create" and self.wanted is not None:
            one = self.wanted
            return f"  '{one.cron}' {one.timezone}, on {short(one.ref)}"
        told = (f"{name} {_shown(old)} -> {_shown(new)}" for name, old, new in self.changes)
        return f"  {', '.join(told)}" if self.changes else ""


@dataclass(frozen=True)
class Sync:
    """What a sync found, and would do or did."""

    gitlab: Gitlab
    steps: list[Step]
    hint: str | None


def plan_sync(gitlab: Gitlab, checked: Checked, *, branch: str, tick: bool) -> Sync:
    """Compares GitLab's schedules with the pipelines'; changes nothing.

    `branch` is taken where the server names no default branch. Errors are those of `Http`.
    """
    options = options_of(checked, "gitlab")
    ref = gitlab.repository().default_branch or branch
    wanted = wanted_schedules(checked.plans.values(), ref, options, tick=tick)
    named = any(one.pipelines is not None for one in wanted)
    steps = compare(wanted, read_ours(gitlab, variables=named))
    return Sync(gitlab, steps, crowded(steps, options))


def wanted_schedules(
    plans: Iterable[Plan], ref: str, options: Mapping[str, Any], *, tick: bool
) -> list[Wanted]:
    """One for each pipeline that a schedule may start, or one hourly tick for all of them.

    Before GitLab 17.8 jobs don't know their schedule's description, so a variable names the
    pipeline; `options` is the project's `gitlab` section.
    """
    found = scheduled(plans)
    if tick:
        return [Wanted(TICK, ref, HOURLY, "UTC")] if found else []
    by_variable = not usable("schedule.description", options)
    return [
        Wanted(
            f"{OURS}{plan.pipeline}",
            ref,
            plan.schedule.cron,
            plan.schedule.timezone,
            plan.pipeline if by_variable else None,
        )
        for plan in found
        if plan.schedule is not None
    ]


def read_ours(gitlab: Gitlab, *, variables: bool) -> list[There]:
    """The schedules that are ours by their description; with `variables` what those name."""
    ours = sorted((one for one in gitlab.schedules() if _is_ours(one)), key=lambda one: one.id)
    if not variables:
        return [There(one) for one in ours]
    return [There(one, gitlab.schedule_variables(one.id).get(VARIABLE)) for one in ours]


def _is_ours(one: Schedule) -> bool:
    """Exactly what a sync writes: what only begins so is a person's, to be neither changed nor
    deleted."""
    return one.description == TICK or _NAMED.fullmatch(one.description) is not None


def compare(wanted: Sequence[Wanted], there: Sequence[There]) -> list[Step]:
    """What to do, by description; of several with one description the oldest stays. Pure."""
    left = {one.description: one for one in wanted}
    steps: list[Step] = []
    for one in sorted(there, key=lambda one: one.schedule.id):
        description = one.schedule.description
        meant = left.pop(description, None)
        if meant is None:
            steps.append(Step("delete", description, there=one))
            continue
        changes = _changes(meant, one)
        steps.append(Step("update" if changes else "keep", description, meant, one, changes))
    steps += [Step("create", one.description, one) for one in left.values()]
    return sorted(steps, key=lambda step: (step.description, step.kind))


def _changes(wanted: Wanted, there: There) -> tuple[tuple[str, Any, Any], ...]:
    old = there.body()
    found: list[tuple[str, Any, Any]]
    found = [(name, old[name], new) for name, new in wanted.body().items() if old[name] != new]
    if wanted.pipelines is not None and wanted.pipelines != there.pipelines:
        found.append((VARIABLE, there.pipelines, wanted.pipelines))
    return tuple(found)


def apply(
    gitlab: Gitlab, steps: Sequence[Step], on_done: Callable[[Step], None] | None = None
) -> list[Step]:
    """Makes the changes in order: what goes first makes room for what comes.

    Idempotent: the same again finds nothing to do. Raises the first failure, which says what was
    done before it.
    """
    order: tuple[Kind, ...] = ("delete", "update", "create")
    todo = [step for kind in order for step in steps if step.kind == kind]
    for number, step in enumerate(todo):
        try:
            _do(gitlab, step)
        except WombatError as fault:
            raise _told(fault, step, todo[:number], todo[number + 1 :]) from None
        if on_done is not None:
            on_done(step)
    return todo


def _do(gitlab: Gitlab, step: Step) -> None:
    if step.kind == "delete" and step.there is not None:
        gitlab.delete_schedule(step.there.schedule.id)
    elif step.kind == "update" and step.there is not None and step.wanted is not None:
        _update(gitlab, step, step.there, step.wanted)
    elif step.wanted is not None:
        made = gitlab.create_schedule(step.wanted.body())
        if step.wanted.pipelines is not None:
            gitlab.set_schedule_variable(made.id, VARIABLE, step.wanted.pipelines, new=True)


def _update(gitlab: Gitlab, step: Step, there: There, wanted: Wanted) -> None:
    body = {name: new for name, _, new in step.changes if name != VARIABLE}
    if body:
        gitlab.update_schedule(there.schedule.id, body)
    if wanted.pipelines is not None and wanted.pipelines != there.pipelines:
        new = there.pipelines is None
        gitlab.set_schedule_variable(there.schedule.id, VARIABLE, wanted.pipelines, new=new)


def _told(
    fault: WombatError, step: Step, before: Sequence[Step], after: Sequence[Step]
) -> WombatError:
    """The same failure, with what was done before it and what wasn't tried."""
    done = ", ".join(f"{MARKS[one.kind]} {one.description}" for one in before) or "nothing"
    rest = f"; {len(after)} not tried" if after else ""
    said = f"{MARKS[step.kind]} {step.description}: {fault.message}; done before: {done}{rest}"
    return type(fault)(said, code=fault.code, hint=_hint(fault, step))


def _hint(fault: WombatError, step: Step) -> str | None:
    owner = step.there.schedule.owner if step.there else None
    if owner is not None and isinstance(fault, ForgeDenied | Absent):
        return (
            f"the schedule belongs to {short(owner)}: whoever has the token takes it over first "
            "(Build > Pipeline schedules > Take ownership), then run this again"
        )
    return fault.hint


def crowded(steps: Sequence[Step], options: Mapping[str, Any]) -> str | None:
    """A hint where the free tier has no room for as many schedules."""
    count = sum(step.kind != "delete" for step in steps)
    if options.get("tier", "free") != "free" or count <= FREE:
        return None
    return (
        f"{count} schedules; GitLab's free tier allows {FREE} a project: --tick needs one for all"
    )


def sync_tree(found: Sync, *, applied: bool) -> dict[str, Any]:
    """For --json."""
    return {
        "server": found.gitlab.http.host,
        "project": found.gitlab.project,
        "applied": applied,
        "steps": [
            {
                "kind": step.kind,
                "description": step.description,
                "changes": {name: [old, new] for name, old, new in step.changes},
            }
            for step in found.steps
        ],
    }


def _shown(value: Any) -> str:
    return {True: "on", False: "off", None: "none"}.get(value, f"'{short(str(value))}'")
