"""Which of many keys have results: one listing tells of all, where results aren't too many."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from wombat.store import names
from wombat.store.parallel import each

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from wombat.store.blobs import BlobStore, Entry

FEW: Final = 4
"""So many keys are asked for one by one."""
PAGE: Final = 1000
"""Entries that one request brings."""
WORTH: Final = 4
"""Requests for single keys that a page is worth: it is a hundred times as large."""
_SPAN: Final = 8
"""Hex digits by which the way between two keys is measured."""


def entries_of(
    blobs: BlobStore, zone: str, keys: Collection[str], *, far: bool
) -> dict[str, list[Entry]]:
    """What is listed at each of these keys in a zone; a key without results isn't among them.

    Results lie by their keys, which are spread evenly: the first page tells how many there are. One
    key after the other is asked for where that is less, and in a store that isn't `far`. About
    `min(keys, results / 250)` requests, and at most one more.
    """
    wanted = sorted(set(keys))
    if not far or len(wanted) <= FEW:
        return _grouped(blobs, zone, [[key] for key in wanted])
    first = list(islice(_from(blobs, zone, wanted[0]), PAGE))
    found = _by_key(first, wanted)
    if len(first) < PAGE:
        return found
    last = _key_of(first[-1])
    rest = [key for key in wanted if key >= last]
    groups = _neighbours(rest, _place(last) - _place(wanted[0]))
    alone = len(groups) * WORTH > len(rest)
    return found | _grouped(blobs, zone, [[key] for key in rest] if alone else groups)


def _neighbours(keys: Sequence[str], reach: int) -> list[list[str]]:
    """Keys of which a listing from the first has the others on one page, as it seems."""
    groups: list[list[str]] = []
    for key in keys:
        if not groups or _place(key) - _place(groups[-1][0]) >= reach:
            groups.append([])
        groups[-1].append(key)
    return groups


def _grouped(
    blobs: BlobStore, zone: str, groups: Sequence[Sequence[str]]
) -> dict[str, list[Entry]]:
    look = partial(_group, blobs, zone)
    answers = each(look, groups) if len(groups) > 1 else map(look, groups)
    return {key: found for one in answers for key, found in one.items()}


def _group(blobs: BlobStore, zone: str, keys: Sequence[str]) -> dict[str, list[Entry]]:
    if len(keys) == 1:
        return _by_key(blobs.entries(_folder(zone, keys[0])), keys)
    return _by_key(_until(_from(blobs, zone, keys[0]), keys[-1]), keys)


def _from(blobs: BlobStore, zone: str, key: str) -> Iterator[Entry]:
    """All results from a key on, page by page."""
    folder = _folder(zone, key)
    prefix = folder[: -len(key) - len("xx//")]
    return iter(blobs.entries(prefix, after=folder))


def _until(listed: Iterable[Entry], last: str) -> Iterator[Entry]:
    for one in listed:
        if _key_of(one) > last:
            return
        yield one


def _by_key(listed: Iterable[Entry], keys: Collection[str]) -> dict[str, list[Entry]]:
    wanted, found = frozenset(keys), dict[str, list["Entry"]]()
    for one in listed:
        if (key := _key_of(one)) in wanted:
            found.setdefault(key, []).append(one)
    return found


def _key_of(entry: Entry) -> str:
    return entry.key.split("/")[-2]


def _folder(zone: str, key: str) -> str:
    return names.folder(names.result(zone, key, "x", 1))


def _place(key: str) -> int:
    return int(key[:_SPAN], 16)
