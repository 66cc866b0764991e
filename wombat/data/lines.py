"""JSON lines: one object a line, read and written one at a time."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from wombat.data.json_values import NotJson, from_bytes, to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MAX_LINE: Final = 64 << 20
"""A record is held in memory; nothing longer than this is one."""


class BadLine(ValueError):
    """What keeps a line from being a record, with its number from 0; never its text."""

    def __init__(self, number: int, said: str) -> None:
        super().__init__(f"record {number:,} {said}")


def write_lines(records: Iterable[Any], file: Path) -> int:
    """Writes each record as it comes, in canonical JSON; how many there were.

    Raises BadLine.
    """
    number = -1
    with file.open("wb") as stream:
        for number, record in enumerate(records):
            stream.write(line_of(record, number))
    return number + 1


def line_of(record: Any, number: int) -> bytes:
    """A record as its line."""
    if not isinstance(record, dict):
        raise BadLine(number, f"is a {type(record).__name__}; expected a dict")
    try:
        data = to_bytes(record)
    except NotJson as fault:
        raise BadLine(number, f"isn't JSON: {fault}") from None
    if len(data) > MAX_LINE:
        raise BadLine(number, "is longer than 64 MiB")
    return data + b"\n"


def read_lines(file: Path, *, packed: bool = False) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Each record with its line, of a plain file or one in gzip; BadLine for what is none."""
    with gzip.open(file) if packed else file.open("rb") as stream:
        for number, line in enumerate(_lines(stream)):
            try:
                value = from_bytes(line)
            except NotJson:
                raise BadLine(number, "isn't JSON in UTF-8 with keys that stand once") from None
            if not isinstance(value, dict):
                raise BadLine(number, "is no object")
            yield value, line


def _lines(stream: Any) -> Iterator[bytes]:
    number = 0
    while line := _line(stream, number):
        yield line
        number += 1


def _line(stream: BinaryIO, number: int) -> bytes:
    try:
        line = stream.readline(MAX_LINE + 2)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise BadLine(number, "can't be unpacked: this is no whole gzip file") from None
    if len(line) > MAX_LINE + 1:
        raise BadLine(number, "is longer than 64 MiB")
    return line
