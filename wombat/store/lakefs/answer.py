"""One answer of a server, whose head has come: `http.client` reads it, and it ends one way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse

_PIECE: Final = 1 << 16


class Cut(Exception):
    """What came is not the whole answer."""


class Source(Protocol):
    """Where an answer comes from. `with` it, what goes wrong closes it."""

    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None: ...
    def keep(self) -> None:
        """It was read to its end, and more can be asked there."""

    def close(self) -> None: ...


class Answer:
    """`status`, and `headers` by their names in small letters. Read it in one of its ways, once."""

    def __init__(self, source: Source, response: HTTPResponse, *, lasts: bool = True) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._source = source
        self._response = response
        self._lasts = lasts and not response.will_close
        self._bounded = bool(response.chunked) or response.length is not None
        self._done = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """What wasn't read isn't waited for."""
        if not self._done:
            self._done = True
            self._source.close()

    def read(self, most: int | None = None) -> bytes:
        """The whole body; with `most` only so much of it."""
        with self, self._source:
            data = self._response.read(most)
            if most is None:
                self._ended()
            return data

    def tree(self) -> Any:
        """Of its JSON; ValueError."""
        return json.loads(self.read())

    def pieces(self, size: int = _PIECE) -> Iterator[memoryview]:
        """The body. Each piece is good until the next one is asked for: they share their bytes."""
        piece = memoryview(bytearray(size))
        with self._source:
            while filled := self._fill(piece):
                yield piece[:filled]
                if filled < size:
                    break
            self._ended()

    def _fill(self, piece: memoryview) -> int:
        """Pieces are full ones, but for the last."""
        filled = 0
        while filled < len(piece):
            count = self._response.readinto(piece[filled:])
            if not count:
                break
            filled += count
        return filled

    def _ended(self) -> None:
        """Where nobody said how long it is, what was cut off would look whole."""
        if not self._bounded or self._response.length:
            raise Cut
        self._done = True
        if self._lasts:
            self._source.keep()
        else:
            self._source.close()
