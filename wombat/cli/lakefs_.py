"""`wombat lakefs`: what is published, as files in lakeFS."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console
    from wombat.projection.steps import Projected


@click.group()
def lakefs() -> None:
    """Show what is published as files of a branch in lakeFS."""


@lakefs.command(
    epilog="Example:  wombat lakefs sync -n    and then    wombat lakefs sync churn",
    short_help="Bring a branch of lakeFS to what is published.",
)
@click.argument("pipelines", nargs=-1, metavar="[PIPELINE]…")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be done.")
@click.option(
    "--force", is_flag=True, help="Take over what another zone or store, or a later version, shows."
)
@common
def sync(console: Console, pipelines: tuple[str, ...], *, dry_run: bool, force: bool) -> None:
    """Bring the branch that publish.lakefs of wombat.yml names to what the default branch holds.

    Publishing in CI does the same for its run. This goes on with what was interrupted, brings back
    what differs, and deletes branches of runs that are merged or overtaken. Files that stand there
    already aren't sent again. Without PIPELINE it is done for all of them. What CI shows isn't
    replaced from one's own machine, unless with --force; what stands of others never.
    """
    from wombat.api.projecting import sync as sync_all
    from wombat.cli.progress import transfer
    from wombat.cli.projections import told

    def tell(one: Projected) -> None:
        if not console.json:
            console.result(told(one))

    with transfer(console, "lakefs sync") as progress:
        done = sync_all(
            console.folder, pipelines, dry=dry_run, force=force, on_done=tell, progress=progress
        )
    if console.json:
        console.result("", [asdict(one) for one in done])
    elif not done:
        console.result("nothing is published that could stand in lakeFS")


COMMAND: Final = lakefs
