"""Small projects whose tasks tell when they run, and an oracle that knows which have to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULUS = 3
"""Values are few, so that a change often ends where it is made."""


@dataclass(frozen=True)
class Made:
    """One task. `function` stays, `name` may change; `takes` are indexes of producers."""

    function: str
    name: str
    add: int = 0
    uses: tuple[str, ...] = ()
    takes: tuple[int, ...] = ()
    needs: tuple[int, ...] = ()
    parts: bool = False
    frame: bool = False
    asks: bool = False
    param: bool = False
    file: bool = False
    env: str = ""
    said: str = ""


@dataclass(frozen=True)
class World:
    """A whole project as it is at one time."""

    tasks: tuple[Made, ...]
    k0: int = 1
    k1: int = 1
    far: int = 1
    labels: tuple[str, ...] = ("a", "b")
    param: int = 1
    text: str = "one"
    bound: int = 0
    fill: bool = False
    noise: int = 0

    def changed(self, number: int, **words: Any) -> World:
        one = replace(self.tasks[number], **words)
        return replace(self, tasks=(*self.tasks[:number], one, *self.tasks[number + 1 :]))

    def parts(self, task: Made) -> tuple[str | None, ...]:
        return self.labels if task.parts else (None,)


def write(root: Path, world: World, log: Path) -> None:
    """The project's files, as somebody would write them."""
    for path, text in _files(world, log):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text() != text:
            file.write_text(text)


def _files(world: World, log: Path) -> Iterator[tuple[str, str]]:
    noise = "# again\n" * world.noise
    yield "wombat.yml", "project: worlds\n"
    yield "data/text.txt", world.text
    yield "lib/__init__.py", ""
    yield "lib/far.py", f'"""Far {world.noise}."""\n\n\ndef far():\n    return {world.far}\n'
    near = f"from lib.far import far\n\n{noise}K0 = {world.k0}\nK1 = {world.k1}\n\n\n"
    near += "def near():\n    return far() + K0\n\n\n"
    yield "lib/near.py", f"{near}def unused():\n    return {world.noise}\n"
    yield "work.py", _code(world, log)
    yield "schemas/rows.yml", _schema(world)
    yield "pipelines/p.yml", _pipeline(world)


def _code(world: World, log: Path) -> str:
    lines = [
        "from pathlib import Path",
        "import pyarrow as pa",
        "from lib.near import K0, K1, near",
        f"LOG = {str(log)!r}",
        "",
        "def told(name, part):",
        '    with open(LOG, "a") as log:',
        '        log.write(f"{name}={part}\\n")',
        "",
        "def number(one):",
        "    if isinstance(one, list):",
        "        return sum(number(each) for each in one)",
        "    return one if isinstance(one, int) else one['n'][0].as_py()",
        "",
    ]
    for task in world.tasks:
        lines += ["", *("# said otherwise" for _ in range(world.noise)), *_function(world, task)]
    return "\n".join(lines) + "\n"


def _function(world: World, task: Made) -> list[str]:
    given = [f"in{one}{_form(world.tasks[one], task)}" for one in task.takes]
    given += ["n: int"] * task.param + ["doc: Path"] * task.file + ["part: str"] * task.parts
    terms = [str(task.add), *(_USED[word] for word in task.uses)]
    terms += [f"number(in{one})" for one in task.takes] + ["n"] * task.param
    terms += ["len(doc.read_text())"] * task.file + ["ord(part)"] * task.parts
    value = f"({' + '.join(terms)}) % {MODULUS}"
    part = "part" if task.parts else "None"
    made = "pa.table({'n': pa.array([value, value], pa.int64())})" if task.frame else "value"
    return [
        f"def {task.function}({', '.join(given)}):",
        f"    told({task.function!r}, {part})",
        f"    value = {value}",
        f"    return {made}",
    ]


_USED = {"k0": "K0", "k1": "K1", "near": "near()"}


def _form(producer: Made, task: Made) -> str:
    whole = producer.parts and not task.parts
    kind = "pa.Table" if producer.frame else "int"
    return f": list[{kind}]" if whole else f": {kind}"


