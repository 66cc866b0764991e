"""A small model of projections onto one branch of lakeFS, run through every schedule.

It knows nothing of the code. Runs of one pipeline are published one after another, each by a
process that then projects it; other processes do the same again (`wombat lakefs sync`, a job that
is tried again), and somebody else commits to the same branch. Every step of everybody may come at
any time, and be the last one of its process. lakeFS is a graph of commits, branches with what is
not yet committed on them, and its merge by paths.

A schedule loses if the target branch ever holds anything but the whole of one run, if it holds an
older run's after a newer one's projection ended well, if what somebody else committed is gone, or
if one more `sync`, undisturbed, doesn't end with what the ref says and with no branch left behind.
Whoever is killed takes no more steps: that is every schedule in which somebody stops.

    python -m tests.lakefs.faults.model
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES: Final = {
    "record": "a projection writes the record, which names the ref's number",
    "number": "where the record names another number it is written anew, though no file differs",
    "relook": "the ref is looked at again once the branch stands, before the merge",
    "run": "the ref's number says who is overtaken: a run that is promoted comes back",
    "whole": "the commit is compared with what is wanted before the merge",
    "commit": "what is merged is the commit that was compared, not what the branch is by then",
    "anew": "a branch is made anew where the target changed since it began",
}
TRIES: Final = 2


class Tree(NamedTuple):
    """What stands at four paths; a run's own files are `a` and `b`, `x` is somebody else's."""

    record: tuple[int, int]
    a: str
    b: str
    x: int


class Commit(NamedTuple):
    tree: Tree
    parents: tuple[int, ...]
    ancestors: frozenset[int]
    """Itself, too."""


class Branch(NamedTuple):
    head: int
    tree: Tree
    """With what isn't committed."""


class Process(NamedTuple):
    run: str
    publishes: bool
    at: str = "start"
    number: int = -1
    """The ref's, as it was when it began."""
    others: frozenset[str] = frozenset()
    head: int = -1
    """The target's commit that it saw."""
    mine: int = -1
    """The commit that it compared."""
    tries: int = 0


class State(NamedTuple):
    ref: tuple[str, ...]
    target: int
    branches: tuple[tuple[str, Branch], ...]
    processes: tuple[Process, ...]
    settled: int = -1
    """The highest number of the ref whose projection ended well."""
    foreign: int = 0
    """Commits that somebody else will still make."""


