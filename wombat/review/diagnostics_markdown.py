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
    """A heading, then an item a diagnostic with its witness; `well` where there is none.

    Whatever a user wrote is code, in which neither HTML nor a mention or a link means anything.
    """
    every = list(found)
    failed = any(one.severity == "error" for one in every)
    lines = ["# Wombat check", ""] if failed else ["# Wombat check", "", f"{code(well)}", ""]
    if every:
        lines += [f"**{summary(every)}**", ""]
    for one in every[:SHOWN]:
        lines += _item(one)
    if len(every) > SHOWN:
        lines.append(f"- {len(every) - SHOWN:,} more: `wombat check` shows all")
    return "\n".join(lines).rstrip("\n") + "\n"


def _item(one: Diagnostic) -> Iterator[str]:
    yield f"- **{one.severity}** {code(one.code)} at {code(str(one.place))}: {code(one.message)}"
    if one.table:
        yield "  - for example:"
        yield ""
        for line in witness_lines(one.table, plain_style):
            yield f"        {line}"
        yield ""
    for place, said in one.related:
        yield f"  - {code(str(place))}: {code(said)}"
    if one.hint:
        yield f"  - hint: {code(one.hint)}"
