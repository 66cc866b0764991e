"""What an attempt leaves in the store: its outputs, its record and its result."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.executor.request import bytes_below
from wombat.store.records import Artifact
from wombat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.digest import Digest
    from wombat.executor.context import Context
    from wombat.plan.ir import Part, Task

BASES: Final = 4
"""Inputs whose chunks are looked for; each costs two requests."""


def now() -> str:
    """The time in RFC 3339, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def push_outputs(
    context: Context,
    task: Task,
    part: Part | None,
    request: Mapping[str, Any],
    answer: Mapping[str, Any],
    *,
    inputs: Sequence[Artifact] = (),
) -> dict[str, Any]:
    """Stores each output's folder; the record of each by its name. What the last version holds,
    or one of the first few inputs, isn't stored again."""
    outputs: dict[str, Any] = {}
    for one in task.outputs:
        folder = Path(request["outputs"][one.name]["folder"])
        earlier = context.earlier(task.name, one.name, part)
        before = () if earlier is None else (Artifact.from_json(earlier),)
        base = (*before, *inputs[:BASES])
        artifact = context.store.push_tree(folder, type=one.type, base=base)
        described = dict(answer["outputs"].get(one.name, {}))
        stats = {**described.pop("stats", {}), "bytes": bytes_below(folder)}
        path = {} if one.path is None else {"path": one.path}
        outputs[one.name] = {
            **artifact.to_json(), "type": one.type, **path, **described, "stats": stats
        }  # fmt: skip
    return outputs


def attempt_record(
    context: Context, task: Task, key: Digest, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """What an attempt's record says whatever it came to."""
    return {
        "key": key,
        "code": {"version": task.code.version, "digest": task.code.digest},
        "inputs": dict(inputs),
        "outputs": {},
        "profile": context.profile,
        "time": now(),
        "wombat": __version__,
    }


def result_record(attempt: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a done attempt that others with the same key may use."""
    words = ("inputs", "outputs", "cost", "profile", "state", "code")
    return {word: attempt[word] for word in words}
