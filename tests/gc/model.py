"""A small model of writers and collectors, run through every schedule.

It knows nothing of the code but its clocks. One artifact 0, a manifest M and a pack P, is old and
nobody's at the beginning. A pusher stores the same again, a finder meets M by its content; each
then writes a root. Collectors make passes. Every step of everybody may come at any time, be the
last one of its process, and have hours before it. Times are kept as ages, so that schedules that
differ only in when they began are one.

A schedule loses if a root that was acknowledged names what is gone.

    python -m tests.gc.model
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from wombat.store.doom import FRESH, STALE, WINDOW
from wombat.store.gc.clocks import Clocks

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR: Final = 3600
W, S, F = (WINDOW / HOUR, STALE / HOUR, FRESH / HOUR)
G, H, R = (x / HOUR for x in (Clocks().grace, Clocks().life, Clocks().removed))
U: Final = Clocks().unfinished / HOUR
JUMPS: Final = (2, 13, 25, 62)
"""Hours: past the window, past what is stale, past the grace, past a list's life and removal."""
CAP: Final = 200
"""Whatever is older is as old."""

RULES: Final = {
    "re-look": "the lists are looked at again before a root",
    "window": "a root that landed late is checked: lists once more, then whether all is there",
    "stale": "what was learned long ago is looked for before a root",
    "found": "what is found by its content is looked for, with all its packs",
    "salt": "what is doomed is stored again under another name",
    "grace": "nothing is deleted before every writer could see the list and land",
    "young": "what is younger than the grace is not doomed, nor for a week a pack without a "
    "manifest (spares long pushes a second try)",
    "drop": "what lives again by a new marking is not deleted",
    "age": "a list is not deleted by when it is old, since it may have been taken away",
    "order": "a manifest goes before its packs",
    "in force": "a list counts for writers until it is taken away, not until its work is done",
}


class List(NamedTuple):
    age: float
    objects: frozenset[int]
    done: bool = False
    gone: bool = False


class Writer(NamedTuple):
    finder: bool
    at: str = "look"
    began: float = 0
    """Ages, as is `looked`."""
    looked: float = 0
    doomed: frozenset[int] = frozenset()
    uses: int = 0
    tries: int = 0


class Collector(NamedTuple):
    passes: int
    at: str = "idle"
    list: int = -1
    dead: frozenset[int] = frozenset()


class State(NamedTuple):
    jumps: int
    objects: tuple[float | None, ...]
    """The ages of M0, P0, M1, P1; 1 is what the pusher stores under another name."""
    lists: tuple[List, ...]
    roots: frozenset[tuple[int, bool]]
    """The artifact, and whether its writer was told that it stands."""
    writers: tuple[Writer, ...]
    collectors: tuple[Collector, ...]


