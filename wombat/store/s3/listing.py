"""Listings of S3: page after page, in the order of bytes whatever order a server has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.store.s3.client import Client

PAGE: Final = 1000
"""Keys in one answer of a listing, and in one request to delete."""


def pages(client: Client, folder: str, last: str | None) -> Iterator[Any]:
    """All objects below a folder, from behind `last` on, as obstore tells of them.

    A break goes on from the last that came: in the server's own order, which its `start-after`
    follows. Raises StoreDenied, StoreUnreachable, and never ends early.
    """
    stream: Any = None

    def page(store: Any) -> Any:
        nonlocal stream
        if stream is None:
            stream = store.list(folder or None, offset=last, chunk_size=PAGE)
        try:
            return next(stream, ())
        except Exception:
            stream = None
            raise

    while found := client.ask("LIST", f"{folder}/", page):
        yield from found
        last = found[-1]["path"]
        if len(found) < PAGE:
            return


def in_order(keys: Iterable[str], depth: int) -> Iterator[str]:
    """Keys of a listing in byte order, whether it came so or by steps, as from servers that have
    folders inside. Names of one folder have one order, and stream; what has more steps behind
    `depth` characters is gathered."""
    waiting = iter(keys)
    for key in waiting:
        if "/" in key[depth:]:
            yield from sorted([key, *waiting])
            return
        yield key


def start_of(prefix: str, after: str) -> str:
    """From behind which key a server may list without leaving anything out, in either order.

    Both orders agree up to the first character that sorts before '/'; within a folder, whose own
    steps are those of all its keys, they do behind it. Servers with folders leave out all of a
    folder that is named as a start: so the last character goes, and what is named is none.
    """
    folder, _, step = prefix.rpartition("/")
    least, start = prefix[:-1] if len(step) > 1 else "", f"{folder}/"
    if not after.startswith(start):
        return least
    floor = re.split(r"[\x00-.]", after[len(start) :], maxsplit=1)[0].rstrip("/")[:-1]
    while floor.endswith("/"):
        floor = floor.rstrip("/")[:-1]
    return max(least, start + floor) if floor else least
