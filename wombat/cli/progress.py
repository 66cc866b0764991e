"""Progress on a terminal: bars that go when they are done; plain lines elsewhere."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.cli.console import Console
    from wombat.store import Progress


def on_terminal(console: Console) -> bool:
    """Whether bars may be drawn: standard error is a terminal that moves its cursor, and nobody
    asked for silence, or by NO_COLOR for nothing but text."""
    able = sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and "NO_COLOR" not in os.environ
    return able and not console.quiet and not console.json


@contextmanager
def transfer(console: Console, title: str) -> Iterator[Progress | None]:
    """A bar for the bytes of one transfer, which goes away when it is done; None elsewhere."""
    if not on_terminal(console):
        yield None
        return
    from rich.console import Console as Rich
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Bars(*columns, console=Rich(stderr=True), transient=True) as bars:
        bar = bars.add_task(title, total=None)

        def told(done: int, total: int | None) -> None:
            bars.update(bar, completed=done, total=total)

        yield told
