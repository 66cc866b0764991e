"""Which names of a store each role reads, makes and deletes, whatever server holds them; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Role = Literal["trusted", "untrusted", "reader", "gc"]
ROLES: Final[dict[Role, str]] = {
    "trusted": "CI on protected branches: writes t",
    "untrusted": "all other CI, merge requests too: writes u, reads t",
    "reader": "people and services: read t, and local, where they look first",
    "gc": "the collection of garbage: alone deletes",
}
_COLLECTED: Final = ("p", "m", "results", "cache", "gc", "damage")
"""What a collection deletes. Refs, runs, pins and what became of a pack stay: nobody may."""
_MENDED: Final = ("p", "m", "moved", "gc", "refs", "damage")
"""What a collection writes: compacted packs, where they went, its lists, closed branches."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Names below the store's prefix; a `*` at the end is anything. What is read is listed, too,
    and beside it everybody reads `wombat.json`."""

    reads: tuple[str, ...]
    makes: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()


def reach(role: Role, project: str, reads: tuple[str, ...] = ()) -> Reach:
    """What a role of `project` reaches, which reads the trusted zones of the projects `reads`."""
    trusted = tuple(f"t/{one}/*" for one in (project, *reads))
    if role == "trusted":
        # No read right on u: what is there can't be relied on by mistake either.
        return Reach((*trusted, *_pins(project)), (f"t/{project}/*", f"x/*/{project}/*"))
    if role == "untrusted":
        return Reach((f"u/{project}/*", *trusted), (f"u/{project}/*",))
    if role == "reader":
        # On one's own machine the own zone is `local`: it is looked at before t.
        return Reach((*trusted, f"local/{project}/*"))
    zones = [f"{kind}/{project}" for kind in ("t", "u", "local")]
    return Reach(
        (*(f"{zone}/*" for zone in zones), f"x/{project}/*"),
        tuple(f"{zone}/{kind}/*" for zone in zones for kind in _MENDED),
        tuple(f"{zone}/{kind}/*" for zone in zones for kind in _COLLECTED),
    )


def _pins(project: str) -> tuple[str, ...]:
    """Its subscriptions to others, and others' to it."""
    return (f"x/*/{project}/*", f"x/{project}/*")
