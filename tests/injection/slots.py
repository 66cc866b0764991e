"""The places where a user's text can stand in a pipeline's file.

`<P>` is the payload, quoted; `<N>` the pipeline's own name. `at` says where in the plan's JSON the
payload is found again; `?` is the name of the first key there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from tests.injection.payloads import HALF, NUL, PAYLOADS
from tests.injection.writing import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

LONG: Final = frozenset(name for name, text in PAYLOADS.items() if len(text) > 1000)
"""YAML's keys have 1,024 characters at most."""
ALL: Final = frozenset(PAYLOADS)


@dataclass(frozen=True)
class Slot:
    """One place.

    `neutral` is a text that is accepted there. `refused` are the payloads that can't stand there,
    None where the place takes names of something. `seen`: what a generated file may show of it:
    nothing, a validated name, a part's label, the image that it is, or a plain word in a comment.
    `around` is what a payload has around it there, and `meant` how the plan says that.
    """

    text: str
    at: str
    neutral: str = "neutral"
    refused: frozenset[str] | None = None
    seen: Literal["nothing", "name", "label", "image", "remark"] = "nothing"
    around: Callable[[str], str] = str
    meant: Callable[[str], str] = str

    def pipeline(self, name: str, payload: str) -> str:
        """The text of a pipeline's file."""
        return self.text.replace("<N>", name).replace("<P>", quoted(self.around(payload)))

    def found(self, plan: Any) -> Any:
        """What stands at the slot's place in a plan's JSON, with what is around it."""
        for step in self.at.split("."):
            if step == "?":
                return next(iter(plan))
            plan = plan[int(step) if isinstance(plan, list) else step]
        return plan


def _format(payload: str) -> str:
    return payload.replace("{", "{{").replace("}", "}}") + "{p}"


def _path(text: str) -> str:
    return "/".join(step for step in text.split("/") if step not in ("", "."))


HEAD: Final = "pipeline: <N>\n"
TASKS: Final = HEAD + "tasks:\n  a:\n    "
OUTPUT: Final = "\n    outputs: {o: {type: json}}\n"
SHELL: Final = "shell: ls" + OUTPUT + "    "
RUN: Final = "run: tools:anything" + OUTPUT + "    "
BEHIND: Final = TASKS + SHELL + "\n  b:\n    shell: ls\n    "
ONE: Final = "tasks:\n  a: {shell: ls, outputs: {o: {type: json}}}\n"

NAMES: Final = {
    "pipeline name": Slot("pipeline: <P>\n" + ONE, "pipeline", seen="name"),
    "task name": Slot(HEAD + "tasks:\n  <P>: {shell: ls}\n", "tasks.0.name", seen="name"),
    "input name": Slot(
        TASKS + SHELL + "inputs: {<P>: {file: wombat.yml}}\n", "tasks.0.inputs.0.name", seen="name"
    ),
    "output name": Slot(
        TASKS + "shell: ls\n    outputs: {<P>: {type: json}}\n",
        "tasks.0.outputs.0.name",
        seen="name",
    ),
    "parameter name": Slot(
        HEAD + "params: {<P>: {type: int, default: 1}}\n" + ONE, "params.0.name"
    ),
    "with name": Slot(TASKS + SHELL + "with: {<P>: 1}\n", "tasks.0.arguments.?"),
    "foreach name": Slot(TASKS + SHELL + "foreach: {<P>: [us]}\n", "tasks.0.foreach.?"),
    "env name": Slot(TASKS + SHELL + "env: {<P>: x}\n", "tasks.0.env.?"),
    "default env name": Slot(HEAD + "defaults: {env: {<P>: x}}\n" + ONE, "tasks.0.env.?"),
}

