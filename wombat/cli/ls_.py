"""`wombat ls`: pipelines, and what their refs hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat ls    or    wombat ls churn@main    or    wombat ls ml:")
@click.argument("what", required=False, metavar="[[PROJECT:]PIPELINE[@REF]]")
@click.option("-a", "--all", "every", is_flag=True, help="A line a ref: closed ones and pins too.")
@common
def ls(console: Console, what: str | None, *, every: bool) -> None:
    """List the pipelines in the store, or the outputs that one of them holds at a ref.

    'PROJECT:' lists those of another project of the same store.
    """
    from wombat.api.listing import list_outputs
    from wombat.api.overview import list_pipelines, list_refs
    from wombat.api.session import open_session
    from wombat.cli.tables import as_text

    session = open_session(console.folder)
    project = what.removesuffix(":") if what and what.endswith(":") else None
    if every and what and project is None:
        raise click.UsageError("--all lists whole projects; expected no pipeline with it.")
    if what and project is None:
        table = list_outputs(session, what)
    else:
        table = (list_refs if every else list_pipelines)(session, project)
    for note in table.notes:
        console.say(note)
    console.result(as_text(table), table.tree)


COMMAND: Final = ls
