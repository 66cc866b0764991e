"""`wombat exec`: one task of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console
    from wombat.store import AttemptRecord


@click.command("exec", epilog="Example:  wombat exec churn/score --part=us")
@click.argument("target", metavar="PIPELINE/TASK")
@click.option(
    "--part",
    "parts",
    multiple=True,
    metavar="LABEL",
    help="A part, for a task with foreach; several run one after the other.",
)
@click.option(
    "--run",
    metavar="RUN",
    help="The run; by default $WOMBAT_RUN, else the one of the CI pipeline at hand.",
)
@common
def exec_(console: Console, target: str, parts: tuple[str, ...], run: str | None) -> None:
    """Run one task of a run: fetch its inputs, run it, check and store its outputs, record it.

    This is the command of every generated CI job. What the task prints is printed.
    """
    from wombat.api.jobs import execute
    from wombat.cli.display import finished
    from wombat.cli.words import pipeline_and_task
    from wombat.errors import WombatError

    pipeline, task = pipeline_and_task(target)
    if task is None:
        raise click.UsageError(f"'{target}' names no task; expected PIPELINE/TASK.")

    def tell(part: str | None, found: AttemptRecord | WombatError) -> None:
        if not isinstance(found, WombatError):
            if not console.json:
                console.result(finished(target, part, found))
        elif len(parts) > 1:  # of one part the error ends the command
            console.say_error(f"{target}: [{part}] failed")
            console.fault(found)

    done = execute(console.folder, pipeline, task, parts=parts, run=run, on_part=tell)
    if console.json:
        trees = [{"attempt": one.attempt, **one.record} for one in done]
        console.result("", trees[0] if len(parts) < 2 else trees)


COMMAND: Final = exec_
