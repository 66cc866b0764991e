"""What a store's server really guarantees, found out by trying it below a folder of its own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from wombat.store import trials

if TYPE_CHECKING:
    from wombat.store.target import Fact, Target

WAYS: Final = 16
ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """`create` as it belongs into `wombat.json`, and what it is based on."""

    create: Literal["atomic", "none"]
    facts: tuple[Fact, ...]

    @property
    def usable(self) -> bool:
        return all(fact.state != "wrong" for fact in self.facts)


def probe(target: Target, zone: str, *, ways: int = WAYS, rounds: int = ROUNDS) -> Verdict:
    """In under a minute. Leaves nothing behind where these credentials may delete.

    Raises StoreDenied, StoreUnreachable where the zone can't be written and read at all.
    """
    prefix = f"{zone}/probe/{secrets.token_hex(8)}/"
    try:
        first, atomic = trials.race(target, prefix, ways, rounds)
        facts = [
            first,
            trials.again(target, prefix),
            trials.listing(target, prefix),
            trials.order(target, prefix),
            trials.ranges(target, prefix),
            trials.times(target, prefix),
            *target.extras(prefix),
            trials.overwriting(target, prefix),
        ]
    finally:
        last = trials.leaving(target, prefix)
    return Verdict("atomic" if atomic and facts[1].state == "good" else "none", (*facts, last))
