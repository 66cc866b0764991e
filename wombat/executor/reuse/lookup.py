"""A part that begins: whether a result of its key serves it, and what judging that anew takes."""

from __future__ import annotations

import shutil
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import Absent, StoreDamaged, StoreUnreachable
from wombat.executor.reuse.serving import choose, keys_of_results
from wombat.store.records import Artifact

if TYPE_CHECKING:
    from wombat.digest import Digest
    from wombat.executor.context import Context
    from wombat.executor.reuse.serving import Served
    from wombat.plan.ir import Part, Task

CANDIDATES: Final = 8
"""Results of one key that are looked at: the same was made by several machines at once."""
_KEPT_IN: Final = frozenset(("model",))
"""Artifact types that are kept in the format that was asked for; others have one of their own."""
_AS_WRITTEN: Final = frozenset(("dialect", "encoding"))
"""Options that say how a task writes its files; what is kept is in our own dialect and UTF-8."""


def find_served(context: Context, task: Task, part: Part | None, key: Digest) -> Served | None:
    """The result that serves a part of this key; None where it has to run: effects, volatile tasks,
    and what the run was asked to make anew."""
    if task.effect or task.volatile or task.name in context.header.get("anew", ()):
        return None
    if (task.name, part.label if part else None) in context.fruitless:
        return None
    store, found = context.store, {}
    for at in keys_of_results(context.plan, task, key, context.profile):
        found[at] = list(islice(store.find_results(at), CANDIDATES))
        served = choose(context.plan, task, key, context.profile, found)
        if served is not None and not served.judge:
            return served
    return choose(context.plan, task, key, context.profile, found)


def ready_to_judge(context: Context, task: Task, served: Served, request: dict[str, Any]) -> bool:
    """Fetches what a result made to where the task would have written it, and makes the request one
    that only judges. False where something of it is gone or damaged: then the task runs."""
    folders = {one.name: Path(request["outputs"][one.name]["folder"]) for one in task.outputs}
    try:
        for name, folder in folders.items():
            context.store.fetch_tree(Artifact.from_json(served.result["outputs"][name]), folder)
    except (StoreDamaged, StoreUnreachable, Absent):
        for folder in folders.values():
            shutil.rmtree(folder, ignore_errors=True)
        return False
    for name, made in request["outputs"].items():
        made["library"] = served.result["outputs"][name].get("library")
        if made["type"] not in _KEPT_IN:
            made["format"] = None
        made["options"] = {k: v for k, v in made["options"].items() if k not in _AS_WRITTEN}
    request["kind"] = "judge"
    return True
