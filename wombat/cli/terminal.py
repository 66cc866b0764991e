"""What standard output can show: how wide, and which signs."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Final

_ASCII: Final = {"≥": ">=", "≤": "<=", "≠": "!=", "…": "...", "→": "->"}


def width() -> int | None:
    """A terminal's columns, or what COLUMNS says; None where lines may be as long as they are."""
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        return None
    return shutil.get_terminal_size().columns


def plain() -> bool:
    """Whether standard output has no signs beyond those of ASCII."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    return not encoding.startswith("utf")


def showable(text: str) -> str:
    """The text with our signs spelled out where standard output has none of them."""
    for sign, said in _ASCII.items() if plain() else ():
        text = text.replace(sign, said)
    return text
