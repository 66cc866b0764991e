"""A part of an earlier run done once more with its very inputs; nothing is recorded or stored."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wombat.errors import CheckFailed, StoreDamaged, WombatError
from wombat.executor.context import local_disk, shown
from wombat.executor.died import died, overdue
from wombat.executor.faults import from_wire
from wombat.executor.messages import REJECTED
from wombat.executor.process import Died, Worker
from wombat.executor.protocol import TimedOut
from wombat.executor.reproduce_here import perform_here
from wombat.executor.reproduce_inputs import locate_recorded
from wombat.executor.request import bytes_below, make_request
from wombat.executor.signals import terminable
from wombat.store import content_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wombat.executor.context import Context
    from wombat.plan.ir import Part, Task

    Debug = Callable[[BaseException], None]
    """Told of what the user's own code raised, while its frames are there."""


@dataclass(frozen=True)
class Came:
    """What it came to: the description of each output as a record has it, but for where it would
    be stored; or the `fault`."""

    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fault: WombatError | None = None


def reproduce_part(
    context: Context, task: Task, part: Part | None, recorded: Mapping[str, Any], *,
    debug: Debug | None = None,
    log: Path | None = None,
) -> Came:  # fmt: skip
    """Runs a part as the attempt `recorded` did, in a worker; with `debug` in this process.

    What the task prints goes to `log`, or where this process's goes. Raises StoreDamaged
    (`store-lost`, `inputs-lost`) where an input can't be had as it was, SourceUnreachable,
    DiskFault and the store's errors; what becomes of the task itself is in the answer.
    """
    with local_disk(), terminable():
        scratch = Path(tempfile.mkdtemp(prefix="wombat-reproduce-")).resolve()
        try:
            request = _request(context, task, part, recorded, scratch)
            request["log"] = None if log is None else str(log)
            return _performed(context, task, part, request, debug)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _request(
    context: Context, task: Task, part: Part | None, recorded: Mapping[str, Any], scratch: Path
) -> dict[str, Any]:
    name = shown(context.pipeline, task.name, part)
    try:
        located = locate_recorded(context, task, part, recorded["inputs"])
        request = make_request(context, task, part, located, scratch=scratch, log=None)
    except CheckFailed as fault:  # a file or a source that isn't any more what it was
        raise inputs_lost(name, fault.message) from fault
    for one, seen in recorded.get("sources", {}).items():
        if request["inputs"][one]["source"].get("content") != seen.get("content"):
            raise inputs_lost(name, f"the source of '{one}' has other bytes now")
    for one, made in request["outputs"].items():
        if "previous" not in context.header.get("earlier", {}):  # the same bins as then
            made["earlier"]["previous"] = recorded["outputs"].get(one, {}).get("stats")
    return request


def inputs_lost(name: str, why: str) -> StoreDamaged:
    return StoreDamaged(
        f"{name} can't be given what it read then: {why}",
        code="inputs-lost",
        hint="files of a checkout and outside data aren't stored: bring back what was there",
    )


def _performed(
    context: Context, task: Task, part: Part | None, request: dict[str, Any], debug: Debug | None
) -> Came:
    try:
        if debug is not None:
            answer = perform_here(request, debug)
        else:
            answer = _asked(context, task, shown(context.pipeline, task.name, part), request)
            if fault := answer.get("fault"):
                return Came(fault=from_wire(fault))
        return Came(dict(_outputs(task, request, answer)))
    except WombatError as fault:
        return Came(fault=fault)


def _asked(context: Context, task: Task, name: str, request: dict[str, Any]) -> dict[str, Any]:
    worker = Worker(context.root)
    try:
        return worker.ask(request, task.timeout)
    except TimedOut:
        raise overdue(name, task.timeout) from None
    except Died as death:
        raise died(name, death.code) from None
    finally:
        worker.stop()


def _outputs(task: Task, request: Mapping[str, Any], answer: Mapping[str, Any]) -> Any:
    """As `push_outputs` describes them, without a place in a store."""
    for one in task.outputs:
        asked = request["outputs"][one.name]
        told = dict(answer["outputs"].get(one.name, {}))
        stats = {**told.pop("stats", {}), "bytes": bytes_below(Path(asked["folder"]))}
        content = content_of(Path(asked["folder"]))
        yield one.name, {"C": content, "type": one.type, **told, "stats": stats}
        if told.get("rejected"):
            yield (
                f"{one.name}{REJECTED}",
                {"C": content_of(Path(asked["rejects"])), "type": one.type},
            )
