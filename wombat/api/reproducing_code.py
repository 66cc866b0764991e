"""The code and files with which an earlier run's task is done again: this checkout's, or git's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wombat.api.checked_out import checked_out
from wombat.errors import CheckFailed, StoreDamaged
from wombat.executor.context import context_of
from wombat.executor.drift import check_code
from wombat.executor.sources import content_in_checkout
from wombat.plan.ir import FileSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import ExitStack
    from pathlib import Path

    from wombat.api.session import Session
    from wombat.executor.context import Context
    from wombat.plan.ir import Task
    from wombat.store import Store


@dataclass
class Trees:
    """The folders that were checked out, each once; they go with `stack`."""

    session: Session
    stack: ExitStack
    _commits: dict[str, Path | None] = field(default_factory=dict)

    def context(self, store: Store, header: Mapping[str, object], task: str) -> tuple[Context, str]:
        """The run's context at a root where its code and files are what they were, and in words
        which one that is: git's at its commit where it ran in a clean checkout, unless the checkout
        is just that. StoreDamaged `code-lost`, `inputs-lost` where neither fits."""
        faults = []
        for root, said in self._places(header):
            context = context_of(root, store, header)
            fault = _unfit(context, context.plan.task(task))
            if fault is None:
                return context, said
            faults.append((fault, said))
        raise _lost(str(header["run"]), faults)

    def _places(self, header: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
        around, root = self.session.surroundings, self.session.root
        commit = str(header.get("commit") or "")
        dirty = bool(header.get("dirty")) or not commit
        if dirty or (commit == around.commit and not around.dirty):
            yield (
                root,
                "this checkout"
                + (
                    ", whose code is the same: it ran in one with changes"
                    if dirty and commit
                    else ""
                ),
            )
        if commit and (there := self._at(commit)) is not None:
            yield there, f"commit {commit[:12]}, in a folder of its own"
        if not dirty:
            yield root, "this checkout, whose code is the same"

    def _at(self, commit: str) -> Path | None:
        if commit not in self._commits:
            found = self.stack.enter_context(checked_out(self.session.root, commit))
            self._commits[commit] = found
        return self._commits[commit]


def _unfit(context: Context, task: Task) -> CheckFailed | None:
    """What of a task's code, else of its files, isn't what the run had."""
    try:
        check_code(context, task, f"{context.pipeline}/{task.name}")
        for one in task.inputs:
            if isinstance(one.source, FileSource):
                _same_file(context, one.source.path)
    except CheckFailed as fault:
        return fault
    return None


def _same_file(context: Context, path: str) -> None:
    if content_in_checkout(context.root / path) != context.header["files"].get(path):
        raise CheckFailed(f"'{path}' has another content", code="file-changed")


def _lost(run: str, faults: list[tuple[CheckFailed, str]]) -> StoreDamaged:
    """Of the place that came nearest: one where only a file differs."""
    fault, said = next((one for one in faults if one[0].code == "file-changed"), faults[0])
    lost = "inputs-lost" if fault.code == "file-changed" else "code-lost"
    return StoreDamaged(
        f"run {run} can't be done again: in {said.partition(',')[0]}, {fault.message}",
        code=lost,
        hint="git fetch brings commits that aren't here; what no commit has must be put back",
    )
