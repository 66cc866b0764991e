"""Which code of a task differs: functions by name where the plan knows them, else files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.plan.causes.work import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.plan.causes.work import Work
    from wombat.plan.ir import Piece, Plan, Task


def code_causes(then: Work, now: Work) -> Iterator[Cause]:
    """At least one where the digests differ; none where they don't."""
    before, after = then.tree["code"], now.tree["code"]
    if before == after:
        return
    told = [*_said(then.task, now.task), *_pieces(then, now)]
    if not told and before["version"] == after["version"]:
        told = list(_files(then, now))
    if not told:
        told = [Cause("code", "", str(before["version"]), str(after["version"]))]
    yield from told


def reached(plan: Plan, task: Task) -> dict[str, Piece]:
    """All pieces of code that a task reaches, by name."""
    found: dict[str, Piece] = {}
    waiting = list(task.code.roots)
    while waiting:
        name = waiting.pop()
        if name not in found and name in plan.code:
            found[name] = plan.code[name]
            waiting.extend(plan.code[name].uses)
    return found


def _said(then: Task, now: Task) -> Iterator[Cause]:
    """What the pipeline itself says is to run."""
    if then.run != now.run:
        yield Cause("command", "run", then.run, now.run)
    if then.script != now.script:
        yield Cause("command", "shell", then.script, now.script)
    if then.argv != now.argv:
        yield Cause("command", "command", list(then.argv), list(now.argv))


def _pieces(then: Work, now: Work) -> Iterator[Cause]:
    """The task's own function first, then what changed, then what came in or went."""
    before, after = reached(then.plan, then.task), reached(now.plan, now.task)
    moved: dict[str, tuple[Piece | None, Piece | None]] = {}
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if (old and old.digest) != (new and new.digest):
            moved[name] = old, new
    own = {*then.task.code.roots, *now.task.code.roots}

    def rank(name: str) -> tuple[bool, bool]:
        return name not in own, None in moved[name]

    told = [name for name in moved if not _told_elsewhere(name, moved)] or list(moved)
    for name in sorted(told, key=rank):
        old, new = moved[name]
        if known := new or old:
            yield Cause("code", name, old and old.digest, new and new.digest, where=known.file)


def _told_elsewhere(name: str, moved: Mapping[str, tuple[Piece | None, Piece | None]]) -> bool:
    """Of the order of a module's imports, and of an import whose name came in or went with what it
    names: both are told by a piece that has a name of its own."""
    old, new = moved[name]
    module, _, word = name.rpartition(":")
    if word == "import":
        return any(not one.endswith(":import") for one in moved)
    piece = new or old
    if piece is None or (old is not None and new is not None):
        return False
    return any(
        one in moved and one.rpartition(":")[2] == word and one.rpartition(":")[0] != module
        for one in piece.uses
    )


def _files(then: Work, now: Work) -> Iterator[Cause]:
    before, after = _bytes(then), _bytes(now)
    for file in sorted(before.keys() | after.keys()):
        if before.get(file) != after.get(file):
            yield Cause("code", "", before.get(file), after.get(file), where=file)


def _bytes(work: Work) -> dict[str, Any]:
    known: Mapping[str, Any] = work.facts.get("code", {}).get("files", {})
    return {file: known.get(file) for file in work.task.code.files}
