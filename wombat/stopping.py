"""Ctrl-C: who waits for something that can't be interrupted is told, and doesn't wait any more."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_told: Final[list[Callable[[], None]]] = []
_stopped = threading.Event()


def when_stopped(call: Callable[[], None]) -> None:
    """`call` is called in the main thread, in the midst of whatever it does, so it has to be short
    and may wait for no lock that this thread may hold."""
    _told.append(call)


def stop(*, for_good: bool = True) -> None:
    """Ends what is waited for now; `for_good`: and whatever would be begun later."""
    if for_good:
        _stopped.set()
    for call in _told:
        call()


def stopped() -> bool:
    """Whether this process is about to end."""
    return _stopped.is_set()


def pause(seconds: float) -> None:
    """Sleeps; KeyboardInterrupt where the process is about to end."""
    if _stopped.wait(seconds):
        raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[None]:
    """Within it a Ctrl-C stops for good before it is a KeyboardInterrupt.

    Only the main thread can receive signals, and a handler of somebody else's stays.
    """
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupt(*_: object) -> None:
    stop()
    raise KeyboardInterrupt
