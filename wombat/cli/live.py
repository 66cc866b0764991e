"""The live part of a run's display, drawn by rich below the lines that are done."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console as Rich
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from wombat.executor import events
from wombat.printable import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType

    from wombat.cli.lines import Lines

_ENDS = (events.TaskFinished, events.TaskReused, events.TaskFailed, events.TaskRetried)


class _Running:
    """The tasks that run now, and how many of all are over; renders itself."""

    def __init__(self) -> None:
        self.since: dict[str, float] = {}
        self.total = 0
        self.over = 0
        self.spinner = Spinner("dots")

    def note(self, event: events.Event) -> None:
        if isinstance(event, events.RunStarted):
            self.total = len(event.parts)
        elif isinstance(event, events.TaskStarted):
            self.since[event.name] = time.monotonic()
        elif isinstance(event, _ENDS):
            self.since.pop(event.name, None)
            self.over += not isinstance(event, events.TaskRetried)

    def __rich__(self) -> RenderableType:
        grid = Table.grid(padding=(0, 1))
        now = time.monotonic()
        for name, start in self.since.items():
            grid.add_row("", self.spinner, Text(name), Text(f"{now - start:.0f} s", style="dim"))
        if self.total:
            grid.add_row("", "", Text(f"{self.over} of {self.total}", style="dim"), "")
        return grid


@contextmanager
def live(lines: Lines) -> Iterator[Callable[[events.Event], None]]:
    """A listener that writes lines above, and keeps what runs now below them."""
    running = _Running()
    console = Rich(stderr=True, highlight=False)
    with Live(running, console=console, transient=True, refresh_per_second=8) as area:

        def listen(event: events.Event) -> None:
            running.note(event)
            for line in lines.lines(event):
                area.console.print(Text.from_ansi(harmless(line)))

        yield listen
