"""`wombat report`: a run's JUnit files again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.api.reporting import Reported
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat report --run-file .wombat/gitlab/run --out .wombat/reports")
@click.option("--run", metavar="RUN", help="The run; by default $WOMBAT_RUN.")
@click.option(
    "--run-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A file that names the run, as compile --select writes it.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="The folder to write into.",
)
@common
def report(console: Console, run: str | None, run_file: Path | None, out: Path) -> None:
    """Write the JUnit files of every part of a run again, from the run's records in the store.

    For a job that shows what another pipeline's jobs found. Exit 0 whatever they found.
    """
    from wombat.api.reporting import report_run

    file = console.folder / run_file if run_file is not None else None
    found = report_run(console.folder, console.folder / out, run=run, run_file=file)
    tree = {"run": found.run, "pipelines": list(found.pipelines), "states": dict(found.states)}
    console.result(_said(found, run_file, out), tree)


def _said(found: Reported, run_file: Path | None, out: Path) -> str:
    if found.run is None:
        return f"no run to report: there is no {run_file}"
    if not found.states:
        return f"run {found.run}: nothing has run yet, nothing to report"
    parts, pipelines = found.states.total(), len(found.pipelines)
    states = ", ".join(f"{number} {state}" for state, number in sorted(found.states.items()))
    return (
        f"run {found.run}: {parts} part{'s' * (parts != 1)} of {pipelines} "
        f"pipeline{'s' * (pipelines != 1)} ({states}), in {out}"
    )


COMMAND: Final = report
