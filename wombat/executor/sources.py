"""Where a part's inputs are: this run's attempts, files of the checkout, pinned artifacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from wombat.errors import CheckFailed, Conflict
from wombat.executor.context import shown
from wombat.plan.ir import ArtifactSource, FileSource
from wombat.store import content_of
from wombat.store.records import Artifact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wombat.digest import Digest
    from wombat.executor.context import Context
    from wombat.plan.ir import Input, Part, Task, TaskSource
    from wombat.store import AttemptRecord

Content: TypeAlias = "Digest | dict[str, Digest]"


@dataclass(frozen=True, slots=True)
class Located:
    """An input's data: an artifact, one for each part by label, or a file of the checkout."""

    input: Input
    type: str
    path: str | None = None
    artifact: Artifact | None = None
    parts: tuple[tuple[Part, Artifact], ...] | None = None
    file: Path | None = None
    observed: Digest | None = None

    @property
    def content(self) -> Content:
        """What the record says that was read: one digest, or one a label."""
        if self.parts is not None:
            return {part.label: artifact.content for part, artifact in self.parts}
        if self.artifact is not None:
            return self.artifact.content
        if self.observed is not None:
            return self.observed
        raise AssertionError("an input has one of three sources")


def locate(context: Context, task: Task, part: Part | None) -> tuple[Located, ...]:
    """Every input of a part. Conflict `input-not-ready`, CheckFailed `file-changed`."""
    return tuple(_locate(context, task, part, one) for one in task.inputs)


def _locate(context: Context, task: Task, part: Part | None, one: Input) -> Located:
    if isinstance(one.source, FileSource):
        return _file(context, one, one.source.path)
    if isinstance(one.source, ArtifactSource):
        pinned = context.header["artifacts"][one.source.address]
        artifact = Artifact.from_json(pinned)
        return Located(one, pinned.get("type") or one.type, pinned.get("path"), artifact=artifact)
    consumer = shown(context.pipeline, task.name, part)
    producer = context.plan.task(one.source.task)
    path = producer.output(one.source.output).path
    parts = context.plan.producers(part, one)
    if one.collect is None:
        first = parts[0] if parts else None
        artifact = _made(context, one.source, first, consumer)
        return Located(one, one.type, path, artifact=artifact)
    gathered = sorted(parts, key=lambda each: each.label)
    found = tuple((each, _made(context, one.source, each, consumer)) for each in gathered)
    return Located(one, one.type, path, parts=found)


def _made(context: Context, source: TaskSource, part: Part | None, consumer: str) -> Artifact:
    """What the newest done attempt of this run wrote; with `borrow` else the branch's head."""
    label = part.label if part else None
    attempts = context.store.attempts(context.pipeline, context.run, source.task, label)
    if (newest := _newest(attempts, label)) is not None:
        return Artifact.from_json(newest.record["outputs"][source.output])
    producer = shown(context.pipeline, source.task, part)
    if context.borrow and (kept := context.published(source.task, source.output, part)):
        return kept
    raise Conflict(
        f"{consumer} needs '{source.output}' of {producer}, which has no complete attempt in run "
        f"{context.run}",
        code="input-not-ready",
        hint=f"run {producer} first",
    )


def _newest(attempts: list[AttemptRecord], label: str | None) -> AttemptRecord | None:
    done = [one for one in attempts if one.done and one.part == label]
    return max(done, key=lambda one: one.attempt, default=None)


def _file(context: Context, one: Input, path: str) -> Located:
    """A file as it is in the checkout, which must be what the header observed."""
    file = context.root / path
    observed = content_in_checkout(file)
    if observed != context.header["files"].get(path):
        raise CheckFailed(
            f"'{path}' isn't what it was when run {context.run} began; expected the same content",
            code="file-changed",
            hint="start a new run",
        )
    return Located(one, one.type, file.name, file=file, observed=observed)


def content_in_checkout(path: Path) -> Digest:
    """The content digest that a file or folder has as an artifact; CheckFailed where it is gone."""
    if not path.exists():
        raise CheckFailed(f"'{path.name}' is gone from the checkout", code="file-changed")
    return content_of(path)


def contents(located: tuple[Located, ...]) -> dict[str, Any]:
    found: Mapping[str, Content] = {one.input.name: one.content for one in located}
    return dict(found)
