"""SIGTERM as an exception, so that what was started is ended on the way out."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

TERMINATED = 143


@contextmanager
def terminable() -> Iterator[None]:
    """Within it SIGTERM and SIGHUP raise SystemExit(143); Ctrl-C stays KeyboardInterrupt.

    Only the main thread can receive signals; elsewhere it changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [signal.SIGTERM, signal.SIGHUP]
    before = {number: signal.signal(number, _raise) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise(*_: object) -> NoReturn:
    raise SystemExit(TERMINATED)
