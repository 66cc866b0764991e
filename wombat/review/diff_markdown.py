"""A data diff as Markdown: a table for a merge request, harmless where it is rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.data.told import share
from wombat.review.diff_pictures import by_length, histogram_pair, value_shares
from wombat.review.diff_text import lacking
from wombat.review.diff_words import change_words, facts, figures, kind
from wombat.review.histogram import row
from wombat.review.plan_markdown import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.review.data_diff import ColumnDiff, DataDiff

ROWS: Final = 50
SHOWN_VALUES: Final = 3


def diff_markdown(diff: DataDiff, *, every: bool = False) -> str:
    """A heading, what is said of the whole, and a row for each column that changed; `every` has
    rows for all. Names and values are code, in which nothing means anything."""
    lines = [f"### {code(diff.now.label)}", "", f"Compared with {code(diff.before.label)}."]
    if diff.same:
        return "\n".join([*lines, "", "The same data, byte by byte.", ""])
    lines += ["", *(f"- {word}: {_quoted(word, said)}" for word, said in facts(diff))]
    if said := lacking(diff):
        return "\n".join([*lines, "", f"{said[0].upper()}{said[1:]}.", ""])
    shown = [one for one in diff.columns if every or one.state not in ("little", "same")]
    if shown:
        lines += ["", *_table(diff, shown[:ROWS])]
    if len(shown) > ROWS:
        lines += ["", f"{len(shown) - ROWS} more columns changed."]
    for word, states in (("Hardly changed", "little"), ("Unchanged", "same")):
        names = [one.name for one in diff.columns if one.state == states]
        if names and not every:
            lines += ["", f"{word} ({len(names)}): {_listed(names)}"]
    return "\n".join([*lines, ""])


def _quoted(word: str, said: str) -> str:
    return code(said) if word in ("schema", "parts", "type") else said


def _listed(names: list[str]) -> str:
    more = ", …" if len(names) > ROWS else ""
    return ", ".join(map(code, names[:ROWS])) + more


def _table(diff: DataDiff, columns: list[ColumnDiff]) -> Iterator[str]:
    yield "| column | type | change | figures | before | now |"
    yield "|---|---|---|---|---|---|"
    rows = (diff.before.rows or 0, diff.now.rows or 0)
    for one in columns:
        told = ", ".join(f"{word} {text}" for word, text in figures(one, rows))
        cells = (code(one.name), _kinds(one), _change(one), told, *_pictures(one))
        yield f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _change(one: ColumnDiff) -> str:
    if one.state in ("added", "removed"):
        return f"**{one.state}**"
    words = change_words(one) + (" of lengths" if by_length(one) else "")
    return f"**type** {words}".rstrip() if one.state == "retyped" else words


def _kinds(one: ColumnDiff) -> str:
    found = [kind(column) for column in (one.before, one.now) if column is not None]
    return " → ".join(code(text) for text in dict.fromkeys(found) if text)


def _pictures(one: ColumnDiff) -> tuple[str, str]:
    found = histogram_pair(one)
    if found is not None:
        (before, now), _, _ = found
        most = max(*before[1:-1], *now[1:-1])
        return code(row(before[1:-1], most)), code(row(now[1:-1], most))
    values = list(value_shares(one, SHOWN_VALUES))
    return (
        ", ".join(f"{code(name)} {share(old)}" for name, old, _ in values),
        ", ".join(f"{code(name)} {share(new)}" for name, _, new in values),
    )


def _escaped(cell: str) -> str:
    """A bar would end the cell, even in code."""
    return cell.replace("|", "\\|")
