"""Projects by chance: pipelines as data, and the files that say them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from wombat.emit import emit_yaml
from wombat.errors import Diagnostics
from wombat.language.load import load_spec
from wombat.plan.compile import compile_plans
from wombat.schema.load import load_schemas

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from wombat.plan.ir import Plan

SCHEMAS = (
    "schema: wide\ncolumns: {id: int64, age: int64, name: 'string?'}\n"
    "---\nschema: narrow\ncolumns: {id: int64}\n"
)
MODULE = (
    "def none():\n    return 1\n\n\ndef some(**given):\n    return given\n\n\n"
    "def typed(days: int = 1, word: str = '', flag: bool = False, **given):\n    return given\n"
)
# A process takes no NUL, so `check` refuses one.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
NASTY = st.text(CHARACTERS, max_size=12) | st.sampled_from(
    [
        "$CI_JOB_TOKEN",
        "$(id)",
        "{{x}}",
        "no",
        "010",
        "a: b",
        "- x",
        "#",
        "'",
        '"',
        "\n",
        "🐨",
        "[us]",
    ]
)
REGIONS = st.lists(
    st.sampled_from(["us", "eu", "apac", "Ärzte", "a,b", "no", "x" * 50]),
    min_size=1,
    max_size=3,
    unique=True,
)
PARAMS = {
    "days": {"type": "int", "default": 30, "min": 1},
    "word": {"type": "string", "default": "x"},
    "flag": {"type": "bool", "default": False},
    "rate": {"type": "float", "default": 0.5, "max": 1},
    "free": {"type": "json", "default": {"a": [1, None]}},
}


@dataclass(frozen=True)
class Project:
    """Pipelines by name, each as the data of its file."""

    pipelines: dict[str, dict[str, Any]]


@st.composite
def projects(draw: st.DrawFn) -> Project:
    names = draw(
        st.lists(st.sampled_from(["churn", "a", "x-1"]), min_size=1, max_size=2, unique=True)
    )
    return Project({name: draw(pipelines(name)) for name in names})


@st.composite
def pipelines(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """A random acyclic pipeline; names are shuffled, so that order isn't alphabetical."""
    count = draw(st.integers(1, 7))
    names = draw(st.permutations([f"t{n}" for n in range(count)]))
    params = draw(st.lists(st.sampled_from(sorted(PARAMS)), max_size=3, unique=True))
    regions = draw(REGIONS)
    tasks: dict[str, dict[str, Any]] = {}
    for task in names:
        tasks[task] = draw(a_task(tasks, params, regions))
    written: dict[str, Any] = {"pipeline": name, "tasks": tasks}
    if params:
        written["params"] = {key: PARAMS[key] for key in params}
    if draw(st.booleans()):
        written["defaults"] = {"retry": draw(st.integers(0, 2)), "image": "base"}
    if draw(st.booleans()):
        written["description"] = draw(NASTY)
        written["schedule"] = {"cron": "0 3 * * *", "timezone": "Europe/Berlin"}
    return written


@st.composite
def a_task(
    draw: st.DrawFn, before: dict[str, dict[str, Any]], params: list[str], regions: list[str]
) -> dict[str, Any]:
    task: dict[str, Any] = {}
    if draw(st.booleans()):
        task["foreach"] = {"region": draw(st.permutations(regions))}
        if draw(st.booleans()):
            task["foreach"]["area"] = ["n", "s"]
        if draw(st.booleans()):
            task["batch"] = draw(st.integers(1, 4))
    makers = sorted(name for name, one in before.items() if "outputs" in one)
    inputs = draw(st.lists(st.sampled_from(makers), max_size=3, unique=True)) if makers else []
    given = {f"in_{name}": an_input(before, name, task) for name in inputs}
    if given:
        task["inputs"] = given
    effect = draw(st.integers(0, 5)) == 0
    others = [name for name in (sorted(before) if effect else makers) if name not in inputs]
    if others and draw(st.booleans()):
        task["needs"] = draw(st.lists(st.sampled_from(others), max_size=2, unique=True))
    if draw(st.booleans()):
        task["env"] = {"HOME_TOWN": draw(NASTY), "A": "010"}
    task |= draw(st.sampled_from([{}, {"retry": 2}, {"timeout": "90m"}, {"compute": "large"}]))
    if not effect:
        task["outputs"] = draw(st.sampled_from(OUTPUTS))
    return task | draw(a_kind(task, params))


