"""A data diff for a terminal: what changed most comes first, what hardly did is one line."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from wombat.review.diagnostics import plain_style
from wombat.review.diff_pictures import by_length, frequencies, histograms
from wombat.review.diff_words import change_words, facts, figures, kind, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.review.data_diff import ColumnDiff, DataDiff
    from wombat.review.diagnostics import Style

WIDEST: Final = 100
NARROWEST: Final = 40
_ASCII: Final = str.maketrans({"→": ">", "…": "~", "∞": "inf", "·": "-"})


def diff_text(
    diff: DataDiff,
    *,
    width: int = 80,
    plain: bool = False,
    every: bool = False,
    style: Style = plain_style,
) -> str:
    """Lines of at most `width` columns (40 to 100 are used). `plain` is ASCII alone; `every` shows
    each column, also those that changed little or not at all."""
    room = max(NARROWEST, min(width, WIDEST))
    lines = [line.rstrip() for line in _lines(diff, room, plain, every, style)]
    return "\n".join(line.translate(_ASCII) for line in lines) if plain else "\n".join(lines)


def _lines(diff: DataDiff, room: int, plain: bool, every: bool, style: Style) -> Iterator[str]:
    for word, side in (("before", diff.before), ("now", diff.now)):
        yield f"{word:<7} {style(short(side.label, room - 8), 'bold')}"
    if diff.same:
        yield "the same data, byte by byte"
        return
    for word, said in facts(diff):
        yield f"{word:<7} {said}"
    if missing := lacking(diff):
        yield missing
        return
    yield ""
    yield from _structure(diff, style)
    shown = diff.of("changed") + [one for one in diff.of("retyped") if one.score > 0]
    shown += diff.of("little", "same") if every else []
    for one in shown:
        yield from _column(diff, one, room, plain, style)
    if not every:
        yield from _folded("hardly changed", diff.of("little"), room)
        yield from _folded("unchanged", diff.of("same"), room)


def lacking(diff: DataDiff) -> str | None:
    """Why no columns can be compared."""
    sides = [side for side in (diff.before, diff.now) if side.stats is None]
    if not sides:
        return None
    if len(sides) == 2:
        return "the data differs; records hold no statistics of it"
    return f"the data differs; no statistics were recorded of {short(sides[0].label)}"


def _structure(diff: DataDiff, style: Style) -> Iterator[str]:
    """Columns that came, went, or hold something else now."""
    found = diff.of("removed", "added", "retyped")
    wide = max((len(short(one.name)) for one in found), default=0)
    for one in found:
        name = f"{short(one.name):<{wide}}"
        if one.before is None or one.now is None:
            word, column = ("removed", one.before) if one.now is None else ("added", one.now)
            role = "error" if word == "removed" else "good"
            yield f"{style(f'{word:<7}', role)} {name}  {kind(column) if column else ''}"
        else:
            told = f"{kind(one.before)} → {kind(one.now)}"
            yield f"{style('type   ', 'warning')} {name}  {told}"
    if found:
        yield ""


def _column(diff: DataDiff, one: ColumnDiff, room: int, plain: bool, style: Style) -> Iterator[str]:
    if one.before is None or one.now is None:
        return
    name, told, said = short(one.name), kind(one.now), change_words(one)
    told += ", by length" if by_length(one) else ""
    gap = max(2, room - len(name) - len(told) - len(said) - 2)
    role = "warning" if one.state == "changed" else "dim"
    yield f"{style(name, 'bold')}  {style(told, 'dim')}{' ' * gap}{style(said, role)}"
    rows = (diff.before.rows or 0, diff.now.rows or 0)
    numbers = [f"{word} {text}" for word, text in figures(one, rows)]
    yield from (f"  {line}" for line in _packed(numbers, room - 2))
    pictures = histograms(one, room - 2, plain=plain) or frequencies(one, room - 2, plain=plain)
    yield from (f"  {line}" for line in pictures)
    yield ""


def _packed(pieces: list[str], room: int) -> Iterator[str]:
    """Pieces side by side, three blanks between them, in as few lines as they fit."""
    line = ""
    for piece in pieces:
        if line and len(line) + 3 + len(piece) > room:
            yield line
            line = piece
        else:
            line = f"{line}   {piece}" if line else piece
    if line:
        yield line


def _folded(word: str, columns: list[ColumnDiff], room: int) -> Iterator[str]:
    if not columns:
        return
    names = ", ".join(short(one.name) for one in columns)
    text = f"{word} ({len(columns)}): {names}"
    yield from textwrap.wrap(
        text, room, subsequent_indent="  ", max_lines=3, placeholder=" …", break_on_hyphens=False
    )
