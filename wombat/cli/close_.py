"""`wombat close`: a branch is no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat close churn@feature/x")
@click.argument("branch", metavar="PIPELINE@BRANCH")
@common
def close(console: Console, branch: str) -> None:
    """Say that a branch of PIPELINE is no more: @BRANCH names nothing from then on.

    Nothing is deleted: versions are found by @run:, @asof: and tags until retention lets them go.
    Whoever publishes on the branch opens it again. 'wombat gc' closes branches that git has lost.
    """
    from wombat.api.session import open_session
    from wombat.api.tagging import close as close_branch

    done = close_branch(open_session(console.folder), branch)
    outcome = done.outcome if done else "already"
    said = {
        "already": "was closed before",
        "published": "is closed",
        "superseded": f"lives: run {done.by if done else ''} was published meanwhile",
    }
    console.result(f"{branch} {said[outcome]}", {"branch": branch, "outcome": outcome})


COMMAND: Final = close
