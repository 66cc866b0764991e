"""One answer of HTTP/1.1, read from its connection: a head, and a body in one of three frames."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEAD: Final = 1 << 16
_FIRST: Final = 1 << 12
_PIECE: Final = 1 << 16
_NO_BODY: Final = (204, 304)


class Cut(Exception):
    """What came is no answer, or not all of one."""


class Source(Protocol):
    """Where an answer comes from. `with` it, what goes wrong closes it."""

    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None: ...
    def receive(self, into: memoryview) -> int:
        """How many bytes came; 0 at the end."""

    def keep(self) -> None:
        """It was read to its end, and more can be asked there."""

    def close(self) -> None: ...


class Answer:
    """`status`, and `headers` by their names in small letters. Read it in one of its ways, once."""

    def __init__(
        self, source: Source, status: int, headers: Mapping[str, str], rest: bytes, *, lasts: bool
    ) -> None:
        self.status = status
        self.headers = headers
        self._source = source
        self._rest = rest
        self._lasts = lasts
        self._done = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """What wasn't read isn't waited for."""
        if not self._done:
            self._done = True
            self._source.close()

    def read(self, most: int | None = None) -> bytes:
        """The whole body; with `most` perhaps only so much of it."""
        found, size = [], 0
        with self:
            for piece in self.pieces():
                found.append(bytes(piece))
                size += len(piece)
                if most is not None and size >= most:
                    break
        return found[0] if len(found) == 1 else b"".join(found)

    def tree(self) -> Any:
        """Of its JSON; ValueError."""
        return json.loads(self.read())

    def pieces(self, size: int = _PIECE) -> Iterator[memoryview]:
        """The body. Each piece is good until the next one is asked for: they share their bytes."""
        with self._source:
            frame = self._frame(size)
            yield from frame
            self._done = True
            if self._lasts and not self._rest:
                self._source.keep()
            else:
                self._source.close()

    def _frame(self, size: int) -> Iterator[memoryview]:
        if self.status in _NO_BODY:
            return iter(())
        if coding := self.headers.get("transfer-encoding"):
            if coding.strip().lower() != "chunked":
                raise Cut
            return self._chunks(size)
        if (length := self.headers.get("content-length")) is not None:
            return self._exactly(_number(length, 10), size)
        self._lasts = False
        return self._until_end(size)

    def _exactly(self, left: int, size: int) -> Iterator[memoryview]:
        """Pieces are full ones, but for the last."""
        if left <= len(self._rest):
            whole, self._rest = self._rest[:left], self._rest[left:]
            if whole:
                yield memoryview(whole)
            return
        piece = memoryview(bytearray(min(left, size)))
        while left:
            wanted = min(left, len(piece))
            filled = min(wanted, len(self._rest))
            piece[:filled], self._rest = self._rest[:filled], self._rest[filled:]
            while filled < wanted:
                filled += self._some(piece[filled:wanted])
            left -= filled
            yield piece[:filled]

    def _chunks(self, size: int) -> Iterator[memoryview]:
        while length := _number(self._line().partition(b";")[0].strip().decode("latin-1"), 16):
            yield from self._exactly(length, size)
            if self._line():
                raise Cut
        while self._line():
            pass  # a trailer

    def _until_end(self, size: int) -> Iterator[memoryview]:
        if self._rest:
            rest, self._rest = self._rest, b""
            yield memoryview(rest)
        piece = memoryview(bytearray(size))
        while count := self._source.receive(piece):
            yield piece[:count]

    def _line(self) -> bytes:
        line, self._rest = _until(self._source, self._rest, b"\r\n")
        return line

    def _some(self, into: memoryview) -> int:
        count = self._source.receive(into)
        if not count:
            raise Cut
        return count


def answered(source: Source, *, lasts: bool = True) -> Answer:
    """The answer that comes now, to anything but a HEAD; its head is read. Cut."""
    status, version, lines, rest = _head(source, b"")
    while status < 200:  # more is to come
        status, version, lines, rest = _head(source, rest)
    headers = _headers(lines)
    closes = "close" in headers.get("connection", "").lower()
    lasts = lasts and version == "HTTP/1.1" and not closes
    return Answer(source, status, headers, rest, lasts=lasts)


def _head(source: Source, rest: bytes) -> tuple[int, str, list[str], bytes]:
    head, rest = _until(source, rest, b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, said = first.partition(" ")
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise Cut
    return _number(said[:3], 10), version, lines, rest


def _headers(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or name != name.strip():
            raise Cut
        if name in found and name == "content-length":
            raise Cut
        found[name] = f"{found[name]}, {value.strip()}" if name in found else value.strip()
    return found


def _until(source: Source, rest: bytes, mark: bytes) -> tuple[bytes, bytes]:
    """What stands before a mark, and behind it."""
    piece = memoryview(bytearray(_FIRST))
    while mark not in rest:
        count = source.receive(piece) if len(rest) < _HEAD else 0
        if not count:
            raise Cut
        rest += piece[:count]
    head, _, rest = rest.partition(mark)
    return head, rest


def _number(text: str, base: int) -> int:
    """Without a sign, and without all else that Python takes for a number."""
    if not text or not all(letter in "0123456789abcdefABCDEF" for letter in text):
        raise Cut
    try:
        return int(text, base)
    except ValueError:
        raise Cut from None
