"""From a file to its text: bounded, UTF-8, without characters that nobody sees."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wombat.errors import Place

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.errors import Diagnostics

MAX_BYTES: Final = 16 << 20

# What YAML doesn't allow, and the line separators that editors and YAML readers count otherwise.
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def read_bytes(file: Path, shown: str, sink: Diagnostics) -> bytes | None:
    """A file's bytes, at most 16 MiB; None where it can't be read, with the mistake in `sink`."""
    try:
        if file.exists() and not (file.is_file() or file.is_dir()):  # a pipe would wait for ever
            sink.error("file-unreadable", "can't be read: not a regular file", Place(shown))
            return None
        if file.is_file() and file.stat().st_size > MAX_BYTES:
            sink.error("yaml-too-large", too_large("this file", MAX_BYTES), Place(shown))
            return None
        return file.read_bytes()
    except OSError as fault:
        reason = (fault.strerror or "unreadable").lower()
        sink.error("file-unreadable", f"can't be read: {reason}", Place(shown))
        return None


def decode_text(data: bytes, shown: str, sink: Diagnostics) -> str | None:
    """The text of UTF-8 bytes without byte order mark, or None with the mistake in `sink`."""
    if len(data) > MAX_BYTES:
        sink.error("yaml-too-large", too_large("this file", MAX_BYTES), Place(shown))
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        before = data[: fault.start].decode("utf-8-sig", "replace")
        sink.error(
            "yaml-encoding",
            f"byte 0x{data[fault.start]:02x} is not UTF-8",
            _end_of(shown, before),
            hint="save the file as UTF-8",
        )
        return None
    if found := _CONTROL.search(text):
        sink.error(
            "yaml-control",
            f"an invisible control character U+{ord(found[0]):04X} stands here",
            _end_of(shown, text[: found.start()]),
            hint=f"remove it, or in double quotes write \\{_escape(ord(found[0]))}",
        )
        return None
    return text


def too_large(what: str, limit: int) -> str:
    return f"{what} is too large; at most {limit >> 20} MiB"


def _escape(number: int) -> str:
    return f"x{number:02x}" if number < 256 else f"u{number:04x}"


def _end_of(shown: str, before: str) -> Place:
    lines = before.replace("\r\n", "\n").replace("\r", "\n")
    return Place(shown, lines.count("\n") + 1, len(lines) - (lines.rfind("\n") + 1) + 1)
