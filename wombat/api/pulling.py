"""Pulling: an artifact into a folder, which loses nothing that no pull wrote."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wombat.api.addresses import Found, resolve
from wombat.api.subscribing import renew
from wombat.api.targets import holds, remember, require_room

if TYPE_CHECKING:
    from wombat.api.session import Session
    from wombat.store import Artifact, Progress

    Wanted = list[tuple[str | None, Artifact]]
    """Each artifact with its part's label, None without parts."""


@dataclass(frozen=True)
class Pulled:
    """What a pull left: the folder, files and bytes in all; `fetched` False where all was there."""

    found: Found
    folder: Path
    files: int
    bytes: int
    fetched: bool


def pull(
    session: Session,
    text: str,
    into: Path | None = None,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> Pulled:
    """Fetches an artifact into a folder: by default one named like the output, in the current one.

    Parts become subfolders by label. A folder that holds just this is left alone; one that an
    earlier pull filled is replaced, with `force` also if it was changed since. Any other folder
    with something in it is refused with UsageFault. Every byte is verified on the way.
    """
    found = resolve(session, text)
    if found.address.project not in (None, session.project):
        renew(session, found)
    folder = into if into is not None else Path.cwd() / str(found.address.output)
    wanted = list(found.artifacts())
    manifests = [found.store.manifest(artifact) for _, artifact in wanted]
    files, size = sum(m.files for m in manifests), sum(m.bytes for m in manifests)
    contents = {label or "": str(artifact.content) for label, artifact in wanted}
    if holds(folder, contents):
        remember(session.root, folder, contents)
        return Pulled(found, folder, files, size, fetched=False)
    require_room(session.root, folder, force=force)
    if folder.exists() and any(folder.iterdir()):
        _replace(found, wanted, folder, progress)
    else:
        _fetch(found, wanted, folder, progress)
    remember(session.root, folder, contents)
    return Pulled(found, folder, files, size, fetched=True)


def _fetch(found: Found, wanted: Wanted, folder: Path, progress: Progress | None) -> None:
    for label, artifact in wanted:
        there = folder if label is None else folder / label
        there.parent.mkdir(parents=True, exist_ok=True)
        found.store.fetch_tree(artifact, there, progress=progress)


def _replace(found: Found, wanted: Wanted, folder: Path, progress: Progress | None) -> None:
    """Fetches beside the folder first, so that a failure loses nothing of what is there."""
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _fetch(found, wanted, beside / "new", progress)
        folder.rename(beside / "old")
        (beside / "new").rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
