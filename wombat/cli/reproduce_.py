"""`wombat reproduce`: a task of an earlier run once more, with the very same inputs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console
    from wombat.review.reproduced import Reproduced

WIDTH: Final = 80
"""Where there is no terminal to ask."""


@click.command(
    epilog="Example:  wombat reproduce 8f3a01c2 churn/features --pdb    or    "
    "wombat reproduce 8f3a01c2"
)
@click.argument("run")
@click.argument("target", metavar="[[PIPELINE/]TASK]", required=False)
@click.option("--part", "label", metavar="LABEL", help="One part of a task with foreach.")
@click.option("--pdb", "debug", is_flag=True, help="Debug what the task's function raises.")
@common
def reproduce(
    console: Console, run: str, target: str | None, label: str | None, *, debug: bool
) -> int:
    """Do what RUN did once more, here: the same inputs by digest, code, parameters, and profile.

    RUN is a run's id, the beginning of one, or of what stands behind its last dash. The code is
    git's at the run's commit, or this checkout's where it is the same. Outputs are compared by
    digest, and what differs is named. Nothing is recorded, stored or published. Exit code 0 where
    all is the same, 1 where something differs, 11 or 12 where a task fails, 14 where inputs or
    code are lost.
    """
    from wombat.api.reproducing import reproduce as reproduce_run
    from wombat.review.reproduced import exit_code

    pipeline, task = _named(target)
    if label is not None and task is None:
        raise click.UsageError("--part belongs to a task: RUN PIPELINE/TASK.")
    if debug and task is None:
        raise click.UsageError("--pdb belongs to a task: RUN PIPELINE/TASK.")
    if debug and not (sys.stdin and sys.stdin.isatty()):
        raise click.UsageError("--pdb asks at a terminal; expected one as standard input.")
    found = reproduce_run(
        console.folder,
        run,
        pipeline=pipeline,
        task=task,
        label=label,
        debug=_debug if debug else None,
        log=Path("/dev/stderr") if console.json else None,
        on_part=lambda one: _tell(console, one),
    )
    if console.json:
        console.result("", [one.to_json() for one in found])
    return exit_code(found)


def _named(target: str | None) -> tuple[str | None, str | None]:
    """`churn/features`, or the task alone, or `churn/` for a whole pipeline."""
    if target is None:
        return None, None
    pipeline, slash, task = target.partition("/")
    if "/" in task or not pipeline:
        raise click.UsageError(f"'{target}' names no task; expected PIPELINE/TASK.")
    return (pipeline, task or None) if slash else (None, pipeline)


def _tell(console: Console, one: Reproduced) -> None:
    from wombat.cli.terminal import plain
    from wombat.review.reproduced import reproduced_text

    if not console.json:
        width = shutil.get_terminal_size((WIDTH, 24)).columns
        console.result(reproduced_text(one, width=width, plain=plain()))


def _debug(fault: BaseException) -> None:
    import pdb  # noqa: T100  # the very thing that --pdb is for

    pdb.post_mortem(fault.__traceback__)


COMMAND: Final = reproduce
