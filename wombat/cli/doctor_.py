"""`wombat doctor`: what is missing or odd."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat doctor")
@common
def doctor(console: Console) -> int:
    """Look for what is missing or odd on this machine, in this project and in its store.

    Exit 1 where something is wrong. Changes nothing.
    """
    from wombat.api.doctor import as_text, examine

    found = examine(console.folder)
    console.result(as_text(found, console.style), [asdict(one) for one in found])
    return 1 if any(one.state == "wrong" for one in found) else 0


COMMAND: Final = doctor
