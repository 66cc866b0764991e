"""`wombat why`: which of the things that a task depends on changed, and since when."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common, keep_all_memory
from wombat.cli.words import parameters, pipeline_and_task

if TYPE_CHECKING:
    from wombat.cli.console import Console


WIDTH: Final = 100
"""Columns in which a run's whole id has room."""
_LABELLED: Final = re.compile(r"(?P<task>[^\[]+?):? ?\[(?P<label>.+)\]")
"""A part as it is shown: `shop/best: [de]`."""


@click.command(epilog="Example:  wombat why churn/features    or    wombat why churn --run RUN")
@click.argument("target", metavar="PIPELINE[/TASK]")
@click.option("--part", "label", metavar="LABEL", help="One part of a task with foreach.")
@click.option("--run", "run", metavar="RUN", help="Hold it against this run.")
@click.option("--force", is_flag=True, help="As if it were to run anew.")
@click.option("-P", "given", multiple=True, metavar="NAME=VALUE", help="A parameter of the run.")
@click.option("-p", "--profile", metavar="PROFILE", help="The run's profile.")
@common
def why(
    console: Console,
    target: str,
    label: str | None,
    run: str | None,
    *,
    force: bool,
    given: tuple[str, ...],
    profile: str | None,
) -> int:
    """Say why TASK would run now, or why it wouldn't: what changed since the run that stands.

    That is the branch's newest version, else the default branch's. An input that changed is
    followed to the task where the change begins. Runs nothing, writes nothing.
    """
    keep_all_memory()
    from wombat.api.asking_why import why as explain
    from wombat.review.why_text import why_text

    if (named := _LABELLED.fullmatch(target)) and label is None:
        target, label = named["task"], named["label"]
    pipeline, task = pipeline_and_task(target)
    if label is not None and task is None:
        raise click.UsageError("--part belongs to a task: PIPELINE/TASK.")
    told = explain(
        console.folder,
        pipeline,
        task,
        label=label,
        run=run,
        force=force,
        given=parameters(given),
        profile=profile,
    )
    narrow = shutil.get_terminal_size((WIDTH, 24)).columns < WIDTH
    console.result(why_text(told, narrow=narrow).rstrip("\n"), told.to_json())
    return 0


COMMAND: Final = why
