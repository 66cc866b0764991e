"""The command that does what failed once more, here, with the same inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.errors import TaskFailed

if TYPE_CHECKING:
    from wombat.errors import WombatError
    from wombat.executor.context import Context
    from wombat.plan.ir import Part, Task


def with_command(error: WombatError, context: Context, task: Task, part: Part | None) -> str | None:
    """The hint of an error whose attempt is recorded, ended by the command; an effect has none."""
    if task.effect:
        return error.hint
    words = f"wombat reproduce {context.run} {context.pipeline}/{task.name}"
    if context.store.zone.startswith("u/"):  # which nobody reads unless it is their own
        words = f"WOMBAT_ZONE=u {words}"
    if part is not None:
        words += f" --part {part.label}"  # a label is letters, digits, dots, dashes and commas
    if task.kind == "run" and error.code == TaskFailed.default_code:  # their code raised
        words += " --pdb"
    said = f"the same inputs here: {words}"
    return f"{error.hint}; {said}" if error.hint else said