VALUES: Final = {
    "parameter default": Slot(
        HEAD + "params: {p: {type: string, default: <P>}}\n" + ONE, "params.0.default", refused=HALF
    ),
    "parameter default, json": Slot(
        HEAD + "params: {p: {type: json, default: {a: [<P>]}}}\n" + ONE,
        "params.0.default.a.0",
        refused=HALF,
    ),
    "parameter default, key": Slot(
        HEAD + "params: {p: {type: json, default: {<P>: 1}}}\n" + ONE,
        "params.0.default.?",
        refused=HALF | LONG,
    ),
    "parameter choice": Slot(
        HEAD + "params: {p: {type: string, in: [<P>], default: <P>}}\n" + ONE,
        "params.0.choices.0",
        refused=HALF,
    ),
    "with": Slot(TASKS + SHELL + "with: {x: <P>}\n", "tasks.0.arguments.x", refused=HALF | NUL),
    "with, run": Slot(TASKS + RUN + "with: {x: <P>}\n", "tasks.0.arguments.x", refused=HALF),
    "with, inner": Slot(
        TASKS + RUN + "with: {x: {a: [<P>]}}\n", "tasks.0.arguments.x.a.0", refused=HALF
    ),
    "with, inner key": Slot(
        TASKS + RUN + "with: {x: {y: {<P>: 1}}}\n", "tasks.0.arguments.x.y.?", refused=HALF | LONG
    ),
    "with, format": Slot(
        HEAD
        + "params: {p: {type: int, default: 1}}\ntasks:\n  a:\n    "
        + SHELL
        + "with: {x: {format: <P>}}\n",
        "tasks.0.arguments.x.text",
        around=_format,
        refused=HALF | NUL,
    ),
    "env": Slot(TASKS + SHELL + "env: {E: <P>}\n", "tasks.0.env.E", refused=HALF | NUL),
    "default env": Slot(
        HEAD + "defaults: {env: {E: <P>}}\n" + ONE, "tasks.0.env.E", refused=HALF | NUL
    ),
    "foreach": Slot(
        TASKS + SHELL + "foreach: {k: [<P>, other]}\n",
        "tasks.0.foreach.k.0",
        seen="label",
        refused=HALF | NUL,
    ),
    "foreach, batch": Slot(
        TASKS + SHELL + "foreach: {k: [<P>, other]}\n    batch: 2\n",
        "tasks.0.foreach.k.0",
        seen="label",
        refused=HALF | NUL,
    ),
    "command": Slot(TASKS + "command: [<P>]" + OUTPUT, "tasks.0.argv.0", refused=HALF | NUL),
    "command, word": Slot(
        TASKS + "command: [echo, <P>]" + OUTPUT, "tasks.0.argv.1", refused=HALF | NUL
    ),
    "shell": Slot(TASKS + "shell: <P>" + OUTPUT, "tasks.0.script", refused=HALF | NUL),
    "description": Slot(HEAD + "description: <P>\n" + ONE, "description", refused=HALF),
    "owner": Slot(HEAD + "owner: <P>\n" + ONE, "owner", refused=HALF),
    "task description": Slot(
        TASKS + SHELL + "description: <P>\n", "tasks.0.description", refused=HALF
    ),
    "parameter description": Slot(
        HEAD + "params: {p: {type: int, default: 1, description: <P>}}\n" + ONE,
        "params.0.description",
        refused=HALF,
    ),
}

