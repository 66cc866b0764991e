"""What every task of a run shares: the project, the store, the frozen header and its plan."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from wombat.ci import ref_of
from wombat.errors import DiskFault
from wombat.executor.restore import restore_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from wombat.executor.outcome import TaskReport
    from wombat.executor.units import Unit
    from wombat.plan.ir import Part, Plan
    from wombat.store import RefRecord, Store

WORK: Final = ".wombat"


@dataclass(frozen=True)
class Context:
    """One run. `report` is told of each attempt, done or failed; `borrow` lets inputs whose
    producers didn't run in this run come from the branch's head; `show_values`: what fails checks
    is looked up for whoever watches, and stands in no record, report or log; `fruitless`: parts for
    which no result was found a moment ago."""

    root: Path
    store: Store
    header: Mapping[str, Any]
    plan: Plan
    report: Callable[[TaskReport], None] | None = None
    borrow: bool = False
    show_values: bool = False
    fruitless: frozenset[Unit] = frozenset()
    made: dict[Unit, Mapping[str, Any]] = field(default_factory=dict)
    """The records of parts that this process did, from before they are durable."""
    verified: dict[str, Any] = field(default_factory=dict)
    """Tasks whose code was parsed and found the same, each with its files' state then."""
    _heads: dict[str, RefRecord | None] = field(default_factory=dict)

    @property
    def pipeline(self) -> str:
        return self.plan.pipeline

    @property
    def run(self) -> str:
        return str(self.header["run"])

    @property
    def profile(self) -> str:
        return str(self.header["profile"])

    @property
    def params(self) -> dict[str, Any]:
        return dict(self.header["params"])

    @property
    def head(self) -> RefRecord | None:
        """The record at the head of the run's branch as it was when first asked for."""
        if "head" not in self._heads:
            self._heads["head"] = self.store.head(self.pipeline, *ref_of(self.header["branch"]))
        return self._heads["head"]

    @cached_property
    def _tops(self) -> list[RefRecord]:
        return self.store.tops(self.pipeline, *ref_of(self.header["branch"]))

    def published(self, task: str, output: str, part: Part | None) -> Mapping[str, Any] | None:
        """The record of the same output at the branch's head, or at one of a fork's, where there
        is one."""
        return _output_at(self._tops, f"{task}.{output}", part)

    def earlier(self, task: str, output: str, part: Part | None) -> Mapping[str, Any] | None:
        """As `published`, else at the default branch: what a new version is based on."""
        if (found := self.published(task, output, part)) is not None:
            return found
        return _output_at(self._default_tops, f"{task}.{output}", part)

    @property
    def before(self) -> list[RefRecord]:
        """What the run's branch and then the default one held: the records of earlier versions."""
        return [*self._tops, *self._default_tops]

    @cached_property
    def trusted_before(self) -> list[RefRecord]:
        """What the default branch holds in the zones that this one may read beside its own."""
        branch = self.header.get("default_branch")
        zones = self.store.space.zones()[1:] if branch else ()
        found = (self.store.beside(one).tops(self.pipeline, branch or "") for one in zones)
        return [record for records in found for record in records]

    @cached_property
    def _default_tops(self) -> list[RefRecord]:
        branch = self.header.get("default_branch")
        if not branch or branch == self.header["branch"]:
            return []
        return self.store.tops(self.pipeline, branch, "heads")

    @cached_property
    def released(self) -> Mapping[str, Any]:
        """What this run published, by `task.output`: what its effects read. Raises Absent."""
        found: Mapping[str, Any] = self.store.published(self.pipeline, self.run)["outputs"]
        return found

    def work(self, *steps: str) -> Path:
        """A folder below `.wombat`, made where it is missing, hidden from git."""
        top = self.root / WORK
        top.mkdir(exist_ok=True)
        ignored = top / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n", encoding="utf-8")
        folder = top.joinpath(*steps)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _output_at(tops: list[RefRecord], name: str, part: Part | None) -> Mapping[str, Any] | None:
    value: Mapping[str, Any] | None = next((one.outputs.get(name) for one in tops), None)
    if value is not None and part is not None:
        value = value.get("parts", {}).get(part.label)
    return value if value is not None and "C" in value else None


def open_context(
    root: Path,
    store: Store,
    pipeline: str,
    run: str,
    *,
    report: Callable[[TaskReport], None] | None = None,
) -> Context:
    """The context of a run that has a header; Absent where it has none."""
    header = store.header(pipeline, run)
    return Context(root, store, header, restore_plan(header["plan"]), report)


def context_of(
    root: Path,
    store: Store,
    header: Mapping[str, Any],
    *,
    report: Callable[[TaskReport], None] | None = None,
    borrow: bool = False,
    show_values: bool = False,
) -> Context:
    """The context of a header at hand."""
    plan = restore_plan(header["plan"])
    return Context(root, store, header, plan, report, borrow, show_values)


@contextmanager
def local_disk() -> Iterator[None]:
    """What the operating system refuses becomes DiskFault: a full disk is no bug."""
    try:
        yield
    except OSError as fault:
        raise DiskFault.of(fault) from fault


def shown(pipeline: str, task: str, part: Part | None) -> str:
    """A part as its job is called: `churn/score: [us]`."""
    return f"{pipeline}/{task}" + (f": [{part.label}]" if part else "")


def step(label: str) -> str:
    """A label as one step of a path: `.` and `..` are labels too."""
    return f"={label}" if label.strip(".") == "" else label