def _schema(world: World) -> str:
    column = {"type": "int64", "min": world.bound} | ({"fill_null": 0} if world.fill else {})
    told = {"schema": "rows", "description": f"noise {world.noise}", "columns": {"n": column}}
    return json.dumps(told, indent=1 + world.noise)


def _pipeline(world: World) -> str:
    tasks = {task.name: _task(world, task) for task in world.tasks}
    params = {"n": {"type": "int", "default": world.param}}
    text = json.dumps({"pipeline": "p", "params": params, "tasks": tasks})
    return text.replace('"$params.n"', "$params.n")


def _task(world: World, task: Made) -> dict[str, Any]:
    made = {"type": "dataframe", "schema": "rows"} if task.frame else {"type": "json"}
    inputs: dict[str, Any] = {}
    for number in task.takes:
        producer = world.tasks[number]
        taken = {"from": producer.name}
        taken |= {"collect": "list"} if producer.parts and not task.parts else {}
        inputs[f"in{number}"] = taken | ({"schema": "rows"} if _asks(task, producer) else {})
    if task.file:
        inputs["doc"] = {"file": "data/text.txt"}
    return {
        "run": f"work:{task.function}",
        "outputs": {"out": made},
        **({"inputs": inputs} if inputs else {}),
        **({"with": {"n": "$params.n"}} if task.param else {}),
        **({"foreach": {"part": list(world.labels)}} if task.parts else {}),
        **({"env": {"NOTE": task.env}} if task.env else {}),
        **({"needs": [world.tasks[one].name for one in task.needs]} if task.needs else {}),
        **({"description": task.said} if task.said else {}),
    }


def _asks(task: Made, producer: Made) -> bool:
    return task.asks and producer.frame


@dataclass
class Oracle:
    """Evaluates tasks by their definitions. What it evaluated before needn't run: a task has to
    where its code, arguments, inputs and what its output is were never seen together."""

    seen: set[Any] = field(default_factory=set)

    def run(self, world: World) -> tuple[set[str], dict[tuple[str, str | None], tuple[bool, int]]]:
        """Which parts have to run as `function=part`, and by each task's name and part whether it
        makes a frame, and the number that it holds."""
        ran: set[str] = set()
        values: list[dict[str | None, int]] = []
        for task in world.tasks:
            mine = {}
            for part in world.parts(task):
                known = tuple(_taken(world, task, part, one, values) for one in task.takes)
                terms = _terms(world, task, part, known)
                mine[part] = sum(terms) % MODULUS
                if (key := _all(world, task, part, known)) not in self.seen:
                    self.seen.add(key)
                    ran.add(f"{task.function}={part}")
            values.append(mine)
        made = {
            (task.name, part): (task.frame, value)
            for task, mine in zip(world.tasks, values, strict=True)
            for part, value in mine.items()
        }
        return ran, made


def _taken(
    world: World, task: Made, part: str | None, number: int, values: list[dict[str | None, int]]
) -> tuple[tuple[str | None, int], ...]:
    """The values of a producer that a part takes, by label where it takes several."""
    producer, made = world.tasks[number], values[number]
    if producer.parts and not task.parts:
        return tuple((label, made[label]) for label in world.labels)
    return ((None, made[part if producer.parts else None]),)


def _used(world: World, word: str) -> tuple[tuple[str, int], ...]:
    return {
        "k0": (("k0", world.k0),),
        "k1": (("k1", world.k1),),
        "near": (("far", world.far), ("k0", world.k0)),
    }[word]


def _terms(
    world: World, task: Made, part: str | None, known: tuple[tuple[tuple[Any, int], ...], ...]
) -> Iterator[int]:
    yield task.add
    yield from (value for word in task.uses for _, value in _used(world, word))
    yield from (value for one in known for _, value in one)
    yield world.param if task.param else 0
    yield len(world.text) if task.file else 0
    yield ord(part) if part else 0


def _all(world: World, task: Made, part: str | None, known: Any) -> Any:
    """All that decides what a part makes, and nothing else."""
    asks = [_asks(task, world.tasks[one]) for one in task.takes]
    return (
        *(task.function, task.add, task.uses, task.env, part, known, task.takes, task.frame),
        tuple(_used(world, word) for word in task.uses),
        (world.param if task.param else None, world.text if task.file else None),
        world.fill if task.frame or any(asks) else None,
        tuple(asks),
    )
