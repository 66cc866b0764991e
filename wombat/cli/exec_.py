"""`wombat exec`: one task of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command("exec", epilog="Example:  wombat exec churn/score --part=us")
@click.argument("target", metavar="PIPELINE/TASK")
@click.option("--part", metavar="LABEL", help="The part, for a task with foreach.")
@click.option(
    "--run",
    metavar="RUN",
    help="The run; by default $WOMBAT_RUN, else the one of the CI pipeline at hand.",
)
@common
def exec_(console: Console, target: str, part: str | None, run: str | None) -> None:
    """Run one task of a run: fetch its inputs, run it, check and store its outputs, record it.

    This is the command of every generated CI job. What the task prints is printed.
    """
    from wombat.api.runs import execute
    from wombat.cli.display import finished
    from wombat.cli.words import pipeline_and_task

    pipeline, task = pipeline_and_task(target)
    if task is None:
        raise click.UsageError(f"'{target}' names no task; expected PIPELINE/TASK.")
    done = execute(console.folder, pipeline, task, part=part, run=run)
    console.result(finished(target, part, done), {"attempt": done.attempt, **done.record})


COMMAND: Final = exec_
