"""What a run of a pipeline would do if it began now, from what earlier runs left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from wombat.api.explaining import UNREADABLE
from wombat.api.reusing import bare, otherwise
from wombat.ci import ref_of
from wombat.executor.messages import REJECTED
from wombat.executor.reuse.frozen import all_reused, name_of
from wombat.executor.units import published_units, waits
from wombat.plan.ir import ArtifactSource, TaskSource, UrlSource
from wombat.review.outlook import RANKED, Forecast, TaskOutlook, expected
from wombat.review.why_words import reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.api.explaining import Explaining
    from wombat.executor.units import Unit
    from wombat.plan.ir import Input, Task
    from wombat.review.explained import Explained, State
    from wombat.store import RefRecord

ASKED: Final = 16
"""Tasks of which the earlier run's attempts are read."""
REASONS: Final = 2
"""Of a task whose parts have several."""
_WORKS: Final = ("run", "maybe", "judge")


@dataclass(frozen=True)
class Foreseen:
    """A pipeline's forecast, and the outlook of each task by name."""

    forecast: Forecast
    tasks: Mapping[str, TaskOutlook]


def foresee(told: Explaining) -> Foreseen:
    """Reads the newest segments, whatever the plan's size: a few requests."""
    return _Foreseeing(told).all()


@dataclass(frozen=True)
class _Foreseeing:
    told: Explaining

    def all(self) -> Foreseen:
        tasks = {task.name: self._task(task) for task in self.told.plan.tasks}
        return Foreseen(self._forecast(tasks), tasks)

    def state(self, unit: Unit) -> State:
        return self.told.state(unit)

    @cached_property
    def _units(self) -> dict[str, list[Unit]]:
        found: dict[str, list[Unit]] = {}
        for unit in self.told.followed.fates:
            found.setdefault(unit[0], []).append(unit)
        return found

    @cached_property
    def _history(self) -> dict[Unit, Mapping[str, Any]]:
        """The newest result of each part that a published run had."""
        found: dict[Unit, Mapping[str, Any]] = {}
        for entry in self.told.history if self.told.then is not None else ():
            found.setdefault((entry["task"], entry.get("part")), entry)
        return found

    @cached_property
    def _named(self) -> dict[str, Mapping[str, Any]]:
        """A result of each task, of whichever part."""
        found: dict[str, Mapping[str, Any]] = {}
        for unit, entry in self._history.items():
            found.setdefault(unit[0], entry)
        return found

    @cached_property
    def _attempted(self) -> dict[Unit, Mapping[str, Any]]:
        """What the earlier run did itself of tasks of which no segment knows: volatile ones, and
        those whose results are gone. A few tasks are asked for."""
        then = self.told.then
        if then is None:
            return {}
        known = {*self._named, *(one.task for one in all_reused(then.header))}
        asked = [
            name
            for name, units in self._units.items()
            if name not in known
            and name in self._then
            and any(self.state(unit) in _WORKS for unit in units)
        ]
        found: dict[Unit, Mapping[str, Any]] = {}
        found |= {(one.task, one.part): one.record for one in all_reused(then.header)}
        pipeline, run = self.told.plan.pipeline, str(then.header["run"])
        for name in asked[:ASKED]:
            for one in then.store.attempts(pipeline, run, name):
                if one.done:
                    found[one.task, one.part] = one.record
        return found

    @cached_property
    def _alike(self) -> dict[str, Mapping[str, Any]]:
        """A result of each code: results of one key stand in a segment once, whoever shares it."""
        found: dict[str, Mapping[str, Any]] = {}
        for entry in self._history.values():
            found.setdefault(str((entry.get("code") or {}).get("digest")), entry)
        return found

    def _last(self, unit: Unit) -> Mapping[str, Any]:
        """What is known of a part's last result, else of one that the same code made, or of
        another part."""
        if (known := self._history.get(unit)) is not None:
            return known
        code = self._then.get(unit[0])
        if code and (alike := self._alike.get(code)) is not None:
            return alike
        if (named := self._named.get(unit[0])) is not None:
            return named
        return self._attempted.get(unit, {})

    @cached_property
    def _then(self) -> Mapping[str, str]:
        """The code of the tasks of the earlier run; () where that can't be read."""
        try:
            plan = self.told.then.plan if self.told.then else None
        except UNREADABLE:
            return {}
        return {task.name: str(task.code.digest) for task in plan.tasks} if plan else {}

    def _seconds(self, unit: Unit) -> float | None:
        cost = self._last(unit).get("cost") or {}
        seconds = cost.get("seconds")
        return float(seconds) if isinstance(seconds, int | float) else None

    def _task(self, task: Task) -> TaskOutlook:
        units = self._units.get(task.name, [])
        states: Counter[State] = Counter(self.state(unit) for unit in units)
        state: State = next((one for one in RANKED if states[one]), "run")
        if task.effect and not self.told.followed.header["effects"]:
            said = f"profile {self.told.followed.header['profile']} allows none here"
            return TaskOutlook(state, dict(states), (said,), left_out=True)
        working = [unit for unit in units if self.state(unit) in _WORKS]
        known = [took for unit in working if (took := self._seconds(unit)) is not None]
        return TaskOutlook(
            state,
            {one: states[one] for one in RANKED if states[one]},
            tuple(self._reasons(units, state)),
            round(sum(known), 3) if len(known) == len(working) > 0 else None,
            _sum(self._fetched(unit) for unit in working),
            _sum(self._stored(unit) for unit in working),
        )

    def _reasons(self, units: list[Unit], state: State) -> Iterator[str]:
        """Those of the parts that do most, each once; of many the first are asked."""
        said: dict[str, None] = {}
        for unit in units:
            if self.state(unit) != state:
                continue
            said.setdefault(self._why(self.told.of(unit)))
            if len(said) > REASONS:
                break
        yield from [one for one in said if one][:REASONS]

    def _why(self, one: Explained) -> str:
        return reason(one, str)

    def _fetched(self, unit: Unit) -> int | None:
        task = self.told.plan.task(unit[0])
        part = task.part(unit[1])
        sizes = []
        for wanted in task.inputs:
            if isinstance(wanted.source, TaskSource):
                parts = self.told.plan.producers(part, wanted)
                labels: list[str | None] = [one.label for one in parts]
                made = ((wanted.source.task, label) for label in labels or [None])
                sizes += [self._size(one, wanted.source.output) for one in made]
            else:
                sizes.append(self._outside(wanted))
        return _sum(sizes)

    def _outside(self, wanted: Input) -> int | None:
        """Of what lies in a store or on a server; files of the checkout are there already."""
        header = self.told.followed.header
        match wanted.source:
            case ArtifactSource(address=address):
                return _bytes(header["artifacts"].get(address))
            case UrlSource(url=url):
                size = header["sources"].get(url, {}).get("size")
                return size if isinstance(size, int) else None
        return 0

    def _size(self, unit: Unit, output: str) -> int | None:
        """Of an output: as it is reused, else as it was the last time."""
        kept = self.told.followed.header.get("reused", {}).get(name_of(unit))
        record = kept or self._last(unit)
        return _bytes(record.get("outputs", {}).get(output))

    def _stored(self, unit: Unit) -> int | None:
        outputs = self.told.plan.task(unit[0]).outputs
        return _sum(self._size(unit, one.name) for one in outputs)

    def _forecast(self, tasks: Mapping[str, TaskOutlook]) -> Forecast:
        header, then = self.told.followed.header, self.told.then
        stands = self._stands()
        changes, may_change, gone = self._changes()
        working = [name for name, one in tasks.items() if one.state in _WORKS]
        moves = bool(changes or may_change or gone or not stands)
        return Forecast(
            branch=str(header["branch"]),
            stands=stands,
            becomes=stands + (1 if moves and published_units(self.told.plan) else 0),
            seconds=self._time(working),
            workers=self._workers,
            unknown=sum(tasks[name].seconds is None for name in working),
            fetched=sum(one.fetched or 0 for one in tasks.values()),
            stored=sum(one.stored or 0 for one in tasks.values()),
            changes=changes,
            may_change=may_change,
            gone=gone,
            since=then.made.run if then else None,
        )

    def _stands(self) -> int:
        """The version of the branch in the own zone; 0 where there is none."""
        then = self.told.then
        if then is None or then.record is None or then.store.zone != self.told.session.zone:
            return 0
        mine = ref_of(str(self.told.followed.header["branch"]))
        return then.record.seq if (then.record.branch, then.record.kind) == mine else 0

    @cached_property
    def _workers(self) -> int | None:
        """On one's own machine as many as are set; CI begins each job when it can."""
        session = self.told.session
        return None if session.surroundings.ci else int(session.settings.jobs.value or 1)

    def _time(self, working: list[str]) -> tuple[float, float] | None:
        """None where no part that may run was ever run before."""
        known = {
            unit: took
            for name in working
            for unit in self._units[name]
            if self.state(unit) in _WORKS and (took := self._seconds(unit)) is not None
        }
        if working and not known:
            return None
        sure = {unit: took for unit, took in known.items() if self.state(unit) != "maybe"}
        order = waits(self.told.plan)
        least, most = (expected(order, one, self._workers) for one in (sure, known))
        return (round(least, 3), round(most, 3))

    def _changes(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Outputs that will be others, that may be, and that are no more."""
        held = self._held()
        made = {f"{task.name}.{one.name}" for task in self.told.plan.tasks for one in task.outputs}
        gone = tuple(sorted(n for n in held if n.removesuffix(REJECTED) not in made))
        if (record := self._record()) and self.told.followed.all_reused:
            others = otherwise(self.told.plan, self.told.followed, record)
            return tuple(name for name in others if name not in gone), (), gone
        changes: dict[str, None] = {}
        may_change: dict[str, None] = {}
        kept = self.told.followed.header.get("reused", {})
        for unit in published_units(self.told.plan):
            for output in self.told.plan.task(unit[0]).outputs:
                name = f"{unit[0]}.{output.name}"
                if self.state(unit) != "reuse":
                    may_change[name] = None
                    continue
                now = bare(kept[name_of(unit)]["outputs"][output.name])
                if _of_part(held.get(name), unit[1]) != now:
                    changes[name] = None
        for task in self.told.plan.tasks:
            labels = {one.label for one in task.parts} if task.foreach else None
            for name in (f"{task.name}.{one.name}" for one in task.outputs):
                if name in held and _labels(held[name]) != labels and name not in may_change:
                    changes[name] = None
        return tuple(changes), tuple(n for n in may_change if n not in changes), gone

    def _record(self) -> RefRecord | None:
        then = self.told.then
        return then.record if self._stands() and then else None

    def _held(self) -> Mapping[str, Any]:
        record = self._record()
        return record.outputs if record else {}


def _of_part(value: Any, label: str | None) -> Any:
    """What a version says of a part's data, as its attempt said it."""
    if not isinstance(value, dict):
        return None
    if label is None:
        return bare(value)
    part = value.get("parts", {}).get(label, {})
    return bare({word: one for word, one in part.items() if word != "values"})


def _labels(value: Any) -> set[str] | None:
    """The parts of an output that stands; None for one without."""
    return set(value["parts"]) if isinstance(value, dict) and "parts" in value else None


def _bytes(value: Any) -> int | None:
    size = (value.get("stats") or {}).get("bytes") if isinstance(value, dict) else None
    return size if isinstance(size, int) else None


def _sum(sizes: Any) -> int | None:
    """None where one of them isn't known."""
    every = list(sizes)
    return None if None in every else sum(every)
