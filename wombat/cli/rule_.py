"""`wombat rule`: what an error's code means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat rule edge-refuted")
@click.argument("code", required=False)
@common
def rule(console: Console, code: str | None) -> None:
    """Explain an error's CODE; without one, list all codes."""
    from wombat.review.rules import explain, titles

    if code is None:
        every = titles()
        width = max(map(len, every))
        console.result(
            "\n".join(f"{name:<{width}}  {title}" for name, title in every.items()), every
        )
    else:
        text = explain(code)
        console.result(text.rstrip("\n"), {"code": code, "text": text})


COMMAND: Final = rule
