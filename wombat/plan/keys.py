"""Compute keys: what a task's result depends on, as one digest. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wombat.digest import Digest, digest_json
from wombat.plan.values import resolve_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.plan.ir import Output, Part, Plan, Task

VERSION: Final = 1
Content: TypeAlias = "Digest | Mapping[str, Digest]"


class _Named(dict[str, Any]):
    """Paths differ from run to run: in a key an input or output stands for itself."""

    def __missing__(self, name: str) -> str:
        return f"${name}"


def compute_key(
    plan: Plan,
    task: Task,
    part: Part | None,
    params: Mapping[str, Any],
    inputs: Mapping[str, Content],
) -> Digest:
    """The digest of all that decides what a task's part makes.

    Kind, code, arguments, foreach values, declared environment, image, the *content* of each
    input with what its consumer sees of it, and what the outputs are. Not in it: names of
    pipeline, task and people, places, policies, time, retries, the size of the machine.
    """
    return digest_json(
        {
            "v": VERSION,
            "kind": task.kind,
            "code": {"version": task.code.version, "digest": task.code.digest},
            "values": _values(task, part, params),
            "env": dict(task.env),
            "image": plan.images.get(task.image or "", task.image),
            "inputs": {one.name: _input(plan, one, inputs[one.name]) for one in task.inputs},
            "outputs": {output.name: _output(output) for output in task.outputs},
        }
    )


def boundary_key(raw: Digest, schema: Any, shaping: Mapping[str, Any]) -> Digest:
    """The digest of what a boundary makes of raw content: its schema and what shapes data.

    `schema` is a schema's JSON or None; `shaping` holds cast, quarantine and fill. Depth and
    severity judge and don't shape: they stand in the stamp alone.
    """
    return digest_json({"v": VERSION, "raw": raw, "schema": schema, "shaping": dict(shaping)})


def arguments(task: Task, part: Part | None, params: Mapping[str, Any]) -> dict[str, Any]:
    """The values of `with`, their references replaced; foreach values are text."""
    words = {"params": params, "foreach": part.values if part else {}}
    return {name: resolve_value(value, words) for name, value in task.arguments.items()}


def _values(task: Task, part: Part | None, params: Mapping[str, Any]) -> dict[str, Any]:
    foreach = dict(part.values) if part else {}
    words: dict[str, Mapping[str, Any]] = {"params": params, "foreach": foreach}
    words |= {"inputs": _Named(), "outputs": _Named()}
    argv = [resolve_value(item, words) for item in task.argv]
    return {"with": arguments(task, part, params), "foreach": foreach, "argv": argv}


def _input(plan: Plan, one: Any, content: Content) -> dict[str, Any]:
    """A consumer's schema takes columns away, so what it asks for is part of what it sees."""
    schema = plan.schemas.get(one.schema) if one.schema else None
    told = content if isinstance(content, str) else dict(content)
    return {"content": told, "collect": one.collect, "schema": _shape(schema)}


def _shape(schema: Any) -> Any:
    if schema is None:
        return None
    return {"columns": sorted(schema["columns"]), "extra": schema.get("extra")}


def _output(output: Output) -> dict[str, Any]:
    return {"type": output.type, "path": output.path, "format": output.format}
