"""What roots name and is gone: the packs that their records name are kept all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.store.gc.named import lenient, named_by, read_told, told

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from wombat.store.gc.mark import Marking

FULL: Final = 100
HEADROOM: Final = 8
"""Bytes of a digest that tell packs apart here: two alike would keep one too many."""


def short_of(digest: bytes) -> int:
    """A pack's digest in little memory."""
    return int.from_bytes(digest[:HEADROOM], "big")


def notices(behind: Mapping[bytes, Sequence[bytes]], doomed: Container[str]) -> list[str]:
    """Keys of packs that are gone and moved to what is doomed: a writer may still name them.

    `behind` says of each pack that moved where to.
    """
    found = {d for d, targets in behind.items() if any(_key(t) in doomed for t in targets)}
    size = -1
    while size != len(found):
        size = len(found)
        found |= {d for d, targets in behind.items() if found.intersection(targets)}
    return [_key(digest) for digest in sorted(found)]


def _key(digest: bytes) -> str:
    text = digest.hex()
    return f"p/{text[:2]}/{text}"


def spare_gone(marking: Marking) -> None:
    """The packs of manifests that are gone, as the records say that name them.

    Whoever brings such a manifest back, from a copy of the store, finds its data.
    """
    if not marking.gone:
        return
    roots = marking.roots
    for at in marking.gone & roots.pinned.keys():
        _spare(marking, f"a pin names {at[:32].hex()}", roots.pinned[at])
    for entry, value in marking.marks.of(roots.kept, lenient(marking.space, [], read_told)):
        every = told(value).every() if value is not None else ()
        gone = marking.gone.intersection(bytes.fromhex(one.replace(".", "")) for one in every)
        if gone:
            named = named_by(marking.space, entry)
            lost = [one for one in named if bytes.fromhex(one.content + one.manifest) in gone]
            packs = {pack for one in lost for pack in one.packs}
            _spare(marking, f"{entry.key} names {len(gone)}", packs)


def _spare(marking: Marking, who: str, packs: Iterable[str]) -> None:
    marking.roots.notes.append(f"gone already: {who}")
    for pack in packs:
        marking.shares[short_of(bytes.fromhex(pack))] = FULL
