"""What a task ran in: recorded with each attempt, and in no key."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def ran_on(requires: Iterable[str]) -> dict[str, Any]:
    """{python, platform, packages}: the versions that are installed of what a task requires, None
    where one isn't."""
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "platform": f"{sys.platform}-{os.uname().machine}",
        "packages": {name: _version(name) for name in requires},
    }


@cache
def _version(name: str) -> str | None:
    from importlib import metadata  # only tasks that require something pay for it

    try:
        return metadata.version(name)
    except (metadata.PackageNotFoundError, ValueError):
        return None
