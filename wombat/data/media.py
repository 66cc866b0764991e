"""Kinds of files by the bytes that they begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_BEGIN: Final[dict[str, tuple[bytes, ...]]] = {
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "pdf": (b"%PDF-",),
    "zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "gzip": (b"\x1f\x8b\x08",),
    "sqlite": (b"SQLite format 3\0",),
    "parquet": (b"PAR1",),
    "hdf5": (b"\x89HDF\r\n\x1a\n",),
}
_HEAD: Final = 16


def is_media(file: Path, kind: str) -> bool:
    """Whether a file begins as one of that kind does; no more of it is read."""
    with file.open("rb") as stream:
        head = stream.read(_HEAD)
    if kind == "webp":
        return head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    return head.startswith(_BEGIN[kind])
