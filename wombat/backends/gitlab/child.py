"""A child pipeline as data: stages, the hidden jobs, then every job in topological order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.backends.gitlab.comments import comments, said_of_reused
from wombat.backends.gitlab.hidden import BASE, GATHER, base, gather_base
from wombat.backends.gitlab.jobs import any_image, body
from wombat.backends.gitlab.nodes import EFFECTS_STAGE, PUBLISH_STAGE, nodes
from wombat.backends.gitlab.pruned import pruned
from wombat.backends.gitlab.stages import EFFECTS, PUBLISH, stage_names
from wombat.emit import Commented

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wombat.backends import Reused, Selection
    from wombat.backends.gitlab.nodes import Node
    from wombat.plan.ir import Plan

UNCHANGED: Final = "wombat/unchanged"
ALWAYS: Final[dict[str, Any]] = {"rules": [{"when": "always"}]}
"""A child's source is its parent, whatever started that: no rule of a usual workflow fits."""


def child(
    plans: Sequence[Plan],
    selection: Selection | None,
    options: Mapping[str, Any],
    workflow: Mapping[str, Any] = ALWAYS,
) -> dict[str, Any]:
    """The jobs of all plans, in one pipeline, but for what a selection knows to be there already.

    Without selection effects are in it always: what a run may do is known when it begins, which is
    later.
    """
    effects = selection is None or selection.effects
    reused = selection.reused if selection else {}
    plans = [pruned(plan, reused.get(plan.pipeline, {})) for plan in plans]
    graphs = [(plan, nodes(plan, options, effects=effects)) for plan in plans]
    kinds = {node.kind for _, graph in graphs for node in graph}
    depths = stage_names(plans)
    names = {**depths, PUBLISH_STAGE: PUBLISH, EFFECTS_STAGE: EFFECTS}
    document = {
        **_included(options),
        "stages": [*depths.values(), PUBLISH, *([EFFECTS] if "effect" in kinds else [])],
        "workflow": workflow,
        BASE: base(options, selection),
        **({GATHER: gather_base(options)} if "gather" in kinds else {}),
    }
    for plan, graph in graphs:
        told = _told(plan, graph, reused.get(plan.pipeline, {}))
        for node, lines in zip(graph, told, strict=True):
            made = body(plan, node, names[node.stage], options)
            document[node.name] = Commented(made, lines) if lines else made
    return document


def _told(
    plan: Plan, graph: Sequence[Node], reused: Mapping[tuple[str, str | None], Reused]
) -> Iterator[tuple[str, ...]]:
    """What stands above each job: once a task, since its other parts' jobs stand right below; and
    of tasks without jobs, above the first job that comes after them."""
    said, kept = comments(plan), said_of_reused(plan, reused)
    order = {task.name: place for place, task in enumerate(plan.tasks)}
    for node in graph:
        last = order[node.job.task] if node.job and node.kind == "task" else len(order)
        lines = [kept.pop(name) for name in list(kept) if order[name] <= last]
        yield (*lines, *(said.pop(node.job.task, ()) if node.job else ()))


def idle(plans: Sequence[Plan], selection: Selection, options: Mapping[str, Any]) -> dict[str, Any]:
    """A child in which nothing runs: an empty one would fail the job that triggers it."""
    waiting, same = len(selection.clicked), len(selection.unchanged)
    text = f"Nothing to run; pipelines unchanged: {same}, waiting for a click: {waiting}"
    job = {
        "stage": "unchanged",
        **any_image(plans, options),
        **gather_base(options),
        "script": [f"echo '{text}'"],
    }
    return {
        **_included(options),
        "stages": ["unchanged"],
        "workflow": ALWAYS,
        UNCHANGED: job,
    }


def _included(options: Mapping[str, Any]) -> dict[str, Any]:
    return {"include": list(options["include"])} if options.get("include") else {}
