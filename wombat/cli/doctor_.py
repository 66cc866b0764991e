"""`wombat doctor`: what is missing or odd."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat doctor    or    wombat doctor --token GITLAB_TOKEN")
@click.option("--token", metavar="NAME", help="Ask GitLab too, with the token in this variable.")
@click.option("--server", metavar="URL", help="GitLab's address, if it isn't origin's.")
@click.option("--repository", metavar="PATH", help="As in group/project, if it isn't origin's.")
@common
def doctor(
    console: Console, *, token: str | None, server: str | None, repository: str | None
) -> int:
    """Look for what is missing or odd on this machine, in this project and in its store.

    Of GitLab it sees what the job at hand knows, and with --token (scope 'read_api') the project's
    variables, settings and schedules. The token is sent to the server of git's origin, in a job to
    the job's own; without --token none is. Exit 1 where something is wrong. Changes nothing.
    """
    from wombat.api.doctor import examine
    from wombat.api.findings import as_text
    from wombat.api.forge import Wish

    if token is None and (server or repository):
        raise click.UsageError("--server and --repository belong to --token.")
    found = examine(console.folder, Wish(token, server, repository))
    console.result(as_text(found, console.style), [asdict(one) for one in found])
    return 1 if any(one.state == "wrong" for one in found) else 0


COMMAND: Final = doctor
