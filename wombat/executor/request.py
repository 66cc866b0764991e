"""What a worker is asked to do: inputs fetched into a scratch folder, everything else as data."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from wombat.data.stats import ROOM
from wombat.executor.context import shown, step
from wombat.executor.earlier import earlier_stats
from wombat.executor.environment import of_task
from wombat.executor.outside.fetch import fetch_source
from wombat.executor.sources import copy_from_checkout
from wombat.executor.trust import told_at, trust
from wombat.plan.ir import FileSource, TaskSource, UrlSource
from wombat.plan.keys import arguments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from wombat.executor.context import Context
    from wombat.executor.sources import Located
    from wombat.plan.ir import Output, Part, Plan, Task


def make_request(
    context: Context,
    task: Task,
    part: Part | None,
    located: Iterable[Located],
    *,
    scratch: Path,
    log: Path | None,
) -> dict[str, Any]:
    """The request for one part; fetches its inputs below `scratch`. All paths are absolute."""
    plan = context.plan
    own = scratch / "scratch"
    own.mkdir()
    return {
        "kind": task.kind,
        "run": task.run,
        "argv": list(task.argv),
        "script": task.script,
        "shown": shown(plan.pipeline, task.name, part),
        "at": _place(plan, task),
        "root": str(context.root),
        "env": _environment(context, task, part, own),
        "log": None if log is None else str(log),
        "profile": context.profile,
        "params": context.params,
        "foreach": dict(part.values) if part else {},
        "arguments": arguments(task, part, context.params),
        "schemas": _schemas(plan, task),
        "places": plan.places,
        "policies": plan.policies,
        "local": context.header.get("event") == "local",
        "show_values": context.show_values,
        "inputs": {
            one.input.name: {
                **_input(context, part, one, scratch),
                "trust": trust(context, task, one),
                "told": told_at(context, task, one),
            }
            for one in located
        },
        "outputs": {one.name: _output(context, task, part, one, scratch) for one in task.outputs},
    }


def _environment(context: Context, task: Task, part: Part | None, own: Path) -> dict[str, str]:
    return of_task(
        {},
        declared=task.env,
        scratch=str(own),
        pipeline=context.plan.pipeline,
        task=task.name,
        run=context.run,
        part=part.label if part else None,
    )


def _output(
    context: Context, task: Task, part: Part | None, one: Output, scratch: Path
) -> dict[str, Any]:
    return {
        "name": one.name,
        "type": one.type,
        "schema": one.schema,
        "path": one.path,
        "format": one.format,
        "options": one.options,
        "policies": one.policies,
        "folder": str(scratch / f"output.{one.name}"),
        "rejects": str(scratch / f"rejected.{one.name}"),
        "earlier": earlier_stats(context, task, one, part),
        "room": ROOM // max(1, len(task.parts)),
    }


def _place(plan: Plan, task: Task) -> str:
    at = task.outputs[0].at if task.outputs else task.at
    return f"{plan.source}:{at.line}:{at.column}"


def _schemas(plan: Plan, task: Task) -> dict[str, Any]:
    names = {*(one.schema for one in task.inputs), *(one.schema for one in task.outputs)}
    return {name: plan.schemas[name] for name in sorted(n for n in names if n is not None)}


def _input(context: Context, part: Part | None, one: Located, scratch: Path) -> dict[str, Any]:
    folder = scratch / f"input.{one.input.name}"
    given = {
        "name": one.input.name,
        "type": one.type,
        "schema": one.input.schema,
        "collect": one.input.collect,
        "options": one.input.options,
        "policies": one.input.policies,
        "path": one.path,
        "parts": None,
    }
    folder.mkdir()
    if isinstance(one.input.source, FileSource):
        copy_from_checkout(context, one.input.source.path, folder)
        return given | {"folder": str(folder)}
    if isinstance(one.input.source, UrlSource):
        url = one.input.source.url
        came = fetch_source(url, context.header["sources"][url], folder)
        return given | {"folder": str(folder), "source": came}
    if one.artifact is not None:
        context.store.fetch_tree(one.artifact, folder, fresh=True)
        return given | {"folder": str(folder)}
    parts = {}
    keys = _collected(context.plan, part, one)
    for each, artifact in one.parts or ():
        target = folder / step(each.label)
        target.mkdir()
        context.store.fetch_tree(artifact, target, fresh=True)
        values = {key: each.values[key] for key in keys}
        parts[each.label] = {"folder": str(target), "values": values}
    return given | {"folder": str(folder), "parts": parts}


def _collected(plan: Plan, part: Part | None, one: Located) -> tuple[str, ...]:
    """The foreach keys that vary over the parts: the producer's that the consumer hasn't."""
    source = one.input.source
    if not isinstance(source, TaskSource):
        return ()
    mine = part.values if part else {}
    return tuple(key for key in plan.task(source.task).foreach if key not in mine)


def sources_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """What a record says of each source that was fetched, by input: {"sources": …}, or nothing."""
    inputs = request["inputs"].items()
    found = {name: one["source"] for name, one in inputs if "source" in one}
    return {"sources": found} if found else {}


def bytes_below(folder: Path) -> int:
    """The size of all files below a folder."""
    return sum(size for _, size in entries_below(str(folder)))


def entries_below(folder: str) -> Iterator[tuple[str, int]]:
    """The path of each file and folder below one, and its size, which is 0 for folders."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield entry.path, 0
                yield from entries_below(entry.path)
            else:
                yield entry.path, entry.stat(follow_symlinks=False).st_size
