"""Entries of the lock, as lines and trees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.review.diagnostics import visible

if TYPE_CHECKING:
    from wombat.api.locking import Line

_SAID: Final = {
    "new": "locked at",
    "moved": "moved to",
    "kept": "stays at",
    "behind": "stays at",
    "gone": "was locked at",
    "dropped": "is taken by nothing: removed, was at",
}
_WOULD: Final = {
    "new": "would be locked at",
    "moved": "would move to",
    "dropped": "is taken by nothing: would be removed, is at",
}
_PINS: Final = {
    "not-ours": "; not pinned: versions of trusted zones are, and not by untrusted jobs",
    "denied": "; not pinned at its producer: the credentials may not",
    "doomed": "; its producer is about to delete it: wombat lock --upgrade, or ask them for a tag",
}


def said(line: Line, *, check: bool = False) -> str:
    """`model (ml:models/model@main): stays at run r1, version 3; run r2 is newer`. With `check`
    nothing was written, and it says what would be."""
    entry = line.entry
    at = f"run {entry.facts['run']}" if "run" in entry.facts else "its content"
    version = f", version {entry.facts['seq']}" if entry.facts.get("seq") else ""
    more = f"; run {line.newer} is newer" if line.state == "behind" else ""
    more += "; no store holds it any more" if line.state == "gone" else ""
    more += _PINS.get(line.pin or "", "")
    done = (_WOULD if check else {}).get(line.state, _SAID[line.state])
    return visible(f"{entry.name} ({entry.address}): {done} {at}{version}{more}")


def tree(line: Line) -> dict[str, Any]:
    entry = line.entry
    return {
        "name": entry.name,
        "address": entry.address,
        "added": entry.added,
        "state": line.state,
        "newer": line.newer,
        "pin": line.pin,
        "contents": entry.contents,
        **entry.facts,
    }