OUTPUTS: list[Any] = [
    {"out": "wide"},
    {"out": {"type": "json"}},
    {"out": "narrow", "more": {"type": "file", "path": "a.html"}},
    {"out": {}},
]


def an_input(before: dict[str, dict[str, Any]], name: str, task: dict[str, Any]) -> dict[str, Any]:
    """The input as it must be written: collected where the producer has parts of its own."""
    theirs, mine = before[name].get("foreach", {}), task.get("foreach", {})
    one: dict[str, Any] = {"from": f"{name}.out"}
    if any(key not in mine for key in theirs):
        one["collect"] = "list"
    if before[name]["outputs"]["out"] == "wide" and "collect" not in one:
        one["schema"] = "narrow"
    return one


@st.composite
def a_kind(draw: st.DrawFn, task: dict[str, Any], params: list[str]) -> dict[str, Any]:
    kind = draw(st.sampled_from(["run", "command", "shell"]))
    if kind == "shell":
        return {"shell": draw(NASTY.filter(lambda t: t.strip() != ""))}
    if kind == "command":
        inputs = [f"$inputs.{key}" for key in task.get("inputs", {})]
        outputs = ["$outputs.out"] if "outputs" in task else []
        return {"command": ["python", *inputs, *outputs, *(f"$params.{p}" for p in params)]}
    values = {f"p_{key}": f"$params.{key}" for key in params}
    values["free"] = draw(st.none() | st.integers() | st.booleans() | st.lists(st.integers()))
    return {"run": "code.work:some", "with": values}


def text_of(value: Any) -> str:
    """A pipeline's YAML; `$word.name` stands plain, since in quotes it is text."""
    return _plain_references(emit_yaml(value))


def _plain_references(text: str) -> str:
    for word in ("params", "foreach", "inputs", "outputs"):
        start = 0
        while (start := text.find(f'"${word}.', start)) >= 0:
            end = text.index('"', start + 1)
            text = text[:start] + text[start + 1 : end] + text[end + 1 :]
    return text


def shuffled(value: Any, rng: random.Random) -> Any:
    """The same data with the keys of every mapping in another order."""
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        mixed = {key: shuffled(value[key], rng) for key in keys}
        if "needs" in mixed:  # a list whose order says nothing
            rng.shuffle(mixed["needs"])
        return mixed
    return [shuffled(item, rng) for item in value] if isinstance(value, list) else value


def write(project: Project, root: Path) -> None:
    """The project's files; a folder may be written again and again."""
    for folder in ("pipelines", "schemas", "code"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for old in (root / "pipelines").glob("*.yml"):
        old.unlink()
    (root / "wombat.yml").write_text(
        "project: shop\nimages: {base: 'registry.example.com/ds:1'}\n"
        "compute: {large: {cpu: 4, memory: 16GiB, tags: [big, no]}}\n"
    )
    (root / "schemas" / "all.yml").write_text(SCHEMAS)
    (root / "code" / "work.py").write_text(MODULE)
    for name, pipeline in project.pipelines.items():
        (root / "pipelines" / f"{name}.yml").write_text(text_of(pipeline), "utf-8")


def compiled(root: Path) -> tuple[dict[str, Plan], Diagnostics]:
    sink = Diagnostics()
    spec = load_spec(root, sink)
    files = [(root / "schemas" / "all.yml", "schemas/all.yml")]
    plans = compile_plans(spec, load_schemas(files, sink), sink)
    return plans, sink


def plans_of(project: Project, root: Path) -> dict[str, Plan]:
    """The plans of a project that must be valid."""
    write(project, root)
    plans, sink = compiled(root)
    said = [f"{d.place} {d.code} {d.message}" for d in sink.found]
    assert not said, (said, json.dumps(project.pipelines, indent=1))
    return plans
