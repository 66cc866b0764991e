"""One folder in another's place: at every moment one of the two is there, and what is ours goes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wombat.store.leftovers import orphans, owned

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_KIND = "pull"


def replace(fetch: Callable[[Path], None], folder: Path, ready: Callable[[], None]) -> None:
    """Fetches beside the folder, so that a failure loses nothing of what is there.

    `ready` is called just before it is replaced, and raises where that may not be (any more).
    """
    beside = folder.parent / owned(folder.name, _KIND)
    beside.mkdir(mode=0o700)
    try:
        fetch(beside / "new")
        ready()
        folder.rename(beside / "old")
        (beside / "new").rename(folder)
    finally:
        import shutil

        _put_back(beside, folder)
        shutil.rmtree(beside, ignore_errors=True)


def recover(folder: Path) -> None:
    """What a process that was killed left of a replacement: between its two steps the folder is put
    back; else what it left goes."""
    for beside, old in orphans(folder, _KIND):
        _put_back(beside, folder)
        if old:
            import shutil

            shutil.rmtree(beside, ignore_errors=True)


def _put_back(beside: Path, folder: Path) -> None:
    before = beside / "old"
    if before.exists() and not os.path.lexists(folder):
        before.rename(folder)
