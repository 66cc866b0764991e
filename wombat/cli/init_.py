"""`wombat init`: a project that runs at once."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat init shop && cd shop && wombat run shop")
@click.argument(
    "target", type=click.Path(file_okay=False, path_type=Path), default=Path(), metavar="[DIR]"
)
@click.option("--bare", is_flag=True, help="Without the example: folders and editor schemas only.")
@common
def init(console: Console, target: Path, *, bare: bool) -> None:
    """Begin a project in DIR (here, if none is given): an example pipeline that runs at once.

    Files that are there already stay as they are.
    """
    from wombat.api.scaffold import begin

    folder = target if target.is_absolute() else console.folder / target
    done = begin(folder, example=not bare)
    for path in done.kept:
        console.say(f"kept   {path}")
    for path in done.written:
        console.say(f"wrote  {path}")
    first = f"cd {shlex.quote(str(target))} && " if target != Path() else ""
    then = "wombat check && wombat run shop" if not bare else "wombat check"
    console.result(f"next: {first}{then}", {"written": done.written, "kept": done.kept})


COMMAND: Final = init
