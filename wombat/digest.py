"""Digests and canonical JSON: the same thing has the same bytes on every machine."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NewType, TypeAlias

from blake3 import blake3

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Digest = NewType("Digest", str)
"""BLAKE3-256 in 64 lower-case hex digits."""

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

DIGEST_LENGTH: Final = 64
BLOCK: Final = 1 << 20
_ENCODER: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)
_HEX: Final = re.compile(r"[0-9a-f]{64}")


def canonical_json(value: Json) -> bytes:
    """UTF-8, keys sorted by code point, no white space, no NaN; shortest floats.

    Raises ValueError for NaN and infinities, TypeError for what JSON can't say.
    """
    return _ENCODER.encode(value).encode("utf-8")


def digest_bytes(data: bytes | bytearray | memoryview) -> Digest:
    return Digest(blake3(data).hexdigest())


def digest_json(value: Json) -> Digest:
    return digest_bytes(canonical_json(value))


def digest_file(path: Path) -> Digest:
    """Streams the file; memory stays at one block of 1 MiB."""
    hasher = blake3()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            hasher.update(block)
    return Digest(hasher.hexdigest())


def is_digest(text: str) -> bool:
    return _HEX.fullmatch(text) is not None
