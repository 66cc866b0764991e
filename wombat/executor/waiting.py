"""Which of some open files can be read, or have ended: at whatever number they were opened."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def ready(files: Sequence[int], seconds: float | None) -> list[int]:
    """Those that are by then; none after `seconds`. select(2) takes no number over 1,023."""
    poll = select.poll()
    for file in files:
        poll.register(file, select.POLLIN)
    return [file for file, _ in poll.poll(None if seconds is None else seconds * 1000)]
