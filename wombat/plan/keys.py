"""Compute keys: what a task's result depends on, as one digest. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wombat.digest import Digest, digest_json
from wombat.plan.ir import ArtifactSource
from wombat.plan.values import resolve_value
from wombat.schema.policy import resolve_policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.plan.ir import Input, Output, Part, Plan, Task
    from wombat.schema.policy import Policy

VERSION: Final = 4
_NONE: Final = MappingProxyType[str, Any]({})
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
    *,
    profile: str,
    artifacts: Mapping[str, Mapping[str, Any]] = _NONE,
) -> Digest:
    """The digest of all that decides what a task's part makes: of its `components`."""
    return digest_json(
        components(plan, task, part, params, inputs, profile=profile, artifacts=artifacts)
    )


def components(
    plan: Plan,
    task: Task,
    part: Part | None,
    params: Mapping[str, Any],
    inputs: Mapping[str, Content],
    *,
    profile: str,
    artifacts: Mapping[str, Mapping[str, Any]] = _NONE,
) -> dict[str, Any]:
    """All that decides what a task's part makes, by what it is: a JSON tree.

    Kind, code, arguments, foreach values, declared environment, image or else the versions of what
    it requires, the type and the *content* of each input with what its consumer sees of it, and
    what the outputs are, with what their schemas shape in the profile. `artifacts` are a header's:
    of what type each one is, by its address, a plan doesn't know. Not in it: names of pipeline and
    task (unless a command says their variables), of profile and people, places, policies, what only
    judges (bounds, nulls, severities), time, retries, the size of the machine. Where a policy
    decided what came out, the result has a `boundary_key`.
    """
    return {
        "v": VERSION,
        "kind": task.kind,
        "code": {"version": task.code.version, "digest": task.code.digest},
        "values": _values(task, part, params),
        "env": dict(task.env) | _named_place(plan, task, part),
        "image": plan.images.get(task.image or "", task.image),
        "packages": {} if task.image else versions(plan, task),
        "inputs": {
            one.name: {
                "type": arriving(one, artifacts),
                **_input(plan, part, one, inputs[one.name], profile),
            }
            for one in task.inputs
        },
        "outputs": {output.name: _output(plan, output, profile) for output in task.outputs},
    }


def _named_place(plan: Plan, task: Task, part: Part | None) -> dict[str, str]:
    """Where a task runs, of which a command's own words say the variable: two tasks of the same
    words make different things by it."""
    text = f"{task.argv} {task.script}"
    told = {"WOMBAT_PIPELINE": plan.pipeline, "WOMBAT_TASK": task.name}
    told |= {"WOMBAT_PART": part.label} if part else {}
    return {name: value for name, value in told.items() if name in text}


def arriving(one: Input, artifacts: Mapping[str, Mapping[str, Any]]) -> str:
    """The artifact type in which an input's data comes to its task: the same bytes are a text, a
    number or a path by it. A header says it of artifacts, an old one may not."""
    if isinstance(one.source, ArtifactSource):
        return str(artifacts.get(one.source.address, _NONE).get("type") or one.type)
    return one.type


def versions(plan: Plan, task: Task) -> dict[str, str]:
    """The version of each distribution that a task requires, and of all that these depend on."""
    found: dict[str, str] = {}
    waiting = list(task.requires)
    while waiting:
        name = waiting.pop()
        if name not in found and name in plan.packages:
            found[name] = plan.packages[name].version
            waiting.extend(plan.packages[name].uses)
    return found


def effect_key(key: Digest, profile: str, after: Mapping[str, Any]) -> Digest:
    """The digest of an effect: what it does in development was not done in production.

    `after` is what it follows: the contents of outputs that it doesn't read.
    """
    return digest_json({"v": VERSION, "effect": key, "profile": profile, "after": dict(after)})


def boundary_key(key: Digest, plan: Plan, task: Task, profile: str) -> Digest:
    """Where a result stands that was judged: by these schemas, under these policies.

    It holds the compute key and the `judgement`. Where nothing is judged it is the compute key.
    Where no policy had a say in what came out, the result stands under the compute key, too:
    another profile judges it anew, and needn't make it again.
    """
    judged = judgement(plan, task, profile)
    return digest_json({"v": VERSION, "key": key, "judged": judged}) if judged else key


def judgement(plan: Plan, task: Task, profile: str) -> dict[str, dict[str, Any]]:
    """How each input and output that has something to be judged by is judged in a profile.

    By `input NAME` or `output NAME`, the digest of what its schema checks, and its whole policy but
    the number of row numbers that are told.
    """
    sides: dict[str, tuple[Input | Output, ...]]
    sides = {"input": task.inputs, "output": task.outputs}
    return {
        f"{side} {one.name}": {
            "schema": _judged_by(plan, one.schema, profile),
            "policy": _deciding(plan, one, profile),
        }
        for side, given in sides.items()
        for one in given
        if one.schema or one.options
    }


def _deciding(plan: Plan, one: Input | Output, profile: str) -> dict[str, Any]:
    words = policy_of(plan, one, profile).to_json()
    words.pop("cases")
    return words


def _judged_by(plan: Plan, name: str | None, profile: str) -> Digest | None:
    """Of all that a schema checks in a profile, without its policies and names of people."""
    schema = plan.schemas.get(name) if name else None
    if schema is None:
        return None
    told = schema.get("variants", {}).get(profile, schema)
    words = {word: value for word, value in told.items() if word not in _UNJUDGED}
    return digest_json(words | ({"order": told.get("order")} if told.get("ordered") else {}))


_UNJUDGED: Final = frozenset(
    ("variants", "policies", "title", "description", "owner", "tags", "version", "source", "order")
)


def policy_of(plan: Plan, one: Input | Output, profile: str) -> Policy:
    """Built in < `wombat.yml` < schema < the input's or output's own."""
    schema = plan.schemas.get(one.schema, {}) if one.schema else {}
    return resolve_policy(profile, plan.policies, schema.get("policies", {}), one.policies)


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


def _input(
    plan: Plan, part: Part | None, one: Input, content: Content, profile: str
) -> dict[str, Any]:
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
    shape = _shape(plan, one.schema, "drop", profile)
    described = {"content": told, "collect": one.collect, "schema": shape}
    return described | ({"options": one.options} if one.options else {})


def _output(plan: Plan, output: Output, profile: str) -> dict[str, Any]:
    described = {
        "type": output.type,
        "path": output.path,
        "format": output.format,
        "schema": _shape(plan, output.schema, "forbid", profile),
    }
    return described | ({"options": output.options} if output.options else {})


def _shape(plan: Plan, name: str | None, extra: str, profile: str) -> Any:
    """What a schema does to a frame: types are brought into its form, other columns dropped,
    defaults and filled nulls put in.

    `extra` is what counts where the schema says nothing: it depends on the side.
    """
    schema = plan.schemas.get(name) if name else None
    if schema is None:
        return None
    schema = schema.get("variants", {}).get(profile, schema)
    columns = schema["columns"]
    shape: dict[str, Any] = {
        "columns": {column: words["type"] for column, words in columns.items()},
        "drop": (schema.get("extra") or extra) == "drop",
    }
    if filled := {column: _filled(words) for column, words in columns.items() if _filled(words)}:
        shape["filled"] = filled
    if patterns := [_pattern(one) for one in schema.get("patterns", ())]:
        shape["patterns"] = patterns
    return shape


def _filled(column: Mapping[str, Any]) -> dict[str, Any]:
    return {word: column[word] for word in ("default", "fill_null") if word in column}


def _pattern(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"match": one["match"], "type": one["type"], **_filled(one)}
