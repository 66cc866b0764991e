"""What somebody who looks around found, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wombat.review.diagnostics import visible

if TYPE_CHECKING:
    from collections.abc import Callable

State = Literal["good", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `wrong` ones make the verb exit 1.

    What can't be seen from where one stands is a `note` that says why.
    """

    about: str
    state: State
    text: str
    hint: str | None = None


def as_text(found: list[Finding], style: Callable[[str, str], str]) -> str:
    """A finding a line, its hint below. Much of it is a server's or a job's word: none of that
    steers a terminal."""
    width = max(len(one.about) for one in found)
    marks = {"good": ("ok", "good"), "note": ("note", "warning"), "wrong": ("wrong", "error")}
    lines: list[str] = []
    for one in found:
        word, role = marks[one.state]
        lines.append(f"{style(f'{word:<5}', role)}  {one.about:<{width}}  {visible(one.text)}")
        if one.hint:
            hint = f"{style('hint:', 'hint')} {visible(one.hint)}"
            lines.append(f"{'':<7}{'':<{width}}  {hint}")
    return "\n".join(lines)
