"""Text of others for a terminal or a log: nothing in it steers the one or forges the other."""

from __future__ import annotations

import re
from typing import Final

_STYLE: Final = re.compile(r"(\x1b\[[0-9;]*m)")
_STEERS: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_COMMAND: Final = re.compile(r"^([ \t]*)(?=::[A-Za-z]|##\[|##vso\[)(.)", re.MULTILINE)
"""What a CI system's runner takes for its own command, at the start of a line."""


def one_line(text: str) -> str:
    """Text on one line: whatever isn't printable is escaped, ends of lines too."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def lines_of(text: str) -> str:
    """Text whose lines stay lines; whatever else isn't printable is escaped."""
    return "\n".join(map(one_line, text.split("\n")))


def shown_url(url: str) -> str:
    """An address as messages show it: the values of its query, which may be anything, are not."""
    head, mark, _ = url.partition("?")
    return f"{head}{mark}…" if mark else head


def harmless(text: str, *, styled: bool = True) -> str:
    """Text with nothing that moves a cursor, turns what is written around, ends a line but a line
    feed, or is a command to a CI system. Colours stay with `styled`, else they go."""
    if "\x1b" in text:
        pieces = _STYLE.split(text)
        kept = pieces if styled else pieces[::2]
        styles = set(pieces[1::2])
        text = "".join(one if one in styles else _calm(one) for one in kept)
    else:
        text = _calm(text)
    return _COMMAND.sub(lambda c: f"{c[1]}\\x{ord(c[2]):02x}", text)


def _calm(text: str) -> str:
    return _STEERS.sub(lambda c: _escaped(c[0]), text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
