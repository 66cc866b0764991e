"""`wombat publish`: a run's outputs become the newest of their branch."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat publish churn")
@click.argument("pipeline")
@click.option(
    "--run",
    metavar="RUN",
    help="The run; by default $WOMBAT_RUN, else the one of the CI pipeline at hand.",
)
@common
def publish(console: Console, pipeline: str, run: str | None) -> None:
    """Make every output of a run of PIPELINE the newest of its branch, all at once.

    This is the last job of a pipeline. A run that a later one overtook stays, and its outputs are
    at pipeline/output@run:…; the branch is left as it is. Where wombat.yml has publish.lakefs, what
    a trusted run of the default branch made is then shown in lakeFS, too; if that fails, the
    branch's version stands, and the same command again goes on with it.
    """
    from wombat.api.jobs import publish as publish_run
    from wombat.api.projecting import project_run
    from wombat.api.published import tell
    from wombat.cli.display import publication
    from wombat.cli.lines import outcome
    from wombat.cli.progress import transfer
    from wombat.cli.projections import told

    done = publish_run(console.folder, pipeline, run=run)
    if not console.json:
        console.result(publication(pipeline, done))
    if said := tell(console.folder, pipeline, outcome(done), run=run):
        console.warning(said)
    projected = None
    if done.outcome != "superseded":
        with transfer(console, f"project {pipeline}") as progress:
            projected = project_run(console.folder, pipeline, run, progress=progress)
    if console.json:
        beside = {} if projected is None else {"lakefs": asdict(projected)}
        console.result("", {**asdict(done), **beside})
    elif projected is not None:
        console.result(told(projected))


COMMAND: Final = publish
