"""Sources at `https://…` and `http://…`: by their ETag, else by when they were changed last."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import Absent
from wombat.executor.outside.identity import Seen, gone, require_same
from wombat.executor.outside.web import PATIENCE, Patience, ask
from wombat.executor.outside.written import written
from wombat.forge.answers import natural

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wombat.executor.outside import Scheme

PIECE: Final = 1 << 20
_LONGEST: Final = 1000
_NO_HEAD: Final = (400, 403, 405, 501)
"""What is answered by who knows no HEAD, or signed the address for a GET alone."""


@dataclass(frozen=True, slots=True)
class Web:
    """`slowest` is how many bytes have to come in each `window` of seconds."""

    patience: Patience = PATIENCE
    window: float = 60.0
    slowest: int = 64 * 1024

    def look(self, url: str) -> Seen:
        """By a HEAD; a server that refuses that one is asked by a GET, whose body isn't read."""
        found = ask("HEAD", url, _seen, self.patience, also=_NO_HEAD)
        return found or ask("GET", url, _surely_seen, self.patience)

    def fetch(self, url: str, then: Mapping[str, Any], file: Path) -> None:
        def use(answer: http.client.HTTPResponse) -> None:
            require_same(url, then, _surely_seen(answer))
            size = answer.length if answer.length is not None else then.get("size")
            self._save(answer, size, file)

        try:
            ask("GET", url, use, self.patience)
        except Absent:
            raise gone(url) from None

    def _save(self, answer: http.client.HTTPResponse, size: int | None, file: Path) -> None:
        came, mark, ends = 0, 0, time.monotonic() + self.window
        with written(file) as write:
            while piece := answer.read1(PIECE):
                came += len(piece)
                write(piece)
                if time.monotonic() > ends:
                    if came - mark < self.slowest:
                        raise TimeoutError
                    mark, ends = came, time.monotonic() + self.window
        if size is not None and came != size:
            raise http.client.IncompleteRead(b"", size - came)


def _seen(answer: http.client.HTTPResponse) -> Seen | None:
    return _surely_seen(answer) if answer.status == 200 else None


def _surely_seen(answer: http.client.HTTPResponse) -> Seen:
    given = answer.headers
    etag = (given.get("etag") or "").strip()
    plain = etag.isascii() and etag.isprintable() and len(etag) <= _LONGEST
    size = None if answer.chunked else natural(given.get("content-length") or "")
    return Seen(
        etag=etag if plain and etag else None, modified=_time(given.get("last-modified")), size=size
    )


def _time(text: str | None) -> str | None:
    """A header's time in RFC 3339; None where it is none."""
    try:
        return parsedate_to_datetime(text or "").astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return None


SCHEME: Final[Scheme] = Web()