@dataclass
class Model:
    rules: frozenset[str]
    hours: tuple[int, ...] = JUMPS
    states: int = 0
    losses: int = 0

    def run(self, start: State, *, first: bool = False) -> None:
        """Every state that can be reached, once; losing ones aren't gone on from.

        With `first` it ends as soon as one loses.
        """
        seen, waiting = {start}, [start]
        while waiting and not (first and self.losses):
            state = waiting.pop()
            self.states += 1
            if loses(state):
                self.losses += 1
                continue
            for following in self.steps(state):
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)

    def steps(self, state: State) -> Iterator[State]:
        for place, writer in enumerate(state.writers):
            for new, w in self.write(state, writer):
                yield new._replace(writers=put(new.writers, place, w))
        for place, collector in enumerate(state.collectors):
            for new, c in self.collect(state, collector):
                yield new._replace(collectors=put(new.collectors, place, c))
        for place, one in enumerate(state.lists):
            if one.age >= R and not one.gone:  # some collector takes it away
                gone = List(CAP, one.objects, done=True, gone=True)
                yield state._replace(lists=put(state.lists, place, gone))
        if state.jumps:
            for hours in self.hours:
                yield jump(state, hours)

    # Writers

    def write(self, s: State, w: Writer) -> Iterator[tuple[State, Writer]]:
        if w.at == "look":
            at = "find" if w.finder else "put"
            yield s, self.look(s, w)._replace(began=0, at=at)
        elif w.at == "find":
            there = not self.gone(s, {0, 1}) if "found" in self.rules else s.objects[0] is not None
            if there and not w.doomed & {0, 1}:
                yield s, w._replace(at="ready")
        elif w.at == "put":
            yield self.store(s, w)
        elif w.at == "ready":
            yield from self.ready(s, w)
        elif w.at == "land":
            yield s._replace(roots=s.roots | {(w.uses, False)}), w._replace(at="check")
        elif w.at == "check":
            yield from self.check(s, w)

    def look(self, s: State, w: Writer) -> Writer:
        force = "in force" in self.rules
        lists = (one for one in s.lists if not one.gone and (force or not one.done))
        seen = frozenset(o for one in lists for o in one.objects)
        return w._replace(doomed=w.doomed | seen, looked=0)

    def store(self, s: State, w: Writer) -> tuple[State, Writer]:
        """What stands there already is as good; the code compares."""
        artifact = int("salt" in self.rules and bool(w.doomed & {0, 1}))
        objects = list(s.objects)
        for one in (2 * artifact + 1, 2 * artifact):
            objects[one] = 0 if objects[one] is None else objects[one]
        return s._replace(objects=tuple(objects)), w._replace(uses=artifact, at="ready")

    def ready(self, s: State, w: Writer) -> Iterator[tuple[State, Writer]]:
        """The last look before the root is sent."""
        if "re-look" not in self.rules:
            w = w._replace(looked=0)
        elif w.looked > F:
            w = self.look(s, w)
        mine = {2 * w.uses, 2 * w.uses + 1}
        if "salt" in self.rules and w.doomed & mine:
            yield from self.again(s, w)
        elif "stale" in self.rules and w.began > S and self.gone(s, mine):
            yield from self.again(s, w._replace(doomed=w.doomed | mine))
        else:
            yield s, w._replace(at="land")

    def again(self, s: State, w: Writer) -> Iterator[tuple[State, Writer]]:
        """Stored anew once; who only found something, or comes a second time, gives up."""
        if not w.finder and not w.tries:
            yield s, w._replace(at="put", tries=1)

    def check(self, s: State, w: Writer) -> Iterator[tuple[State, Writer]]:
        mine = {2 * w.uses, 2 * w.uses + 1}
        late = "window" in self.rules and w.looked > W
        if late and (self.look(s, w).doomed & mine or self.gone(s, mine)):
            return  # an error: nobody was told that it stands
        told = (s.roots - {(w.uses, False)}) | {(w.uses, True)}
        yield s._replace(roots=told), Writer(w.finder, "end")

    def gone(self, s: State, objects: set[int]) -> bool:
        return any(s.objects[one] is None for one in objects)

    # Collectors

    def collect(self, s: State, c: Collector) -> Iterator[tuple[State, Collector]]:
        if c.at == "idle" and c.passes:
            yield from self.idle(s, c._replace(passes=c.passes - 1))
        elif c.at == "doom":
            yield s._replace(lists=(*s.lists, List(0, c.dead))), Collector(c.passes)
        elif c.at in ("first", "second"):
            yield from self.delete(s, c)
        elif c.at == "done":
            done = s.lists[c.list]._replace(done=True)
            yield s._replace(lists=put(s.lists, c.list, done)), Collector(c.passes)

    def idle(self, s: State, c: Collector) -> Iterator[tuple[State, Collector]]:
        """A marking: for a new list, or for the deletions of one that is there."""
        age = G if "young" in self.rules else -1
        if dead := self.dead(s, age, frozenset()):
            yield s, c._replace(at="doom", dead=dead)
        for place, one in enumerate(s.lists):
            ripe = one.age >= G or "grace" not in self.rules
            if ripe and one.age < H and not one.done:
                dead = self.dead(s, one.age, one.objects)
                if "drop" not in self.rules:
                    dead = one.objects
                yield s, c._replace(at="first", list=place, dead=dead & one.objects)

    def dead(self, s: State, age: float, listed: frozenset[int]) -> frozenset[int]:
        """What no root names and is older; a pack stays while a manifest that stays names it."""
        live = {a for a, _ in s.roots}
        found = set()
        for artifact in {0, 1} - live:
            manifest, pack = 2 * artifact, 2 * artifact + 1
            if older(s, manifest, age) and (not listed or manifest in listed):
                found.add(manifest)
            elif s.objects[manifest] is not None:
                continue
            alone = s.objects[manifest] is None and "young" in self.rules and not listed
            if older(s, pack, U if alone else age):
                found.add(pack)
        return frozenset(found)

    def delete(self, s: State, c: Collector) -> Iterator[tuple[State, Collector]]:
        if "age" in self.rules and s.lists[c.list].age >= H:
            yield s, Collector(c.passes)
            return
        manifests = (c.at == "first") == ("order" in self.rules)
        batch = {o for o in c.dead if (o % 2 == 0) == manifests}
        objects = tuple(None if o in batch else age for o, age in enumerate(s.objects))
        following = "second" if c.at == "first" else "done"
        yield s._replace(objects=objects), c._replace(at=following)


