"""Cuts a file into chunks where its content says so; starts anew with every file."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from wombat.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ALGORITHM: Final = "fastcdc-2020"
LARGEST: Final = 16 << 20


class Reading(Protocol):
    """A stream that fills a buffer and says how far."""

    def readinto(self, buffer: memoryview, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Chunker:
    """Sizes in bytes. They decide deduplication only, never what is read back."""

    average: int = 64 << 10
    smallest: int = 16 << 10
    largest: int = 256 << 10
    normal: int = 1

    def ends(self, data: bytes | memoryview) -> list[int]:
        """Where the chunks of these bytes end, the last of them with the bytes.

        Where more of the file follows, the last is no true end: begin again with its start.
        """
        engine = _engines.made.get(self)
        if engine is None:
            engine = _engines.made[self] = self._engine()
        return [chunk.offset + chunk.length for chunk in engine.cut_buf(data)]

    def cut(self, stream: Reading) -> Iterator[memoryview]:
        """Pieces of the stream; each is valid until the next is asked for."""
        for chunk in self._engine().cut_stream(stream):
            yield chunk.data

    def _engine(self) -> Any:
        try:
            from pyfastcdc.cy import FastCDC
        except ImportError as error:
            # Its fallback in Python is a hundred times slower: nobody would know why.
            raise MissingExtra("chunks, with pyfastcdc's compiled extension,", "all") from error
        return FastCDC(
            self.average,
            min_size=self.smallest,
            max_size=self.largest,
            normalized_chunking=self.normal,
            seed=0,
        )

    def to_json(self) -> dict[str, int | str]:
        return {
            "name": ALGORITHM,
            "average": self.average,
            "smallest": self.smallest,
            "largest": self.largest,
            "normal": self.normal,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Chunker | None:
        """None for a chunker of another kind: its sizes aren't inherited."""
        sizes = [value.get(n) for n in ("average", "smallest", "largest", "normal")]
        if value.get("name") != ALGORITHM or not all(type(s) is int for s in sizes):
            return None
        average, smallest, largest, normal = (int(s or 0) for s in sizes)
        if not (0 < smallest <= average <= largest <= LARGEST and 0 <= normal <= 3):
            return None
        return cls(average, smallest, largest, normal)


PARQUET: Final = b"PAR1"
FINE: Final = Chunker(32 << 10, 8 << 10, 64 << 10, 0)


def suited(beginning: bytes) -> Chunker:
    """By a file's first bytes: an edit of a table changes Parquet at a place in every column."""
    return FINE if beginning.startswith(PARQUET) else Chunker()


class _Engines(threading.local):
    """Each thread's own: an engine isn't made for several."""

    def __init__(self) -> None:
        self.made: dict[Chunker, Any] = {}


_engines = _Engines()
