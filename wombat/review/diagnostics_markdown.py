"""Diagnostics as Markdown, for a merge request: harmless where it is rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.review.diagnostics import plain_style, summary
from wombat.review.plan_markdown import code
from wombat.review.witness import witness_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.errors import Diagnostic

SHOWN: Final = 200


def as_markdown(found: Iterable[Diagnostic], well: str) -> str:
    """A heading, then an item a mistake with its witness; `well` where there is none. What several
    meet by one change, as consumers of one output, is one item.

    Whatever a user wrote is code, in which neither HTML nor a mention or a link means anything.
    """
    every = list(found)
    failed = any(one.severity == "error" for one in every)
    lines = ["# Wombat check", ""] if failed else ["# Wombat check", "", f"{code(well)}", ""]
    if every:
        lines += [f"**{summary(every)}**", ""]
    for same in _groups(every[:SHOWN]):
        lines += _item(same)
    if len(every) > SHOWN:
        lines.append(f"- {len(every) - SHOWN:,} more: `wombat check` shows all")
    return "\n".join(lines).rstrip("\n") + "\n"


def _groups(found: Iterable[Diagnostic]) -> list[list[Diagnostic]]:
    """Those that say one thing of one place, to several: what differs stands behind a semicolon."""
    groups: dict[tuple[object, ...], list[Diagnostic]] = {}
    for one in found:
        first = one.message.partition("; ")[0]
        groups.setdefault((one.code, one.severity, one.place, first, one.table), []).append(one)
    return list(groups.values())


def _item(same: list[Diagnostic]) -> Iterator[str]:
    one = same[0]
    said = one.message if len(same) == 1 else one.message.partition("; ")[0]
    yield f"- **{one.severity}** {code(one.code)} at {code(str(one.place))}: {code(said)}"
    for other in same if len(same) > 1 else ():
        yield f"  - {code(other.message.partition('; ')[2])}"
    if one.table:
        yield "  - for example:"
        yield ""
        for line in witness_lines(one.table, plain_style):
            yield f"        {line}"
        yield ""
    for place, said in dict.fromkeys(r for each in same for r in each.related):
        yield f"  - {code(str(place))}: {code(said)}"
    ways = dict.fromkeys(way for each in same for way in (each.hint or "").split("; or ") if way)
    if ways:
        yield f"  - {'hint' if len(ways) == 1 else 'one of'}: {' · '.join(map(code, ways))}"
