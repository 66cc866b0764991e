"""Patterns of paths below a folder."""

from __future__ import annotations

import re
from functools import cache


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """`*` stands for anything but `/`, `?` for one such character, `**` for any folders."""
    steps = pattern.split("/")
    found = ""
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        if step == "**":
            found += ".*" if last else "(?:[^/]+/)*"
        else:
            found += _step(step) + ("" if last else "/")
    return re.compile(found, re.DOTALL)


def _step(step: str) -> str:
    words = {"*": "[^/]*", "?": "[^/]"}
    return "".join(words.get(c) or re.escape(c) for c in re.sub(r"\*+", "*", step))
