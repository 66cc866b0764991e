"""Compute keys: what a task's result depends on, as one digest. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wombat.digest import Digest, digest_json
from wombat.plan.values import resolve_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.plan.ir import Input, Output, Part, Plan, Task

VERSION: Final = 2
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
    input with what its consumer sees of it, and what the outputs are, with what their schemas
    shape. Not in it: names of pipeline, task and people, places, policies, what only judges
    (bounds, nulls, severities), time, retries, the size of the machine.
    """
    return digest_json(
        {
            "v": VERSION,
            "kind": task.kind,
            "code": {"version": task.code.version, "digest": task.code.digest},
            "values": _values(task, part, params),
            "env": dict(task.env),
            "image": plan.images.get(task.image or "", task.image),
            "inputs": {one.name: _input(plan, part, one, inputs[one.name]) for one in task.inputs},
            "outputs": {output.name: _output(plan, output) for output in task.outputs},
        }
    )


def effect_key(key: Digest, profile: str, after: Mapping[str, Any]) -> Digest:
    """The digest of an effect: what it does in development was not done in production.

    `after` is what it follows: the contents of outputs that it doesn't read.
    """
    return digest_json({"v": VERSION, "effect": key, "profile": profile, "after": dict(after)})


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


def _input(plan: Plan, part: Part | None, one: Input, content: Content) -> dict[str, Any]:
    """Content, and what its consumer sees of it: some columns, each in its type."""
    told: Any = content if isinstance(content, str) else dict(content)
    if one.collect == "frame" and not isinstance(content, str):
        # The values become columns, which a label doesn't tell.
        mine = part.values if part else {}
        told = {
            each.label: {
                "content": content[each.label],
                "values": {k: v for k, v in each.values.items() if k not in mine},
            }
            for each in plan.producers(part, one)
        }
    return {"content": told, "collect": one.collect, "schema": _shape(plan, one.schema, "drop")}


def _output(plan: Plan, output: Output) -> dict[str, Any]:
    return {
        "type": output.type,
        "path": output.path,
        "format": output.format,
        "schema": _shape(plan, output.schema, "forbid"),
    }


def _shape(plan: Plan, name: str | None, extra: str) -> Any:
    """What a schema does to a frame: types are brought into its form, other columns dropped.

    `extra` is what counts where the schema says nothing: it depends on the side.
    """
    schema = plan.schemas.get(name) if name else None
    if schema is None:
        return None
    types = {column: words["type"] for column, words in schema["columns"].items()}
    return {"columns": types, "drop": (schema.get("extra") or extra) == "drop"}
