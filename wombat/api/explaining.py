"""Why each part of a pipeline would run, or wouldn't: held against a run that is there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from wombat.api.meanwhile import Unpublished, failures, meanwhile
from wombat.api.reusing import follow
from wombat.api.runs import draft
from wombat.api.then import Then, find_then
from wombat.errors import WombatError
from wombat.executor.reuse.frozen import origin
from wombat.executor.units import waits
from wombat.plan.causes import Cause, causes, checked_causes, judged_causes, same
from wombat.plan.ir import UrlSource
from wombat.review.explained import Explained, Explanation, Made

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wombat.api.reusing import Followed
    from wombat.api.session import Session
    from wombat.executor.reuse.walk import Fate
    from wombat.executor.units import Unit
    from wombat.plan.causes import Work
    from wombat.plan.ir import Input, Plan
    from wombat.review.explained import State

UNREADABLE: Final = (KeyError, TypeError, AttributeError, ValueError)
"""What a header of another version, or of nobody's, comes to."""
SEGMENTS: Final = 3
"""The newest published runs whose times, sizes and code count as history."""
OUTSIDE: Final = ("source-unreachable", "source-denied", "source-absent", "source-refused")
"""What keeps outside data from being looked at."""


@dataclass(frozen=True)
class Explaining:
    """One pipeline's next run beside an earlier one; each part is explained once."""

    session: Session
    plan: Plan
    followed: Followed
    then: Then | None
    deep: bool = False
    """Whether the runs are asked, too, that published nothing."""
    note: str | None = None
    """Why a run couldn't begin now, where it is told as if outside data were what it was."""
    _told: dict[Unit, Explained] = field(default_factory=dict)

    def explain(self, asked: Iterable[Unit]) -> Explanation:
        """The parts, and all that they come from, as far as that has to do with it."""
        wanted = tuple(asked)
        found: dict[Unit, Explained] = {}
        waiting = list(reversed(wanted))
        while waiting:
            unit = waiting.pop()
            if unit not in found:
                found[unit] = self.of(unit)
                waiting.extend(reversed(found[unit].because))
        return Explanation(self.plan.pipeline, wanted, found, self.note)

    def of(self, unit: Unit) -> Explained:
        if unit not in self._told:
            self._told[unit] = self._explained(unit, self.followed.fates[unit])
        return self._told[unit]

    def state(self, unit: Unit) -> State:
        """A part's fate. One whose input isn't made yet will run for sure where no known result is
        of its code, though its key can't be known."""
        fate = self.followed.fates[unit].state
        if fate == "maybe" and self.plan.task(unit[0]).code.digest not in self._codes:
            return "run"
        return fate

    @cached_property
    def history(self) -> Sequence[Mapping[str, Any]]:
        """What is known of the results of the newest published runs, the newest first."""
        store = self.then.store if self.then else self.session.store
        return [
            entry
            for segment in store.segments(self.plan.pipeline, limit=SEGMENTS)
            for entry in segment["results"].values()
            if isinstance(entry, dict) and "task" in entry
        ]

    @cached_property
    def _codes(self) -> frozenset[str]:
        return frozenset(str((one.get("code") or {}).get("digest")) for one in self.history)

    def _explained(self, unit: Unit, fate: Fate) -> Explained:
        then, now = self._then(unit), self._now.work(unit)
        if now is None:
            raise AssertionError("a part of the plan does something")
        served = fate.served.result if fate.served else None
        because: tuple[Unit, ...] = ()
        match fate.state:
            case "reuse":
                found = causes(then, now) if then else ()
            case "judge":
                found = self._judged(unit, served or {})
            case _:
                found = self._changed(unit, fate, then, now)
                because = self._because(unit, found)
        return Explained(
            unit,
            self.state(unit),
            found,
            same(then, now) if then else (),
            because,
            made_by(served) if served else None,
            self.then.made if self.then else None,
            failures(self._meanwhile, unit) if self.deep else (),
        )

    def _then(self, unit: Unit) -> Work | None:
        try:
            return self.then.work(unit) if self.then else None
        except UNREADABLE:
            return None

    @cached_property
    def _now(self) -> Then:
        return Then(self.session.store, self.followed.header, drafted=True)

    @cached_property
    def _before(self) -> Mapping[Unit, set[Unit]]:
        return waits(self.plan)

    @cached_property
    def _places(self) -> Mapping[Unit, int]:
        return {unit: place for place, unit in enumerate(self.followed.fates)}

    @cached_property
    def _meanwhile(self) -> tuple[Unpublished, ...]:
        header, then = self.followed.header, self.then
        record = then.record if then else None
        mine = record if record is not None and record.branch == header["branch"] else None
        return meanwhile(self.session.store, self.plan.pipeline, str(header["branch"]), mine)

    def _judged(self, unit: Unit, served: Mapping[str, Any]) -> tuple[Cause, ...]:
        task, profile = self.plan.task(unit[0]), str(self.followed.header["profile"])
        return judged_causes(
            self.plan, task, profile, served.get("judged") or {}, served.get("profile")
        )

    def _changed(self, unit: Unit, fate: Fate, then: Work | None, now: Work) -> tuple[Cause, ...]:
        """Why a part isn't reused; never () for one that runs."""
        said: list[Cause] = []
        if unit[0] in self.followed.header.get("anew", ()):
            said.append(Cause("forced"))
        if now.task.volatile:
            said.append(Cause("volatile"))
        if self.then is None:
            return (*said, Cause("never"))
        if then is None:
            return (*said, Cause("new", "task" if unit[1] is None else "part"))
        said += causes(then, now)
        shaped = {cause.what.partition(":")[0] for cause in said if cause.kind == "schema"}
        checked = [
            cause
            for cause in checked_causes(then, now)
            if cause.kind != "schema" or cause.what.partition(":")[0] not in shaped
        ]
        if not said and fate.state == "run":
            lost = self._lost(unit)
            said += [lost] if lost.kind != "lost" or not checked else []
        return (*said, *checked)

    def _lost(self, unit: Unit) -> Cause:
        """Why what the earlier run made serves nobody here, though nothing of it changed."""
        then = self.then
        if then is None:
            raise AssertionError("what is lost was there")
        made = then.made
        attempt = then.attempts.get(unit)
        if attempt is None or not attempt.done:
            return Cause("undone", now=made.run)
        if attempt.record.get("changed"):
            return Cause("changed", now=made.run)
        profile = str(self.followed.header["profile"])
        if attempt.record.get("decided") and attempt.record.get("profile") != profile:
            return Cause(
                "profile", "that shaped what came out", attempt.record.get("profile"), profile
            )
        return Cause("lost", now=made.run)

    def _because(self, unit: Unit, found: Iterable[Cause]) -> tuple[Unit, ...]:
        """The parts before it whose fate keeps its inputs from being what they were."""
        names = {cause.what.partition(".")[0] for cause in found if cause.kind == "upstream"}
        before = sorted(self._before[unit], key=self._places.__getitem__)
        return tuple(
            one
            for one in before
            if one[0] in names and (self.followed.fates[one].state != "reuse" or self._moved(one))
        )

    def _moved(self, unit: Unit) -> bool:
        """Whether a part that is reused serves another result than the earlier run had."""
        return bool(self.of(unit).causes)


