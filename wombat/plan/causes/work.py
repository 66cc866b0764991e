"""A part's work in one run, with what its key has only digests of; and what may differ in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from wombat.plan.keys import components

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.plan.ir import Part, Plan, Task

UNKNOWN: Final = "?"
"""The content of an input that isn't made yet."""

Kind: TypeAlias = Literal[
    "new", "engine", "kind", "code", "parameter", "argument", "foreach", "command", "env", "image",
    "package", "input", "file", "artifact", "source", "upstream", "schema", "options", "output",
    "policy", "profile", "volatile", "forced", "lost", "changed", "undone", "never",
    "setting",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that differs. `what` names it within its kind: a parameter, a piece of code, an
    input; `then` and `now` are its values, None where it isn't there; `where` is the file that it
    stands in; `input` is the input of the task that it came by."""

    kind: Kind
    what: str = ""
    then: Any = None
    now: Any = None
    where: str | None = None
    input: str | None = None


@dataclass(frozen=True)
class Work:
    """`tree` are the components of its key; `facts` what a header says of what stands in them only
    as a digest: `code`, `artifacts`, `sources`."""

    plan: Plan
    task: Task
    part: Part | None
    params: Mapping[str, Any]
    profile: str
    tree: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)


def work_of(
    plan: Plan,
    task: Task,
    part: Part | None,
    inputs: Mapping[str, Any],
    header: Mapping[str, Any],
) -> Work:
    """The work of a part in the run of a header, with the contents of its inputs."""
    profile, params = str(header["profile"]), header["params"]
    pinned = header.get("artifacts", {})
    tree = components(plan, task, part, params, inputs, profile=profile, artifacts=pinned)
    return Work(plan, task, part, params, profile, tree, header)
