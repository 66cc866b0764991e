"""Checks as people read them: the word, and what stands beside it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from wombat.schema.constants import constant_to_json

if TYPE_CHECKING:
    from wombat.schema.model import Check

MOST_MEMBERS: Final = 6
MOST_TEXT: Final = 60
_WIDE: Final = ("min", "max", "gt", "lt", "in", "length")
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
"""Texts that need no quotes in YAML, but for its own words."""
_OWN: Final = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null)")


def worded(check: Check) -> str:
    """`max 120`, `match [a-z]{2}`, `in new, sent`, `length from 1 to 4`."""
    return f"{check.name} {argument(check)}"


def wanting(check: Check) -> str:
    """`wants max 120`, `allows new, sent`, `forbids 7`: completes a consumer's name."""
    if check.name in ("in", "enum"):
        return f"allows {argument(check)}"
    return f"forbids {argument(check)}" if check.name == "not_in" else f"wants {worded(check)}"


def milder(check: Check) -> str:
    """What lets more through: `a wider 'max'`."""
    if check.name == "enum":
        return "a wider 'of'"
    how = "a shorter" if check.name == "not_in" else "another"
    return f"{'a wider' if check.name in _WIDE else how} '{check.name}'"


def written(check: Check) -> str:
    """As YAML has it, where it is short: `max: 120`, `in: [new, sent]`; else its word."""
    word = "in" if check.name == "enum" else check.name
    if isinstance(check.value, tuple):
        text = f"[{', '.join(map(_scalar, check.value))}]"
    else:
        text = _scalar(check.value)
    return f"{word}: {text}" if len(text) <= MOST_TEXT else word


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    text = str(constant_to_json(value))
    if not isinstance(value, str) or (_PLAIN.fullmatch(text) and not _OWN.fullmatch(text)):
        return text
    return json.dumps(text, ensure_ascii=False)


def argument(check: Check) -> str:
    """What a check asks for; long ones are cut."""
    if check.name == "length":
        return _length(*check.value)
    if check.name in ("in", "not_in", "enum"):
        shown = [_cut(_shown(one), 20) for one in check.value[:MOST_MEMBERS]]
        more = len(check.value) - len(shown)
        return ", ".join(shown) + (f", … {more:,} more" if more else "")
    return _cut(_shown(check.value), MOST_TEXT)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(constant_to_json(value))
    plain = text.isprintable() and text == text.strip() and text
    return text if plain else json.dumps(text, ensure_ascii=False)


def _length(least: int | None, most: int | None) -> str:
    if least == most:
        return str(least)
    if not least:
        return f"at most {most}"
    return f"at least {least}" if most is None else f"from {least} to {most}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
