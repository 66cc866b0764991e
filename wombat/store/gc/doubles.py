"""Other manifests of a content that a root names: they stay while the named one isn't whole."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from wombat.digest import digest_bytes
from wombat.errors import StoreDamaged
from wombat.store import names
from wombat.store.doom import REPORTS
from wombat.store.gc.named import artifact_at
from wombat.store.parallel import each
from wombat.store.reading import open_alone
from wombat.store.standing import standing
from wombat.store.whole import check_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.store.blobs import Entry
    from wombat.store.space import Space


def doubles(space: Space, named: set[bytes], dead: Iterable[Entry]) -> Iterator[Entry]:
    """Those of the dead manifests that readers may have to take in place of a named one.

    What an earlier pass knew of the named one tells nothing of today, so it is read anew, whole:
    only where another one of its content is about to be doomed, or was and is about to go.
    """
    others: dict[str, list[Entry]] = {}
    contents = {at[:32].hex() for at in named}
    for entry in dead:
        if (content := entry.key[-129:-65]) in contents:
            others.setdefault(content, []).append(entry)
    if not others:
        return
    keys = [
        names.manifest(space.zone, content, at[32:].hex())
        for at in named
        if (content := at[:32].hex()) in others
    ]
    fresh = replace(space, standing=set())
    whole = each(partial(_is_whole, fresh, _reported(space)), keys)
    for content in {key[-129:-65] for key, sound in zip(keys, whole, strict=True) if not sound}:
        yield from others[content]


def _reported(space: Space) -> set[str]:
    listed = space.blobs.list(f"{space.zone}/damage/", limit=REPORTS)
    return {name["digest"] for key in listed if (name := names.parse(key))}


def _is_whole(space: Space, reported: set[str], key: str) -> bool:
    """All of its blocks, its files proved against the content, its packs there, and no damage of
    them told."""
    try:
        rows = check_manifest(open_alone(space, artifact_at(key)))
    except StoreDamaged:
        return False
    parts = (key, *(names.pack(row.zone, row.digest) for row in rows))
    if any(digest_bytes(part.encode()) in reported for part in parts):
        return False
    return len(standing(space, rows)) == len(set(rows))
