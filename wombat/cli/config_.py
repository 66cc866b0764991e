"""`wombat config show`: every setting, and where its value comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.group()
def config() -> None:
    """Show the configuration, and where each value comes from."""


@config.command(epilog="Example:  wombat config show --origin")
@click.option("--origin", is_flag=True, help="Say where each value comes from.")
@common
def show(console: Console, *, origin: bool) -> None:
    """Show every setting; with --origin the flag, variable or file that set it."""
    from wombat.api.session import open_session

    session = open_session(console.folder)
    rows = [("root", str(session.root), "search")]
    rows += [(one.name, one.value or "", one.origin) for one in session.settings.all]
    rows += [("branch", session.surroundings.branch, session.surroundings.ci or "git")]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = [
        f"{name:<{widths[0]}}  {value:<{widths[1]}}" + (f"  {source}" if origin else "")
        for name, value, source in rows
    ]
    console.result(
        "\n".join(line.rstrip() for line in lines),
        {name: {"value": value, "origin": source} for name, value, source in rows},
    )


COMMAND: Final = config
