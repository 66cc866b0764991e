"""The last step of a run: its closed set of outputs becomes the branch's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.ci import ref_of
from wombat.executor.header import plan_of
from wombat.executor.messages import REJECTED
from wombat.executor.record import now, reusable, segment_entry, stands_at
from wombat.executor.reuse.frozen import all_reused
from wombat.executor.units import edges, published_units
from wombat.store.publish import close

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wombat.executor.units import Unit
    from wombat.plan.ir import Plan, Task
    from wombat.store import AttemptRecord, Published, Store


def publish_run(
    store: Store, header: Mapping[str, Any], made: Iterable[AttemptRecord] | None = None
) -> Published:
    """Publishes every output of a run at once, or none.

    `made` are the attempts of a process that did all of it; else they are read.
    `superseded` where a later pipeline has published already: the run is kept, the ref unmoved.
    Raises Conflict (`unclosed-set`) naming the first task without a fitting attempt, StoreDamaged
    (`store-lost`) naming tasks whose outputs are gone, as the run was left for too long.
    """
    plan = plan_of(header)
    chosen = chosen_units(store, header, plan) if made is None else closed(plan, made)
    store.require_outputs(chosen.values())
    branch, kind = ref_of(header["branch"])
    return store.publish(
        pipeline=plan.pipeline,
        branch=branch,
        kind=kind,
        run=header["run"],
        plan=header["plan_digest"],
        order=header["order"],
        commit=header["commit"],
        time=now(),
        outputs=snapshot(plan, chosen),
        results={
            stands_at(one.record): segment_entry(header["run"], one)
            for one in chosen.values()
            if reusable(one.record)
        },
        chosen={f"{task}={label or ''}": one.attempt for (task, label), one in chosen.items()},
    )


def chosen_units(store: Store, header: Mapping[str, Any], plan: Plan) -> dict[Unit, AttemptRecord]:
    """Of each part what the header relies on, else the newest attempt that fits; Conflict
    (`unclosed-set`) for the first part without."""
    kept = {(one.task, one.part): one for one in all_reused(header)}
    whole = len(kept) == len(published_units(plan))
    attempts = [] if whole else store.attempts(plan.pipeline, header["run"])
    made = (one for one in attempts if (one.task, one.part) not in kept)
    return closed(plan, (*kept.values(), *made))


def closed(plan: Plan, attempts: Iterable[AttemptRecord]) -> dict[Unit, AttemptRecord]:
    """The attempts of each part that fit together; Conflict (`unclosed-set`)."""
    return close(published_units(plan), attempts, edges(plan))


def snapshot(plan: Plan, chosen: Mapping[Unit, AttemptRecord]) -> dict[str, Any]:
    """Each output as `task.output`: one artifact, or its parts by label with their values. Rows
    that were set aside stand beside the output that they came with; of parts, only those with
    some."""
    outputs: dict[str, Any] = {}
    for task in plan.tasks:
        for output in task.outputs:
            name = f"{task.name}.{output.name}"
            rejected = f"{output.name}{REJECTED}"
            if not task.foreach:
                made = chosen[task.name, None].record["outputs"]
                outputs[name] = made[output.name]
                if rejected in made:
                    outputs[f"{name}{REJECTED}"] = made[rejected]
                continue
            outputs[name] = _parts(task, chosen, output.name, output.type, output.schema)
            aside = _parts(task, chosen, rejected, output.type, None)
            if aside["parts"]:
                outputs[f"{name}{REJECTED}"] = aside
    return outputs


def _parts(
    task: Task, chosen: Mapping[Unit, AttemptRecord], name: str, kind: str, schema: str | None
) -> dict[str, Any]:
    """The parts that have an output of that name, by label."""
    made = [(part, chosen[task.name, part.label].record["outputs"]) for part in task.parts]
    parts = {
        part.label: {**outputs[name], "values": dict(part.values)}
        for part, outputs in made
        if name in outputs
    }
    return {"type": kind, "schema": schema, "parts": parts}
