"""The last step of a run: its closed set of outputs becomes the branch's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.ci import ref_of
from wombat.executor.header import plan_of
from wombat.executor.record import now
from wombat.executor.units import edges, published_units
from wombat.store.publish import close

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.executor.units import Unit
    from wombat.plan.ir import Plan
    from wombat.store import AttemptRecord, Published, Store


def publish_run(store: Store, header: Mapping[str, Any]) -> Published:
    """Publishes every output of a run at once, or none.

    `superseded` where a later pipeline has published already: the run is kept, the ref unmoved.
    Raises Conflict (`unclosed-set`) naming the first task without a fitting attempt, StoreDamaged
    (`store-lost`) naming tasks whose outputs are gone, as the run was left for too long.
    """
    plan = plan_of(header)
    attempts = store.attempts(plan.pipeline, header["run"])
    chosen = close(published_units(plan), attempts, edges(plan))
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
            one.record["key"]: one.record["outputs"]
            for one in chosen.values()
            if not one.record.get("changed")
        },
        chosen={f"{task}={label or ''}": one.attempt for (task, label), one in chosen.items()},
    )


def snapshot(plan: Plan, chosen: Mapping[Unit, AttemptRecord]) -> dict[str, Any]:
    """Each output as `task.output`: one artifact, or its parts by label with their values."""
    outputs: dict[str, Any] = {}
    for task in plan.tasks:
        for output in task.outputs:
            name = f"{task.name}.{output.name}"
            if not task.foreach:
                outputs[name] = chosen[task.name, None].record["outputs"][output.name]
                continue
            outputs[name] = {
                "type": output.type,
                "schema": output.schema,
                "parts": {
                    part.label: {
                        **chosen[task.name, part.label].record["outputs"][output.name],
                        "values": dict(part.values),
                    }
                    for part in task.parts
                },
            }
    return outputs
