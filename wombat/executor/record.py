"""What an attempt leaves in the store: its outputs, its record and its result."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.executor.installed import ran_on
from wombat.executor.messages import REJECTED
from wombat.executor.request import bytes_below
from wombat.plan.keys import boundary_key, judgement
from wombat.store.records import Artifact
from wombat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wombat.digest import Digest
    from wombat.executor.context import Context
    from wombat.plan.ir import Output, Part, Plan, Task
    from wombat.store import AttemptRecord

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
        if rejected := described.get("rejected"):
            rejects = Path(request["outputs"][one.name]["rejects"])
            outputs[f"{one.name}{REJECTED}"] = _pushed_rejects(context, one, rejects, rejected)
    return outputs


def _pushed_rejects(context: Context, output: Output, folder: Path, rows: int) -> dict[str, Any]:
    """Rows that were set aside are an artifact beside the one that they came with."""
    artifact = context.store.push_tree(folder, type=output.type)
    stats = {"rows": rows, "bytes": bytes_below(folder)}
    told = {"type": output.type, "schema": None, "rejects": output.name, "stats": stats}
    return {**artifact.to_json(), **told}


def attempt_record(
    context: Context, task: Task, key: Digest, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """What an attempt's record says whatever it came to."""
    return {
        "key": key,
        "pipeline": context.pipeline,
        "task": task.name,
        "commit": context.header.get("commit"),
        "code": {"version": task.code.version, "digest": task.code.digest},
        "inputs": dict(inputs),
        "outputs": {},
        "profile": context.profile,
        "time": now(),
        "wombat": __version__,
        "environment": ran_on(task.requires),
    }


def judged_facts(
    plan: Plan, task: Task, key: Digest, profile: str, checks: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """What a record says of how its result was judged: `result`, the key where it stands so;
    `decided`, where a policy had a say in what a typed input or output came to, so that it stands
    nowhere else; `judged`, by what; `clean`, where nothing was found."""
    every = list(checks)
    facts: dict[str, Any] = {}
    if (at := boundary_key(key, plan, task, profile)) != key:
        facts |= {"result": at, "judged": judgement(plan, task, profile)}
        facts["clean"] = not any(check["findings"] or check.get("casts") for check in every)
    return facts | ({"decided": True} if any(_decided(check) for check in every) else {})


def _decided(check: Mapping[str, Any]) -> bool:
    """A column was cast, rows were set aside, a wrong type was let pass, or nobody looked."""
    if check["schema"] is None:
        return False
    unseen = check["depth"] == "none" and not check.get("trusted")
    mistyped = any(one["check"] in ("type", "cast") for one in check["findings"])
    return bool(unseen or mistyped or check.get("cast") or check.get("rejected"))


def stands_at(attempt: Mapping[str, Any]) -> Digest:
    """The key at which an attempt's result stands as it was judged."""
    key: Digest = attempt.get("result", attempt["key"])
    return key


def stands(attempt: Mapping[str, Any]) -> tuple[Digest, ...]:
    """All keys at which it stands: under the compute key, too, unless a policy had a say."""
    at = stands_at(attempt)
    return (at,) if attempt.get("decided") else tuple(dict.fromkeys((at, attempt["key"])))


_SHARED: Final = (
    "key", "inputs", "outputs", "cost", "profile", "state", "code", "result", "decided", "judged",
    "clean", "sources", "reused", "task", "part", "pipeline", "commit", "time", "warned",
)  # fmt: skip


def result_record(attempt: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a done attempt that others with the same key may use; of its warnings, how many
    they were."""
    told = {word: attempt[word] for word in _SHARED if attempt.get(word) is not None}
    return told | ({"warned": len(said)} if (said := attempt.get("warnings")) else {})


def reusable(attempt: Mapping[str, Any]) -> bool:
    """Whether others may use a done attempt's result: its code was what its key says, and the same
    key means the same result."""
    return bool(attempt["outputs"] and not attempt.get("changed") and not attempt.get("volatile"))


def segment_entry(run: str, attempt: AttemptRecord) -> dict[str, Any]:
    """What a segment says of a result at its key: who made it, which isn't always this run."""
    told = {"part": attempt.part, "run": run, "attempt": attempt.attempt}
    return {**result_record({**attempt.record, **told}), **told}
