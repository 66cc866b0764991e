"""Foreach: every combination of its values is a part with a label."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from wombat.digest import digest_json
from wombat.plan.ir import Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_PARTS: Final = 10_000
# Not dots alone: a label is a step of a path.
_WORD: Final = re.compile(r"(?!\.+$)[A-Za-z0-9._-]{1,40}")


def expand(keys: Mapping[str, Sequence[str]]) -> tuple[Part, ...]:
    """The parts of a foreach, in the order written, the last key fastest; () without keys."""
    if not keys:
        return ()
    return tuple(
        Part(label_of(values), dict(zip(keys, values, strict=True)))
        for values in itertools.product(*keys.values())
    )


def label_of(values: Sequence[str]) -> str:
    """The values joined by `,` where each is plain and short, else 12 hex of their digest."""
    if all(_WORD.fullmatch(value) for value in values):
        return ",".join(values)
    return digest_json(list(values))[:12]


def is_label(text: str) -> bool:
    """Whether `label_of` could have made it."""
    return all(_WORD.fullmatch(word) for word in text.split(","))


def count(keys: Mapping[str, Sequence[str]]) -> int:
    total = 1
    for values in keys.values():
        total *= len(values)
    return total
