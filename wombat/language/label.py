"""Labels: what a part of a foreach is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wombat.digest import digest_json

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_LABEL: Final = 100
"""A label is a part of job names, which GitLab bounds at 128 characters, and of store keys."""
# Not dots alone: a label is a step of a path.
_WORD: Final = re.compile(r"(?!\.+$)[A-Za-z0-9._-]{1,40}")


def label_of(values: Sequence[str]) -> str:
    """The values joined by `,` where each is plain and short and so are all together, else 12 hex
    of their digest.
    """
    joined = ",".join(values)
    if len(joined) <= MAX_LABEL and all(_WORD.fullmatch(value) for value in values):
        return joined
    return digest_json(list(values))[:12]


def is_label(text: str) -> bool:
    """Whether `label_of` could have made it."""
    return len(text) <= MAX_LABEL and all(_WORD.fullmatch(word) for word in text.split(","))
