"""A child pipeline as data: stages, the hidden jobs, then every job in topological order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.backends.gitlab.comments import comments
from wombat.backends.gitlab.hidden import BASE, GATHER, base, gather_base
from wombat.backends.gitlab.jobs import any_image, body
from wombat.backends.gitlab.nodes import EFFECTS_STAGE, PUBLISH_STAGE, nodes
from wombat.backends.gitlab.stages import EFFECTS, PUBLISH, stage_names
from wombat.emit import Commented

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.backends import Selection
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
    """The jobs of all plans, in one pipeline. Without selection effects are in it always: what a
    run may do is known when it begins, which is later.
    """
    effects = selection is None or selection.effects
    graphs = [(plan, nodes(plan, options, effects=effects)) for plan in plans]
    kinds = {node.kind for _, graph in graphs for node in graph}
    depths = stage_names(plans)
    names = {**dict(enumerate(depths)), PUBLISH_STAGE: PUBLISH, EFFECTS_STAGE: EFFECTS}
    document = {
        **_included(options),
        "stages": [*depths, PUBLISH, *([EFFECTS] if "effect" in kinds else [])],
        "workflow": workflow,
        BASE: base(options, selection),
        **({GATHER: gather_base(options)} if "gather" in kinds else {}),
    }
    for plan, graph in graphs:
        said = comments(plan)
        for node in graph:
            # Once a task: its other parts' jobs stand right below.
            lines = said.pop(node.job.task, ()) if node.job else ()
            made = body(plan, node, names[node.stage], options)
            document[node.name] = Commented(made, lines) if lines else made
    return document


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
