"""Pulling: an artifact into a folder, which loses nothing that no pull wrote."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wombat.api.addresses import Found, resolve
from wombat.api.subscribing import renew
from wombat.api.targets import holds, remember, require_room
from wombat.store.selecting import content, select

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wombat.api.session import Session
    from wombat.store import Artifact, Manifest, Progress

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
    paths: Sequence[str] = (),
    width: int | None = None,
    progress: Progress | None = None,
) -> Pulled:
    """Fetches an artifact into a folder: by default one named like the output, in the current one.

    Parts become subfolders by label. A folder that holds just this is left alone; one that an
    earlier pull filled is replaced, with `force` also if it was changed since. Any other folder
    with something in it is refused with UsageFault. Every byte is verified on the way. `paths` are
    those of the only files to fetch, or patterns: `*` within a step of the path, `**` over steps;
    Absent where one names nothing. `width` is the number of threads.
    """
    found = resolve(session, text)
    if found.address.project not in (None, session.project):
        renew(session, found)
    folder = into if into is not None else Path.cwd() / str(found.address.output)
    wanted = list(found.artifacts())
    chosen = {label or "": _chosen(found.store.manifest(one), paths) for label, one in wanted}
    files = sum(one.files for one in chosen.values())
    size = sum(one.bytes for one in chosen.values())
    contents = {label: one.content for label, one in chosen.items()}
    if holds(folder, contents):
        remember(session.root, folder, contents)
        return Pulled(found, folder, files, size, fetched=False)
    fetch = partial(_fetch, found, wanted, paths=paths, width=width, progress=progress)
    require_room(session.root, folder, force=force)
    if folder.exists() and any(folder.iterdir()):
        _replace(fetch, folder)
    else:
        fetch(folder)
    remember(session.root, folder, contents)
    return Pulled(found, folder, files, size, fetched=True)


@dataclass(frozen=True)
class _Chosen:
    """What of one artifact is fetched, and the content digest that this alone has."""

    files: int
    bytes: int
    content: str


def _chosen(manifest: Manifest, paths: Sequence[str]) -> _Chosen:
    if not paths:
        return _Chosen(manifest.files, manifest.bytes, str(manifest.artifact.content))
    rows = select(manifest, paths)
    return _Chosen(len(rows), sum(row.file.size for row in rows), str(content(rows)))


def _fetch(
    found: Found,
    wanted: Wanted,
    folder: Path,
    *,
    paths: Sequence[str],
    width: int | None,
    progress: Progress | None,
) -> None:
    for label, artifact in wanted:
        there = folder if label is None else folder / label
        there.parent.mkdir(parents=True, exist_ok=True)
        found.store.fetch_tree(artifact, there, paths=paths or None, width=width, progress=progress)


def _replace(fetch: Callable[[Path], None], folder: Path) -> None:
    """Fetches beside the folder first, so that a failure loses nothing of what is there."""
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fetch(beside / "new")
        folder.rename(beside / "old")
        (beside / "new").rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
