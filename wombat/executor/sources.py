"""Where a part's inputs are: this run's attempts, files of the checkout, pinned artifacts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from wombat.errors import CheckFailed, Conflict, StoreDamaged
from wombat.executor.context import shown
from wombat.executor.copying import copy_file
from wombat.executor.outside.identity import content_digest, file_name
from wombat.executor.reuse.frozen import reused
from wombat.language.label import is_label
from wombat.plan.ir import ArtifactSource, FileSource, UrlSource
from wombat.plan.keys import arriving
from wombat.store import content_of
from wombat.store.records import Artifact
from wombat.store.tree import BadPath, check_path, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from wombat.digest import Digest
    from wombat.executor.context import Context
    from wombat.plan.ir import Input, Part, Task, TaskSource
    from wombat.store import AttemptRecord

Content: TypeAlias = "Digest | dict[str, Digest]"


@dataclass(frozen=True, slots=True)
class Located:
    """An input's data: an artifact, one for each part by label, a file of the checkout,
    or a source by what the header observed.

    `records` say what is known of each artifact: its stamp, its rows.
    """

    input: Input
    type: str
    path: str | None = None
    artifact: Artifact | None = None
    parts: tuple[tuple[Part, Artifact], ...] | None = None
    observed: Digest | None = None
    records: tuple[Mapping[str, Any], ...] = ()

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
    if isinstance(one.source, UrlSource):
        seen = context.header["sources"][one.source.url]
        observed = content_digest(one.source.url, seen)
        if one.source.projected:
            told = seen["artifact"]
            path = _file_name(told.get("path"), one.source.url)
            return Located(one, told["type"], path, observed=observed)
        return Located(one, one.type, file_name(one.source.url), observed=observed)
    if isinstance(one.source, ArtifactSource):
        pinned = context.header["artifacts"][one.source.address]
        artifact = Artifact.from_json(pinned)
        path = _file_name(pinned.get("path"), one.source.address)
        kind = arriving(one, context.header["artifacts"])
        return Located(one, kind, path, artifact=artifact, records=(pinned,))
    consumer = shown(context.pipeline, task.name, part)
    producer = context.plan.task(one.source.task)
    path = producer.output(one.source.output).path
    parts = context.plan.producers(part, one)
    _check_labels(parts, consumer)
    made = _released if task.effect else _made
    if one.collect is None:
        record = made(context, one.source, parts[0] if parts else None, consumer)
        artifact = Artifact.from_json(record)
        return Located(one, one.type, path, artifact=artifact, records=(record,))
    gathered = sorted(parts, key=lambda each: each.label)
    records = tuple(made(context, one.source, each, consumer) for each in gathered)
    found = tuple(zip(gathered, map(Artifact.from_json, records), strict=True))
    return Located(one, one.type, path, parts=found, records=records)


def _check_labels(parts: Iterable[Part], consumer: str) -> None:
    """A label becomes a step of a path, and the plan came out of the store."""
    for one in parts:
        if not is_label(one.label):
            raise StoreDamaged(
                f"the run of {consumer} has a part with the label {one.label[:80]!r}"
            )


def _file_name(path: Any, address: str) -> str | None:
    """A record's file name, which must be one: others wrote it, and it becomes a path here."""
    if path is None:
        return None
    if isinstance(path, str) and "/" not in path:
        with suppress(BadPath):
            return check_path(path)
    raise StoreDamaged(
        f"the record of '{address}' names its file {str(path)[:80]!r}; expected one name"
    )


def _made(
    context: Context, source: TaskSource, part: Part | None, consumer: str
) -> Mapping[str, Any]:
    """What the header relies on, else what the newest done attempt of this run wrote; with `borrow`
    else the branch's head."""
    label = part.label if part else None
    if (kept := reused(context.header, (source.task, label))) is not None:
        found: Mapping[str, Any] = kept.record["outputs"][source.output]
        return found
    if (mine := context.made.get((source.task, label))) is not None:
        own: Mapping[str, Any] = mine["outputs"][source.output]
        return own
    attempts = context.store.attempts(context.pipeline, context.run, source.task, label)
    if (newest := _newest(attempts, label)) is not None:
        record: Mapping[str, Any] = newest.record["outputs"][source.output]
        return record
    producer = shown(context.pipeline, source.task, part)
    if context.borrow and (held := context.published(source.task, source.output, part)):
        return held
    raise Conflict(
        f"{consumer} needs '{source.output}' of {producer}, which has no complete attempt in run "
        f"{context.run}",
        code="input-not-ready",
        hint=f"run {producer} first",
    )


def _released(
    context: Context,
    source: TaskSource,
    part: Part | None,
    consumer: str,  # noqa: ARG001  # as `_made`
) -> Mapping[str, Any]:
    """What the run published: an effect must not tell the world of a later attempt's."""
    value: Mapping[str, Any] = context.released[f"{source.task}.{source.output}"]
    return value["parts"][part.label] if part else value


def _newest(attempts: list[AttemptRecord], label: str | None) -> AttemptRecord | None:
    done = [one for one in attempts if one.done and one.part == label]
    return max(done, key=lambda one: one.attempt, default=None)


def _file(context: Context, one: Input, path: str) -> Located:
    """A file of the checkout, with the content that the header observed."""
    if path not in context.header["files"]:
        raise _changed(context, path)
    name = (context.root / path).name
    return Located(one, one.type, name, observed=context.header["files"][path])


def copy_from_checkout(context: Context, path: str, folder: Path) -> None:
    """A file, or all files below a folder, as a task's own: it may write to them.

    The copy is what is compared, so that nothing changes in between. CheckFailed `file-changed`.
    """
    source = context.root / path
    if not source.exists():
        raise _gone(source)
    for found in walk(source):
        target = folder / found.path
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_file(found.place, target)
    copied = folder if source.is_dir() else folder / source.name
    if content_of(copied) != context.header["files"].get(path):
        raise _changed(context, path)


def _changed(context: Context, path: str) -> CheckFailed:
    return CheckFailed(
        f"'{path}' isn't what it was when run {context.run} began; expected the same content",
        code="file-changed",
        hint="start a new run",
    )


def _gone(path: Path) -> CheckFailed:
    return CheckFailed(f"'{path.name}' is gone from the checkout", code="file-changed")


def content_in_checkout(path: Path) -> Digest:
    """The content digest that a file or folder has as an artifact; CheckFailed where it is gone."""
    if not path.exists():
        raise _gone(path)
    return content_of(path, lasting=True)


def contents(located: tuple[Located, ...]) -> dict[str, Any]:
    found: Mapping[str, Content] = {one.input.name: one.content for one in located}
    return dict(found)