PLACES: Final = {
    "run": Slot(TASKS + "run: <P>" + OUTPUT, "tasks.0.run", refused=ALL),
    "input from": Slot(
        BEHIND + "inputs: {i: {from: <P>}}\n", "tasks.1.inputs.0.source.task", refused=ALL
    ),
    "input from, short": Slot(
        BEHIND + "inputs: {i: <P>}\n", "tasks.1.inputs.0.source.task", refused=ALL
    ),
    "input file": Slot(
        TASKS + SHELL + "inputs: {i: {file: <P>}}\n",
        "tasks.0.inputs.0.source.path",
        around="data/{}".format,
        meant=_path,
        seen="remark",
    ),
    "input artifact": Slot(
        TASKS + SHELL + "inputs: {i: {artifact: <P>}}\n",
        "tasks.0.inputs.0.source.address",
        neutral="x/y@main",
        seen="remark",
    ),
    "input artifact, part": Slot(
        TASKS + SHELL + "inputs: {i: {artifact: <P>}}\n",
        "tasks.0.inputs.0.source.address",
        around="x/y[{}]@main".format,
        seen="remark",
    ),
    "input artifact, branch": Slot(
        TASKS + SHELL + "inputs: {i: {artifact: <P>}}\n",
        "tasks.0.inputs.0.source.address",
        around="x/y@branch:{}".format,
        seen="remark",
    ),
    "input schema": Slot(
        TASKS + SHELL + "inputs: {i: {artifact: x/y, schema: <P>}}\n",
        "tasks.0.inputs.0.schema",
        refused=ALL,
    ),
    "input collect": Slot(
        BEHIND + "inputs: {i: {from: a, collect: <P>}}\n", "tasks.1.inputs.0.collect", refused=ALL
    ),
    "output schema": Slot(
        TASKS + "shell: ls\n    outputs: {o: <P>}\n", "tasks.0.outputs.0.schema", refused=ALL
    ),
    "output type": Slot(
        TASKS + "shell: ls\n    outputs: {o: {type: <P>}}\n", "tasks.0.outputs.0.type", refused=ALL
    ),
    "output path": Slot(
        TASKS + "shell: ls\n    outputs: {o: {type: file, path: <P>}}\n", "tasks.0.outputs.0.path"
    ),
    "output format": Slot(
        TASKS + "shell: ls\n    outputs: {o: {format: <P>}}\n",
        "tasks.0.outputs.0.format",
        refused=ALL,
    ),
    "needs": Slot(BEHIND + "needs: <P>\n", "tasks.1.needs.0", refused=ALL),
    "needs, listed": Slot(BEHIND + "needs: [<P>]\n", "tasks.1.needs.0", refused=ALL),
    "image": Slot(
        TASKS + SHELL + "image: <P>\n", "tasks.0.image", neutral="python:3.12", seen="image"
    ),
    "default image": Slot(
        HEAD + "defaults: {image: <P>}\n" + ONE,
        "tasks.0.image",
        neutral="python:3.12",
        seen="image",
    ),
    "compute": Slot(TASKS + SHELL + "compute: <P>\n", "tasks.0.compute", refused=ALL),
    "timeout": Slot(TASKS + SHELL + "timeout: <P>\n", "", neutral="90m", seen="name"),
    "retry": Slot(TASKS + SHELL + "retry: <P>\n", "", refused=ALL),
    "batch": Slot(TASKS + SHELL + "foreach: {k: [us]}\n    batch: <P>\n", "", refused=ALL),
    "parameter type": Slot(HEAD + "params: {p: {type: <P>}}\n" + ONE, "params.0.type", refused=ALL),
    "cron": Slot(HEAD + "schedule: {cron: <P>}\n" + ONE, "schedule.cron", neutral="0 4 * * *"),
    "timezone": Slot(
        HEAD + 'schedule: {cron: "0 3 * * *", timezone: <P>}\n' + ONE,
        "schedule.timezone",
        neutral="UTC",
    ),
    "on": Slot(HEAD + "on: {merge_request: <P>}\n" + ONE, "on.merge_request", refused=ALL),
    "unknown key": Slot(HEAD + "<P>: 1\n" + ONE, "", refused=ALL),
    "unknown key of a task": Slot(TASKS + SHELL + "<P>: 1\n", "", seen="name"),
    "unknown key of an input": Slot(
        TASKS + SHELL + "inputs: {i: {file: wombat.yml, <P>: 1}}\n", "", refused=ALL
    ),
}

SLOTS: Final = NAMES | VALUES | PLACES
