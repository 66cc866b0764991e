"""What a document takes of GitLab's memory once parsed, which is what its limit counts.

GitLab adds up Ruby's own figures (`ObjectSpace.memsize_of`) of every hash, list and text in the
parsed file. These are measured with Ruby 3.1; of texts, the larger slots of newer ones.
"""

from __future__ import annotations

from typing import Any, Final

_SLOT: Final = 40
"""A text or list of few bytes; numbers, true, false and null take nothing."""
_EMBEDDED: Final = (15, 55, 135, 295, 615)
"""The longest text in a slot of 40, 80, 160, 320 and 640 bytes; 8 bytes more would have done in
older Rubies, which then take its length and 41 bytes."""
_SMALL_HASH: Final = 176
_LIST_ROOM: Final = 20
_HASH_ROOM: Final = 32


def parsed_bytes(document: Any) -> int:
    """The bytes of a JSON tree in GitLab's memory."""
    total, waiting = 0, [document]
    known: dict[str, int] = {}  # keywords, and the names that jobs share
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if value not in known:
                known[value] = _text(value)
            total += known[value]
        elif isinstance(value, dict):
            total += _hash(len(value))
            waiting.extend(value)
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            total += _list(len(value))
            waiting.extend(value)
    return total


def _text(text: str) -> int:
    size = len(text) if text.isascii() else len(text.encode("utf-8"))
    for tier, longest in enumerate(_EMBEDDED):
        if size <= longest:
            return _SLOT << tier
    return _SLOT + size + 1


def _list(count: int) -> int:
    """Grown by half again and again, so up to half of it is empty."""
    if count <= 3:
        return _SLOT
    return _SLOT + 8 * (_LIST_ROOM if count <= _LIST_ROOM else count * 3 // 2)


def _hash(count: int) -> int:
    """Up to 8 keys in one piece; then entries of 24 bytes in powers of two, and an index."""
    if count <= 8:
        return _SMALL_HASH
    room = max(_HASH_ROOM, 1 << (count - 1).bit_length())
    index = 2 * room * (1 if room <= 128 else 2 if room <= 32_768 else 4)
    return _SLOT + 56 + 24 * room + index