@dataclass
class Model:
    """`wanted`: what each run's files are."""

    wanted: dict[str, tuple[str, str]]
    rules: frozenset[str] = frozenset(RULES)
    foreign: int = 0
    """Somebody else's commits in all."""
    states: int = 0
    losses: list[str] = field(default_factory=list)
    _commits: list[Commit] = field(default_factory=list)
    _numbers: dict[tuple[Tree, tuple[int, ...], str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._repaired = cache(self._synced)

    def run(self, start: State, *, first: bool = False) -> None:
        """Every state that can be reached, once; losing ones aren't gone on from."""
        seen, waiting = {start}, [start]
        while waiting and not (first and self.losses):
            state = waiting.pop()
            self.states += 1
            if loss := self.loses(state):
                self.losses.append(loss)
                continue
            for following in self.steps(state):
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)

    def start(self, world: World) -> State:
        """The target holds the projection of what the ref says."""
        target = self.commit(Tree((0, 0), *self.wanted[world.holds], 0), (), world.holds)
        return State(world.ref, target, (), world.processes, foreign=world.foreign)

    # What goes wrong

    def loses(self, s: State) -> str:
        tree = self._commits[s.target].tree
        held = (tree.a, tree.b)
        runs = s.ref[max(s.settled, 0) :]
        if s.settled < 0:
            runs = tuple(self.wanted)
        if held not in {self.wanted[run] for run in runs}:
            return "mixed or older"
        if tree.x + s.foreign != self.foreign:
            return "somebody else's"
        return self._repaired(s.ref, s.target, s.branches, tree.x) if s.ref else ""

    def _synced(
        self, ref: tuple[str, ...], target: int, branches: tuple[tuple[str, Branch], ...], x: int
    ) -> str:
        """What one more sync, alone, leaves wrong."""
        s = State(ref, target, branches, (Process(ref[-1], publishes=False),))
        while s.processes[0].at not in ENDS:
            (s,) = self.steps(s)
        tree = self._commits[s.target].tree
        if s.processes[0].at != "done":
            return f"sync ends with {s.processes[0].at}"
        if (tree.a, tree.b) != self.wanted[ref[-1]]:
            return "sync leaves something else"
        if tree.x != x:
            return "sync takes what is somebody else's"
        return "sync leaves a branch" if s.branches else ""

    # Steps

    def steps(self, s: State) -> Iterator[State]:
        for place, process in enumerate(s.processes):
            if process.at in ENDS or (process.at == "start" and not self.may(s, process)):
                continue
            new, p = getattr(self, f"_{process.at}")(s, process)
            yield new._replace(processes=(*s.processes[:place], p, *s.processes[place + 1 :]))
        if s.foreign:
            tree = self._commits[s.target].tree
            made = self.commit(tree._replace(x=tree.x + 1), (s.target,), "somebody")
            yield s._replace(target=made, foreign=s.foreign - 1)

    def may(self, s: State, p: Process) -> bool:
        """Runs are published in their order; who does it again comes after its run's first time."""
        if not p.publishes:
            return p.run in s.ref
        return next(o for o in s.processes if o.publishes and o.at == "start") is p

    def _start(self, s: State, p: Process) -> tuple[State, Process]:
        """Who does it again reads the ref, and goes on with what it read."""
        if p.publishes:
            s = s._replace(ref=(*s.ref, p.run))
        elif s.ref[-1] != p.run:
            return s, over(p)
        return s, p._replace(at="look", number=len(s.ref) - 1)

    def _look(self, s: State, p: Process) -> tuple[State, Process]:
        if self.overtaken(s, p):
            return s, over(p)
        others = frozenset(run for run, _ in s.branches) - {p.run}
        return s, p._replace(at="head", others=others)

    def _head(self, s: State, p: Process) -> tuple[State, Process]:
        p = p._replace(head=s.target)
        tree = self._commits[s.target].tree
        same = (tree.a, tree.b) == self.wanted[p.run]
        if same and (tree.record[0] == p.number or "number" not in self.rules):
            return s, p._replace(at="drop")
        return s, p._replace(at="branch")

    def overtaken(self, s: State, p: Process) -> bool:
        return s.ref[-1] != p.run or (len(s.ref) - 1 != p.number and "run" in self.rules)

    def _branch(self, s: State, p: Process) -> tuple[State, Process]:
        """Goes on with a branch that is there, unless it would conflict."""
        found = dict(s.branches).get(p.run)
        if found is None:
            tree = self._commits[p.head].tree
            return self.put(s, p.run, Branch(p.head, tree)), p._replace(at="files")
        base = self.base(found.head, p.head)
        if "anew" in self.rules and self.ours(base) != self.ours(p.head):
            return self.put(s, p.run, None), p._replace(at="made")
        return s, p._replace(at="files")

    def _made(self, s: State, p: Process) -> tuple[State, Process]:
        if p.run in dict(s.branches):
            return s, again(p)
        return self._branch(s, p)

    def _files(self, s: State, p: Process) -> tuple[State, Process]:
        found = dict(s.branches).get(p.run)
        if found is None:
            return s, again(p)
        a, b = self.wanted[p.run]
        tree = found.tree._replace(a=a, b=b)
        return self.put(s, p.run, found._replace(tree=tree)), p._replace(at="record")

    def _record(self, s: State, p: Process) -> tuple[State, Process]:
        found = dict(s.branches).get(p.run)
        if found is None:
            return s, again(p)
        if "record" not in self.rules:
            return s, p._replace(at="commit")
        tree = found.tree._replace(record=self.record(p))
        return self.put(s, p.run, found._replace(tree=tree)), p._replace(at="commit")

    def record(self, p: Process) -> tuple[int, int]:
        number, count = self._commits[p.head].tree.record
        return p.number, count + 1 if number == p.number else 0

    def _commit(self, s: State, p: Process) -> tuple[State, Process]:
        """What is on the branch by now; a commit never changes, so that it is compared at once."""
        found = dict(s.branches).get(p.run)
        if found is None:
            return s, again(p)
        head = found.head
        if self._commits[head].tree != found.tree:
            head = self.commit(found.tree, (head,), p.run)
        s = self.put(s, p.run, Branch(head, found.tree))
        record = self.record(p) if "record" in self.rules else found.tree.record
        if "whole" in self.rules and self.ours(head) != (record, *self.wanted[p.run]):
            return s, again(p)
        return s, p._replace(at="relook" if "relook" in self.rules else "merge", mine=head)

    def _relook(self, s: State, p: Process) -> tuple[State, Process]:
        if self.overtaken(s, p):
            return self.put(s, p.run, None), over(p)
        return s, p._replace(at="merge")

    def _merge(self, s: State, p: Process) -> tuple[State, Process]:
        source = p.mine
        if "commit" not in self.rules:
            found = dict(s.branches).get(p.run)
            if found is None:
                return s, again(p)
            source = found.head
        if source not in self._commits[s.target].ancestors:
            merged = self.merged(source, s.target)
            if merged is None:
                return s, again(p)
            s = s._replace(target=self.commit(merged, (s.target, source), p.run))
        if self.ours(s.target) != self.ours(p.mine):
            return s, again(p)
        return s, p._replace(at="drop")

    def _drop(self, s: State, p: Process) -> tuple[State, Process]:
        """From here on it has ended well."""
        s = s._replace(settled=max(s.settled, p.number))
        if self.overtaken(s, p):
            return s, p._replace(at="done", others=frozenset(), head=-1, mine=-1, tries=0)
        return self.put(s, p.run, None), p._replace(at="sweep")

    def _sweep(self, s: State, p: Process) -> tuple[State, Process]:
        for other in p.others:
            s = self.put(s, other, None)
        return s, p._replace(at="done", others=frozenset(), head=-1, mine=-1, tries=0)

    # lakeFS

    def put(self, s: State, run: str, branch: Branch | None) -> State:
        found = dict(s.branches)
        found.pop(run, None)
        if branch is not None:
            found[run] = branch
        return s._replace(branches=tuple(sorted(found.items())))

    def commit(self, tree: Tree, parents: tuple[int, ...], who: str) -> int:
        """The same commit by the same run is the same: its time has no more than seconds."""
        key = (tree, parents, who)
        if key not in self._numbers:
            self._numbers[key] = len(self._commits)
            before = (self._commits[one].ancestors for one in parents)
            self._commits.append(
                Commit(tree, parents, frozenset({self._numbers[key]}).union(*before))
            )
        return self._numbers[key]

    def base(self, left: int, right: int) -> int:
        shared = self._commits[left].ancestors & self._commits[right].ancestors
        return max(shared, key=lambda one: len(self._commits[one].ancestors))

    def merged(self, source: int, target: int) -> Tree | None:
        """By paths, from the nearest commit that both come from; None for a conflict."""
        ours, theirs = self._commits[source], self._commits[target]
        base = self._commits[self.base(source, target)]
        tree = []
        for was, here, there in zip(base.tree, ours.tree, theirs.tree, strict=True):
            if was != here and was != there and here != there:
                return None
            tree.append(here if here != was else there)
        return Tree(*tree)

    def ours(self, commit: int) -> tuple[tuple[int, int], str, str]:
        tree = self._commits[commit].tree
        return tree.record, tree.a, tree.b


ENDS: Final = ("done", "over", "failed")


def again(p: Process) -> Process:
    """From the beginning, with a look at the ref."""
    at = "failed" if p.tries + 1 == TRIES else "look"
    return Process(p.run, p.publishes, at, p.number, tries=p.tries + 1)


def over(p: Process) -> Process:
    return Process(p.run, p.publishes, "over", p.number)


class World(NamedTuple):
    """What the target holds at first, what the ref says, who does what, and others' commits."""

    holds: str
    ref: tuple[str, ...]
    processes: tuple[Process, ...]
    foreign: int = 0


def publish(run: str) -> Process:
    return Process(run, publishes=True)


def sync(run: str) -> Process:
    return Process(run, publishes=False)


WANTED: Final = {"0": ("0", "0"), "A": ("A", "0"), "B": ("0", "B"), "C": ("0", "0")}
"""A and B together would be a mixture; C goes back to what stood there first."""
WORLDS: Final = {
    "the newer one twice": World("0", ("0",), (publish("A"), publish("B"), sync("B"))),
    "three runs": World("0", ("0",), (publish("A"), publish("B"), publish("C"))),
    "back to what stood there": World("0", ("0",), (publish("A"), sync("A"), publish("C"))),
    "promoted there and back": World("0", ("0",), (publish("A"), publish("B"), publish("A"))),
}
LONG: Final = {
    "one twice, and somebody else": World("0", ("0",), (publish("A"), sync("A"), publish("B")), 1),
    "back, and somebody else": World("0", ("0",), (publish("A"), sync("A"), publish("C")), 1),
    "an older one is promoted": World("B", ("B",), (publish("A"), publish("B"), sync("B")), 1),
}
CASES: Final = {
    "record": "three runs",
    "number": "back to what stood there",
    "relook": "three runs",
    "run": "an older one is promoted",
    "whole": "the newer one twice",
    "commit": "one twice, and somebody else",
    "anew": "three runs",
}
"""Where each rule is needed."""


def explore(world: str, without: str = "", *, first: bool = False) -> Model:
    chosen = {**WORLDS, **LONG}[world]
    model = Model(WANTED, frozenset(RULES) - {without}, foreign=chosen.foreign)
    model.run(model.start(chosen), first=first)
    return model


def main() -> None:
    """Prints, for each rule that is left out, in which worlds schedules lose."""
    for rule in ("", *RULES):
        for name in (*WORLDS, *LONG):
            model = explore(name, rule)
            kinds = ", ".join(sorted(set(model.losses)))
            print(
                f"without {rule or 'none':8} {name:40} {model.states:8,} states "
                f"{len(model.losses):6,} lose  {kinds}",
                flush=True,
            )


if __name__ == "__main__":
    main()