def loses(state: State) -> bool:
    return any(
        told and (state.objects[2 * a] is None or state.objects[2 * a + 1] is None)
        for a, told in state.roots
    )


def older(s: State, one: int, age: float) -> bool:
    found = s.objects[one]
    return found is not None and found > age


def put(every: tuple, place: int, one: object) -> tuple:
    return (*every[:place], one, *every[place + 1 :])


def jump(s: State, hours: int) -> State:
    def after(age: float | None) -> float | None:
        return None if age is None else min(age + hours, CAP)

    return s._replace(
        jumps=s.jumps - 1,
        objects=tuple(map(after, s.objects)),
        lists=tuple(one._replace(age=after(one.age)) for one in s.lists),
        writers=tuple(
            w
            if w.at in ("look", "end")
            else w._replace(began=after(w.began), looked=after(w.looked))
            for w in s.writers
        ),
    )


def starts(jumps: int) -> Iterator[State]:
    """Who takes part."""
    pusher, finder = Writer(finder=False), Writer(finder=True)
    # With its manifest; and a pack alone, as a killed push leaves it behind.
    for objects in ((CAP, CAP, None, None), (None, CAP, None, None)):
        for writers, collectors in (
            ((pusher,), (Collector(2), Collector(1))),
            ((finder,), (Collector(2), Collector(1))),
            ((pusher, finder), (Collector(2),)),
        ):
            yield State(jumps, objects, (), frozenset(), writers, collectors)


PUSHER, FINDER = Writer(finder=False), Writer(finder=True)
CASES: Final[dict[str, tuple[str, tuple[Writer, ...], int, int]]] = {
    "re-look": ("", (PUSHER,), 1, 1),
    "window": ("", (PUSHER,), 1, 1),
    "stale": ("", (PUSHER,), 1, 2),
    "found": ("", (PUSHER, FINDER), 1, 2),
    "salt": ("", (PUSHER,), 1, 1),
    "grace": ("", (PUSHER,), 1, 1),
    "drop": ("", (PUSHER,), 1, 1),
    "age": ("", (PUSHER,), 1, 2),
    # Who looks for what it found is safe without it; the others read what is no more.
    "order": ("found", (FINDER,), 1, 2),
    "in force": ("", (PUSHER,), 2, 1),
}
"""Where each rule is needed: what else is left out, who writes, collectors and jumps."""


def needed(rule: str) -> tuple[Model, Model]:
    """The smallest world in which a rule matters, with it and without it."""
    other, writers, collectors, jumps = CASES[rule]
    passes = (Collector(2), Collector(1))[:collectors]
    hours = JUMPS[2:] if len(writers) > 1 else JUMPS
    start = State(jumps, (CAP, CAP, None, None), (), frozenset(), writers, passes)
    kept = frozenset(RULES) - {other}
    models = Model(kept, hours), Model(kept - {rule}, hours)
    for model in models:
        model.run(start)
    return models


def run(without: str | None = None, jumps: int = 2, *, first: bool = False) -> Model:
    model = Model(frozenset(RULES) - {without})
    for start in starts(jumps):
        model.run(start, first=first)
    return model


def main(jumps: str = "2") -> None:
    """Prints, for each rule that is left out, how many states there are and how many lose."""
    for rule in (None, *RULES):
        model = run(rule, int(jumps))
        print(f"without {rule or 'none':8} {model.states:9,} states {model.losses:8,} lose")


if __name__ == "__main__":
    main(*sys.argv[1:])
