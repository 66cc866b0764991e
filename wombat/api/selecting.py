"""Which pipelines a CI run begins: by what started it, and by what the refs hold already."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from wombat.api.runs import draft
from wombat.api.session import open_session
from wombat.ci import ref_of
from wombat.errors import Absent, UsageFault
from wombat.executor.header import ensure_header
from wombat.language.decode import listed, near
from wombat.plan.select import differences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from wombat.api.project import Checked
    from wombat.api.session import Session
    from wombat.backends import Selection
    from wombat.plan.ir import Plan
    from wombat.store import Store

_SCHEDULE: Final = re.compile(r"wombat: *([a-z][a-z0-9_-]*(?: *, *[a-z][a-z0-9_-]*)*)")


@dataclass
class Frozen:
    """What a compilation chose, and for people why: the reasons of each pipeline by name."""

    selection: Selection
    reasons: dict[str, tuple[str, ...]] = field(default_factory=dict)


def freeze(
    checked: Checked,
    *,
    given: Mapping[str, str] | None = None,
    profile: str | None = None,
    named: Collection[str] = (),
    due: bool = False,
    now: datetime | None = None,
) -> Frozen:
    """Chooses pipelines, and creates the header of this run for each of them in the store.

    `named` ones run whatever the refs hold; with `due`, and in a schedule that names none, those
    whose last tick had no scheduled run. Merge requests, pushes and tags start what would differ
    from what the ref holds; who starts a run by hand means all. UsageFault for a parameter that
    no plan has and for a name that isn't there.
    """
    session = open_session(checked.root, flags={"profile": profile}, compiling=True)
    given = {**_given_by_hand(session), **(given or {})}
    _known_parameters(checked, given)
    asked = tuple(named) or _asked(session, checked)
    choice = _Choice(session, checked, given, now or datetime.now(UTC))
    wanted = choice.wanted(asked, due=due)
    begun = [name for name in wanted if choice.begins(name, forced=bool(asked))]
    return Frozen(_selection(session, checked, begun, choice), choice.reasons)


def _known_parameters(checked: Checked, given: Mapping[str, str]) -> None:
    known = {param.name for plan in checked.plans.values() for param in plan.params}
    for name in given:
        if name not in known:
            raise UsageFault(f"no pipeline has a parameter '{name}'", code="param-invalid")


def _given_by_hand(session: Session) -> dict[str, str]:
    """Parameters in the run's own variable; UsageFault where it can't be read."""
    text = session.settings.params.value
    if not text or session.surroundings.event not in ("manual", "schedule"):
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


def _asked(session: Session, checked: Checked) -> tuple[str, ...]:
    """The pipelines that the run's own variable or its schedule names."""
    around = session.surroundings
    if around.event not in ("manual", "schedule"):
        return ()
    text = session.settings.pipelines.value
    if not text and around.schedule and (found := _SCHEDULE.fullmatch(around.schedule.strip())):
        text = found[1]
    names = tuple(dict.fromkeys(re.split(r"[\s,]+", text.strip()))) if text else ()
    for name in names:
        if name not in checked.plans:
            raise UsageFault(
                f"no pipeline '{name[:80]}'; expected {listed(sorted(checked.plans))}",
                code="unknown-pipeline",
                hint=near(name, checked.plans),
            )
    return names


@dataclass
class _Choice:
    """What was found of each pipeline so far."""

    session: Session
    checked: Checked
    given: Mapping[str, str]
    now: datetime
    reasons: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)

    def wanted(self, asked: Sequence[str], *, due: bool) -> Sequence[str]:
        """The pipelines that what started this run is about."""
        plans = self.checked.plans
        event = self.session.surroundings.event
        if asked:
            return asked
        if due or event == "schedule":
            return self._due()
        if event == "manual":
            return tuple(plans)
        if event == "merge_request":
            return [name for name, plan in plans.items() if plan.on.merge_request != "off"]
        return [name for name, plan in plans.items() if plan.on.push != "off"]

    def _due(self) -> Sequence[str]:
        from wombat.api.schedules import due_in

        own = self.session.surroundings.run
        found = due_in([self.session.store], self.checked.plans.values(), self.now, own=own)
        self.reasons |= dict.fromkeys(found, ("its schedule is due",))
        return found

    def begins(self, name: str, *, forced: bool) -> bool:
        """Creates the header of a pipeline, unless nothing would differ or something is missing."""
        plan = self.checked.plans[name]
        mine = {param.name for param in plan.params}
        given = {key: text for key, text in self.given.items() if key in mine}
        if not forced and (said := self._missing(plan, given)):
            self.reasons[name] = (said,)
            return False
        try:
            header = draft(self.session, plan, given)
        except Absent as fault:
            if forced:
                raise
            self.reasons[name] = (f"waits: {fault.message}",)
            return False
        if not forced and not self._differs(name, header):
            self.unchanged.append(name)
            return False
        self.reasons.setdefault(name, ("asked for",))
        ensure_header(self.session.store, header)
        return True

    def _missing(self, plan: Plan, given: Mapping[str, str]) -> str | None:
        lacking = [one.name for one in plan.params if one.required and one.name not in given]
        return f"needs a value of {', '.join(lacking)}: start it by hand" if lacking else None

    def _differs(self, name: str, header: Mapping[str, Any]) -> bool:
        """Who asked for a run by hand, or a schedule, wants it though nothing changed."""
        if name in self.reasons or self.session.surroundings.event == "manual":
            return True
        found = differences(header, stands(self.session, name))
        if found:
            self.reasons[name] = found
        return bool(found)


def stands(session: Session, pipeline: str) -> dict[str, Any] | None:
    """The header of the run that the branch's ref holds; in a merge request, where the source
    branch has none, that of the default branch.
    """
    around = session.surroundings
    refs = [ref_of(around.branch)]
    if around.event == "merge_request":
        refs.append((around.default_branch, "heads"))
    for ref in refs:
        for store in _readable(session):
            if (head := store.head(pipeline, *ref)) is not None:
                return _header(store, pipeline, head.run)
    return None


def _readable(session: Session) -> Iterator[Store]:
    yield session.store  # made where there is none, so that the others are there
    yield from session.readable[1:]


def _header(store: Store, pipeline: str, run: str) -> dict[str, Any] | None:
    """None for a run without a header, as of `put`."""
    try:
        found: dict[str, Any] = store.header(pipeline, run)
    except Absent:
        return None
    return found


def _selection(
    session: Session, checked: Checked, begun: Sequence[str], choice: _Choice
) -> Selection:
    """In a merge request of a project where some pipelines run at once, the others wait."""
    from wombat.backends import Selection

    plans = checked.plans
    waiting: list[str] = []
    if session.surroundings.event == "merge_request" and any(
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
    )
