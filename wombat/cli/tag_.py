"""`wombat tag`: a name for a version that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(
    epilog="Example:  wombat tag churn@main v1    or    wombat tag churn@run:ci-123 good"
)
@click.argument("version", metavar="PIPELINE[@REF]")
@click.argument("name")
@click.option("-f", "--force", is_flag=True, help="Move a tag that names another version.")
@common
def tag(console: Console, version: str, name: str, *, force: bool) -> None:
    """Give a version of PIPELINE, with all of its outputs, the name NAME: then @NAME finds it.

    Retention keeps what a tag names. A tag isn't deleted; --force moves it, and 'wombat log
    PIPELINE@tag:NAME' tells what it named before.
    """
    from wombat.api.session import open_session
    from wombat.api.tagging import tag as give
    from wombat.review.diagnostics import visible

    done = give(open_session(console.folder), version, name, force=force)
    said = (
        f"named run {done.version.run} already"
        if done.published.outcome == "already"
        else f"is run {done.version.run}"
    )
    moved = f", no longer run {done.was}" if done.was else ""
    console.result(
        visible(f"{done.pipeline}@{done.tag} {said}{moved}"),
        {
            "pipeline": done.pipeline,
            "tag": done.tag,
            "run": done.version.run,
            "outcome": done.published.outcome,
            "seq": done.published.seq,
            "was": done.was,
        },
    )


COMMAND: Final = tag
