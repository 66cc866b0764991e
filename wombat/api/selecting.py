"""Which pipelines a CI run begins: by what started it, and by what the refs hold already."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from wombat.api.asking import asked_for, given_by_hand, made_anew, missing, of_plan
from wombat.api.reusing import follow, renewed, repeats
from wombat.api.runs import draft
from wombat.api.session import open_session
from wombat.api.standing import in_flight, left_undone, standing
from wombat.errors import Absent, Conflict, Invalid, UsageFault
from wombat.executor.header import ensure_header
from wombat.executor.reuse.frozen import all_reused
from wombat.plan.select import differences, other_effects

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from wombat.api.project import Checked
    from wombat.api.reusing import Followed
    from wombat.api.session import Session
    from wombat.backends import Reused, Selection
    from wombat.errors import Diagnostic
    from wombat.executor.reuse.walk import Fate
    from wombat.executor.units import Unit


@dataclass
class Chosen:
    """What a compilation chose, and for people why: the reasons of each pipeline by name.

    Nothing is in the store yet: `begin` creates the headers, once the child can be written.
    """

    session: Session
    selection: Selection
    reasons: dict[str, tuple[str, ...]]
    headers: Sequence[Mapping[str, Any]]
    fates: Mapping[str, Mapping[Unit, Fate]] = field(default_factory=dict)
    """What becomes of each part of the pipelines that begin, in topological order."""
    refused: Sequence[Diagnostic] = ()
    """Why pipelines wait for another version of what they take, as warnings."""

    @property
    def new_store(self) -> str | None:
        """The address of a store that wasn't there before; where history was expected, a disk that
        isn't mounted."""
        made = self.session.new_store and self.session.surroundings.ci is not None
        return self.session.settings.store.value if made else None

    def begin(self) -> None:
        for header in self.headers:
            ensure_header(self.session.store, header)


def choose(
    checked: Checked,
    *,
    given: Mapping[str, str] | None = None,
    profile: str | None = None,
    named: Collection[str] = (),
    due: bool = False,
    now: datetime | None = None,
) -> Chosen:
    """Chooses pipelines for a run, and drafts its header for each of them.

    `named` ones run whatever the refs hold; with `due`, and in a tick, those whose last tick had no
    scheduled run. Merge requests, pushes and tags start what would differ from what the ref holds;
    who starts a run by hand means all, or those of which it has something made anew. UsageFault for
    a parameter that no plan has and for a name that isn't there; Conflict `project-taken`.
    """
    session = open_session(checked.root, flags={"profile": profile}, compiling=True)
    _ = session.new_store  # asked before this command makes one
    given = {**given_by_hand(session), **(given or {})}
    _known_parameters(checked, given)
    asked = tuple(named) if named else asked_for(session, checked.plans)
    if anew := made_anew(session, checked.plans):
        asked = tuple(dict.fromkeys((*(asked or ()), *anew)))
    choice = _Choice(session, checked, given, now or datetime.now(UTC), bool(asked), anew)
    drafts = [choice.draft(name) for name in choice.wanted(asked, due=due)]
    begun = [header for header in drafts if header is not None]
    selection = _selection(choice, begun)
    fates = {str(one["pipeline"]): choice.fates[str(one["pipeline"])] for one in begun}
    return Chosen(session, selection, choice.reasons, begun, fates, choice.refused)


def _known_parameters(checked: Checked, given: Mapping[str, str]) -> None:
    known = {param.name for plan in checked.plans.values() for param in plan.params}
    for name in given:
        if name not in known:
            raise UsageFault(f"no pipeline has a parameter '{name}'", code="param-invalid")


