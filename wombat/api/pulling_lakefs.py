"""Pulling from a ref of lakeFS: the files of a commit into a folder, verified on the way."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from wombat.api.replacing import recover, replace
from wombat.api.targets import remember, require_kept, require_room, require_same
from wombat.digest import digest_file
from wombat.errors import Absent, DataInvalid
from wombat.executor.outside.pinned import (
    CONTENT,
    Pinned,
    commit_at,
    download,
    first,
    only,
    pin,
    runs,
)
from wombat.store import content_of
from wombat.store.lakefs.address import parse_address
from wombat.store.lakefs.client import open_client
from wombat.store.selecting import named
from wombat.store.tree import ContentDigest, File, walk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.digest import Digest
    from wombat.store import Progress
    from wombat.store.lakefs.address import LakeAddress
    from wombat.store.lakefs.client import Client
    from wombat.store.lakefs.objects import Object
    from wombat.store.tree import Found

SCHEME: Final = "lakefs://"


@dataclass(frozen=True)
class PulledLake:
    """What a pull left: the commit that it is of, the folder, files and bytes in all; `fetched`
    False where all was there. `unverified` counts files that nothing vouches for but their size."""

    commit: str
    folder: Path
    files: int
    bytes: int
    fetched: bool
    unverified: int = 0


def pull_lakefs(
    root: Path,
    text: str,
    into: Path | None = None,
    *,
    force: bool = False,
    paths: Sequence[str] = (),
    width: int | None = None,
    progress: Progress | None = None,
) -> PulledLake:
    """Fetches a file, or all below a path, as they were committed, into a folder: by default one
    named like the last step of the path, of a file without its suffix, in the current one. What
    isn't committed isn't fetched.

    As `pull`, it replaces only what an earlier pull wrote. Each file is held against the digest of
    who published it, else lakeFS's checksum. `root` is the project's. Absent where nothing stands
    there; StoreDamaged `lakefs-content`; UsageFault `target-in-use`, `store-address`.
    """
    address = parse_address(text)
    pinned = _pinned(address, folder=text.partition("?")[0].endswith("/"))
    if paths:
        pinned = only(pinned, named({name for name, _ in pinned.objects}, paths))
    source = f"lakefs://{address.repository}/{pinned.path}"
    folder = into if into is not None else Path.cwd() / _named(pinned, address.repository)
    if into is None:
        require_same(root, folder, source)
    done = partial(PulledLake, pinned.commit, folder, len(pinned.objects), pinned.size)
    recover(folder)
    if _holds(folder, pinned):
        remember(root, folder, {"": content_of(folder)}, paths, source)
        return done(fetched=False)
    ready = partial(require_room, root, folder, force=force)
    ready()
    unverified, content = 0, ""

    def fetch(place: Path) -> None:
        nonlocal unverified, content
        place.mkdir(parents=True, exist_ok=True)
        there = place if pinned.folder else place / pinned.objects[0][0]
        came: dict[str, Digest] = {}
        unverified = download(pinned, there, width=width, progress=progress, came=came.__setitem__)
        content = _content(place, came)

    if paths and not force and folder.exists():
        require_kept(root, folder, paths, {one for one, _ in pinned.objects})
    folder.mkdir(parents=True, exist_ok=True)
    try:
        replace(fetch, folder, ready)
    except BaseException:
        with suppress(OSError):
            folder.rmdir()  # where it is empty
        raise
    remember(root, folder, {"": content}, paths, source)
    return done(fetched=True, unverified=unverified)


def _pinned(address: LakeAddress, *, folder: bool) -> Pinned:
    """What stands at a path: with a slash at its end a folder, else a file, else a folder."""
    client: Client = open_client(address)
    commit = commit_at(client, address.ref)

    def at(path: str) -> Pinned:
        if not folder and path:
            with suppress(Absent):
                return pin(client, commit, path, folder=False)
        return pin(client, commit, path, folder=True)

    return first(address.paths, at)


def _named(pinned: Pinned, repository: str) -> str:
    """A folder's name: the last step of the path, of a file without its suffix."""
    name = pinned.path.rpartition("/")[2]
    return (name if pinned.folder else PurePosixPath(name).stem) or repository


def _content(folder: Path, came: Mapping[str, Digest]) -> Digest:
    """Of files whose bytes came with these digests. DataInvalid for paths that differ by case
    alone."""
    hasher = ContentDigest()
    for found in walk(folder):
        # A disk may write a name in another way than it was given.
        digest = came.get(found.path) or digest_file(Path(found.place))
        hasher.add(File(found.path, found.executable, found.size, digest))
    return hasher.finish()


def _holds(folder: Path, pinned: Pinned) -> bool:
    """Whether a folder has just these files, by what is known of their bytes."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    try:
        here = {found.path: found for found in walk(folder)}
    except DataInvalid:  # it holds what no artifact can
        return False
    there = dict(pinned.objects)
    return here.keys() == there.keys() and all(_same(here[name], there[name]) for name in here)


def _same(here: Found, there: Object) -> bool:
    if (here.size, here.executable) != (there.size, runs(there)):
        return False
    file = Path(here.place)
    if (content := there.metadata.get(CONTENT)) is not None:
        return digest_file(file) == content
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
    return found.hexdigest() == there.checksum
