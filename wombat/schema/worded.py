"""Checks as people read them: the word, and what stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.schema.constants import constant_to_json

if TYPE_CHECKING:
    from wombat.schema.model import Check

MOST_MEMBERS: Final = 6
MOST_TEXT: Final = 60


def worded(check: Check) -> str:
    """`max 120`, `match [a-z]{2}`, `in new, sent`, `length from 1 to 4`."""
    return f"{check.name} {argument(check)}"


def argument(check: Check) -> str:
    """What a check asks for; long ones are cut."""
    if check.name == "length":
        return _length(*check.value)
    if check.name in ("in", "not_in", "enum"):
        shown = [_cut(str(constant_to_json(one)), 20) for one in check.value[:MOST_MEMBERS]]
        more = len(check.value) - len(shown)
        return ", ".join(shown) + (f", … {more:,} more" if more else "")
    return _cut(str(constant_to_json(check.value)), MOST_TEXT)


def _length(least: int | None, most: int | None) -> str:
    if least == most:
        return str(least)
    if not least:
        return f"at most {most}"
    return f"at least {least}" if most is None else f"from {least} to {most}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