@dataclass
class _Choice:
    """What was found of each pipeline so far. `forced`: somebody named them; `anew`: the tasks of
    each that are made again whatever is there."""

    session: Session
    checked: Checked
    given: Mapping[str, str]
    now: datetime
    forced: bool
    anew: Mapping[str, Collection[str]]
    reasons: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    refused: list[Diagnostic] = field(default_factory=list)
    fates: dict[str, Mapping[Unit, Fate]] = field(default_factory=dict)

    @property
    def event(self) -> str:
        return self.session.surroundings.event

    def wanted(self, asked: Sequence[str] | None, *, due: bool) -> Sequence[str]:
        """The pipelines that what started this run is about."""
        plans = self.checked.plans
        if asked is not None:
            return asked
        if due or self.event == "schedule":
            return self._due()
        if self.event == "manual":
            return tuple(plans)
        if self.event == "merge_request":
            return [name for name, plan in plans.items() if plan.on.merge_request != "off"]
        return [name for name, plan in plans.items() if plan.on.push != "off"]

    def _due(self) -> Sequence[str]:
        from wombat.api.schedules import due_in

        around = self.session.surroundings
        found = due_in(
            [self.session.store],
            self.checked.plans.values(),
            self.now,
            own=around.run,
            branch=around.branch,
        )
        self.reasons |= dict.fromkeys(found, ("its schedule is due",))
        return found

    def draft(self, name: str) -> dict[str, Any] | None:
        """The header of a pipeline; None where nothing would differ, or something is missing."""
        plan = self.checked.plans[name]
        given = of_plan(plan, self.given)
        if not self.forced and (said := missing(plan, given)):
            self.reasons[name] = (said,)
            return None
        try:
            header = draft(self.session, plan, given)
        except (Absent, UsageFault, Conflict) as fault:
            by_hand = self.forced or (self.event == "manual" and isinstance(fault, UsageFault))
            if by_hand or fault.code in ("unknown-profile", "project-taken"):
                raise
            self.reasons[name] = (f"waits: {fault.message}",)
            return None
        except Invalid as fault:  # what it takes doesn't suit it; another one may make that anew
            if self.forced:
                raise
            self.refused += [replace(one, severity="warning") for one in fault.diagnostics]
            self.reasons[name] = tuple(f"waits: {one.message}" for one in fault.diagnostics)
            return None
        # Where nothing differs at all, nobody needs to know which results there are.
        following = cache(lambda: follow(self.session, header, anew=self.anew.get(name, ())))
        found = self._reasons(name, header, following)
        if not found:
            self.unchanged.append(name)
            return None
        self.reasons[name] = found
        followed = renewed(self.session, plan, following())
        self.fates[name] = followed.fates
        return followed.header

    def _reasons(
        self, name: str, header: Mapping[str, Any], following: Callable[[], Followed]
    ) -> tuple[str, ...]:
        """Why a pipeline runs; () where it needn't. Who asks for it wants it whatever stands."""
        found = standing(self.session, name)
        if name in self.reasons:
            return self.reasons[name]
        if self.forced or self.event == "manual":
            return ("asked for",)
        said = differences(header, found.header if found else None)
        if said and not (found and repeats(self.checked.plans[name], following(), found.record)):
            return said
        if found is None or not found.own:
            return ()
        if said and header["effects"] and (others := other_effects(header, found.header)):
            return (f"effect {others[0]} may do something else", *said)
        if found.header and header["profile"] != found.header["profile"]:
            return (f"profile {header['profile']}, not {found.header['profile']}",)
        if header["effects"] and (effect := left_undone(found, self.now)):
            return (f"effect {effect} isn't done",)
        overtaking = in_flight(self.session, name, found)
        return (f"run {overtaking} may still be published",) if overtaking else ()


def _selection(choice: _Choice, headers: Sequence[Mapping[str, Any]]) -> Selection:
    """In a merge request of a project where some pipelines run at once, the others wait."""
    from wombat.backends import Selection

    session, plans = choice.session, choice.checked.plans
    begun = [str(header["pipeline"]) for header in headers]
    waiting: list[str] = []
    if choice.event == "merge_request" and any(
        plan.on.merge_request == "run" for plan in plans.values()
    ):
        waiting = [name for name in begun if plans[name].on.merge_request == "plan"]
    return Selection(
        run=session.surroundings.run,
        pipelines=tuple(name for name in plans if name in begun and name not in waiting),
        clicked=tuple(name for name in plans if name in waiting),
        unchanged=tuple(choice.unchanged),
        zone=str(session.settings.zone.value),
        effects=session.effects,
        reused={str(header["pipeline"]): _reused(header) for header in headers},
    )


def _reused(header: Mapping[str, Any]) -> dict[Unit, Reused]:
    from wombat.backends import Reused

    found = {}
    for one in all_reused(header):
        made: dict[str, Any] = next(iter(one.record["outputs"].values()), {})
        run = str(one.record.get("reused", {}).get("run", ""))
        found[one.task, one.part] = Reused(run, str(made.get("C", "")))
    return found