def made_by(result: Mapping[str, Any]) -> Made:
    """Who made a result that serves."""
    made = origin(result)
    told = {word: made.get(word) for word in ("commit", "time", "zone")}
    return Made(str(made.get("run", "")), profile=result.get("profile"), **told)


def explaining(
    session: Session,
    plan: Plan,
    given: Mapping[str, str],
    *,
    run: str | None = None,
    anew: Iterable[str] = (),
    deep: bool = False,
    blind: bool = False,
) -> Explaining:
    """What a run of a plan would do if it began now, beside `run` or what stands. Writes nothing;
    raises what drafting a run does, Absent for a run that isn't there. `blind`: where outside data
    can't be looked at, it is taken as what stands saw it, if that did."""
    then = find_then(session, plan.pipeline, run)
    note = None
    try:
        header = draft(session, plan, given, looking=True)
    except WombatError as fault:
        if not blind or fault.code not in OUTSIDE:
            raise
        note = fault.message
        try:
            header = draft(session, _unlooked(plan), given, looking=True)
        except WombatError:
            raise fault from None
    followed = follow(session, header, anew=tuple(anew))
    return Explaining(session, plan, followed, then, deep, note)


def _unlooked(plan: Plan) -> Plan:
    """The plan with outside data that is never looked at twice."""

    def of(one: Input) -> Input:
        source = one.source
        return (
            replace(one, source=replace(source, refresh="never"))
            if isinstance(source, UrlSource)
            else one
        )

    return replace(
        plan,
        tasks=tuple(replace(task, inputs=tuple(map(of, task.inputs))) for task in plan.tasks),
    )
