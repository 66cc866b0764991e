"""Many requests side by side, answered in their order."""

from __future__ import annotations

from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar

from wombat.stopping import stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

A = TypeVar("A")
B = TypeVar("B")
WIDTH: Final = 16


def both(first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """Two requests side by side that have nothing to do with each other."""
    one, other = each(lambda call: call(), (first, second), width=2)
    return one, other  # type: ignore[return-value]


def each(call: Callable[[A], B], items: Iterable[A], *, width: int = WIDTH) -> Iterator[B]:
    """`call` of each item in order, at most `width` at once; the first error ends it.

    Items are taken as room comes, so that neither they nor the answers pile up in memory.
    """
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(width) as pool:
        waiting: deque[Future[B]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(call, item))
                if len(waiting) >= width:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except KeyboardInterrupt:
            stop(for_good=False)
            raise
        finally:
            for future in waiting:
                future.cancel()


def as_done(call: Callable[[A], B], items: Iterable[A], *, width: int = WIDTH) -> Iterator[B]:
    """As `each`, answered in any order, so that a long one holds up no other."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(width) as pool:
        waiting: set[Future[B]] = set()
        ended: SimpleQueue[Future[B]] = SimpleQueue()
        rest, more = iter(items), True
        try:
            while more or waiting:
                while more and len(waiting) < 2 * width:
                    item = next(rest, None)
                    if more := item is not None:
                        future = pool.submit(call, item)
                        waiting.add(future)
                        future.add_done_callback(ended.put)
                if waiting:
                    one = ended.get()
                    waiting.remove(one)
                    yield one.result()
        except KeyboardInterrupt:
            stop(for_good=False)
            raise
        finally:
            for future in waiting:
                future.cancel()
