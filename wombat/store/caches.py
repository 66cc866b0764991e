"""The user's cache folder: what may be lost at any moment and costs time only."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder(*steps: str) -> Path | None:
    """Below `$XDG_CACHE_HOME/wombat`, by default `~/.cache/wombat`; None where there is no home."""
    top = os.environ.get("XDG_CACHE_HOME", "")
    if not top.startswith("/"):
        home = os.path.expanduser("~")  # noqa: PTH111 -- pathlib raises where there is none
        if not home.startswith("/"):
            return None
        top = f"{home}/.cache"
    return Path(top, "wombat", *steps)
