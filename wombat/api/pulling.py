"""Pulling: an artifact into a folder, which loses nothing that no pull wrote."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wombat.api.addresses import Found, resolve
from wombat.api.let_go import told
from wombat.api.replacing import recover, replace
from wombat.api.subscribing import renew
from wombat.api.targets import holds, remember, require_kept, require_room
from wombat.store.selecting import content, select

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.api.session import Session
    from wombat.store import Manifest, Progress


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
    Absent where one names nothing; a folder that holds other files, too, is refused. `width` is the
    number of threads.
    """
    found = resolve(session, text)
    with told(session, found.store, found.ref):
        return _pull(session, found, into, force=force, paths=paths, width=width, progress=progress)


def _pull(
    session: Session,
    found: Found,
    into: Path | None,
    *,
    force: bool,
    paths: Sequence[str],
    width: int | None,
    progress: Progress | None,
) -> Pulled:
    if found.address.project not in (None, session.project):
        renew(session, found)
    folder = into if into is not None else Path.cwd() / str(found.address.output)
    opened = {label: found.store.manifest(one) for label, one in found.artifacts()}
    chosen = {label or "": _chosen(one, paths) for label, one in opened.items()}
    files = sum(one.files for one in chosen.values())
    size = sum(one.bytes for one in chosen.values())
    contents = {label: one.content for label, one in chosen.items()}
    recover(folder)
    if holds(folder, contents):
        remember(session.root, folder, contents, paths)
        return Pulled(found, folder, files, size, fetched=False)
    fetch = partial(_fetch, found, opened, paths=paths, width=width, progress=progress)
    ready = partial(require_room, session.root, folder, force=force)
    ready()
    if folder.exists() and any(folder.iterdir()):
        if paths and not force:
            fetched = {name for label, one in chosen.items() for name in one.names(label)}
            require_kept(session.root, folder, paths, fetched)
        replace(fetch, folder, ready)
    else:
        fetch(folder)
    remember(session.root, folder, contents, paths)
    return Pulled(found, folder, files, size, fetched=True)


@dataclass(frozen=True)
class _Chosen:
    """What of one artifact is fetched, and the content digest that this alone has; `paths` only
    where they were chosen."""

    files: int
    bytes: int
    content: str
    paths: tuple[str, ...] = ()

    def names(self, label: str) -> list[str]:
        """As the files lie in the folder, in which parts have their own."""
        return [f"{label}/{path}" if label else path for path in self.paths]


def _chosen(manifest: Manifest, paths: Sequence[str]) -> _Chosen:
    if not paths:
        return _Chosen(manifest.files, manifest.bytes, str(manifest.artifact.content))
    rows = select(manifest, paths)
    files = [row.file for row in rows]
    size, names = sum(file.size for file in files), tuple(file.path for file in files)
    return _Chosen(len(files), size, str(content(rows)), names)


def _fetch(
    found: Found,
    opened: Mapping[str | None, Manifest],
    folder: Path,
    *,
    paths: Sequence[str],
    width: int | None,
    progress: Progress | None,
) -> None:
    for label, manifest in opened.items():
        there = folder if label is None else folder / label
        there.parent.mkdir(parents=True, exist_ok=True)
        found.store.fetch_tree(manifest, there, paths=paths or None, width=width, progress=progress)
