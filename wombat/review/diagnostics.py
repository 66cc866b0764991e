"""Diagnostics as text with source line and caret, and as JSON."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from wombat.review.witness import text_width, witness_lines
from wombat.review.witness import visible as visible  # noqa: PLC0414  # it is asked for here too

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from wombat.errors import Diagnostic, Place

    Style = Callable[[str, str], str]
    """Text and the name of a role (error, warning, note, hint, code, caret) to styled text."""
    Read = Callable[[Place], list[str]]

MAX_WIDTH: Final = 140
_INDENT: Final = " " * 8
MAX_FILE: Final = 16 << 20
_UNSHOWN: Final = "url-credentials"
"""A mistake whose line isn't shown, as it holds a secret: logs have other readers than git."""


def plain_style(text: str, role: str) -> str:  # noqa: ARG001  # a style that has none
    return text


def as_text(
    found: Iterable[Diagnostic], root: Path, *, style: Style = plain_style, width: int = MAX_WIDTH
) -> str:
    """Every diagnostic, a blank line between two; source lines are read below `root`.

    Tables keep to `width`.
    """
    every = list(found)
    secret = {(one.place.path, one.place.line) for one in every if one.code == _UNSHOWN}
    read = cache(_read)

    def shown(place: Place) -> list[str]:
        return [] if (place.path, place.line) in secret else read(root / place.path)

    return "\n\n".join("\n".join(_lines(one, shown, style, width)) for one in every)


def _lines(one: Diagnostic, read: Read, style: Style, width: int) -> Iterator[str]:
    head = style(f"{one.severity}[{one.code}]", one.severity)
    yield f"{style(str(one.place), 'place')}: {head}: {visible(one.message)}"
    yield from _source(one.place, read(one.place), style)
    if one.table:
        yield "  for example:"
        for line in witness_lines(one.table, style, max(width - len(_INDENT), 20)):
            yield f"{_INDENT}{line}"
    for place, said in one.related:
        yield f"  {style(str(place), 'place')}: {visible(said)}"
    if one.hint:
        yield f"  {style('hint:', 'hint')} {visible(one.hint)}"


def _read(file: Path) -> list[str]:
    """A file's lines; none where there is no file, or where no person would read it."""
    try:
        if not file.is_file() or file.stat().st_size > MAX_FILE:
            return []
        text = file.read_bytes().decode("utf-8-sig", "replace")
    except OSError:
        return []
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _source(place: Place, lines: list[str], style: Style) -> Iterator[str]:
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    start = max(0, place.column - MAX_WIDTH // 2) if place.column > MAX_WIDTH - 20 else 0
    shown = "".join(_shaped(c) for c in line[start : start + MAX_WIDTH])
    if not shown.strip():
        return
    number = f"{place.line:>5} | "
    yield f"{style(number, 'source')}{shown}"
    before = shown[: place.column - 1 - start]
    yield " " * (len(number) + text_width(before)) + style("^", "caret")


def _shaped(character: str) -> str:
    """A tab as a blank, and what can't be printed as a dot: one character each."""
    if character == "\t":
        return " "
    return character if character.isprintable() else "·"


def as_json(found: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """A list of plain mappings, for tools; places are path, line, column from 1."""
    return [
        {
            "code": one.code,
            "severity": one.severity,
            "message": one.message,
            "hint": one.hint,
            **_place(one.place),
            "related": [{**_place(place), "message": said} for place, said in one.related],
            "table": [list(row) for row in one.table],
        }
        for one in found
    ]


def _place(place: Place) -> dict[str, Any]:
    return {"path": place.path, "line": place.line, "column": place.column}


def summary(found: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`; empty where there is none."""
    every = list(found)
    counts = {kind: sum(d.severity == kind for d in every) for kind in ("error", "warning", "note")}
    return ", ".join(f"{n} {kind}{'s' if n != 1 else ''}" for kind, n in counts.items() if n)
