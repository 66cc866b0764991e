"""The trials of a probe, one guarantee each."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from wombat.errors import Absent, StoreDenied, StoreUnreachable
from wombat.store.parallel import each
from wombat.store.target import Fact

if TYPE_CHECKING:
    from collections.abc import Callable

    from wombat.store.target import Target

PATIENCE: Final = 25.0
"""Seconds after which no further round of a race begins; two always do."""
SKEW: Final = 5.0
# In the byte order of whole keys; a server that sorts by folders, or by letters, has another one.
_KEYS: Final = ("%C3%BC/1", "B", "a-b", "a.b/c", "a/b", "a0", "a=/1", "a~", "b/1", "b/10", "b/2")


def race(target: Target, prefix: str, ways: int, rounds: int) -> tuple[Fact, bool]:
    began, winners, answers = time.monotonic(), [], Counter[str]()
    for number in range(rounds):
        if number > 1 and time.monotonic() - began > PATIENCE:
            break
        told = _at_once(lambda n, key=f"{prefix}race{number}": target.create(key, b"%d" % n), ways)  # type: ignore[misc]
        landed = [b"%d" % n for n, answer in enumerate(told) if answer == "landed"]
        answers.update(answer for answer in told if answer != "landed")
        stands = _stands(target, f"{prefix}race{number}")
        winners.append(len(landed) if stands in landed or not landed else ways)
    said = ", ".join(f"{answer} {count} times" for answer, count in sorted(answers.items()))
    tried = f"{ways} at once, {len(winners)} times"
    if max(winners) == 1:
        return Fact("create once", "good", f"{tried}: one winner each; else {said}"), True
    who = f"up to {max(winners)} winners" if max(winners) else f"no winner; {said}"
    way = "the protocol for such servers is used: nothing is overwritten, races become forks"
    return Fact("create once", "note", f"{tried}: {who}; {way}"), False


def _at_once(call: Callable[[int], str], ways: int) -> list[str]:
    """All wait for each other before they begin."""
    barrier = threading.Barrier(ways)

    def one(number: int) -> str:
        barrier.wait(30)
        try:
            return call(number)
        except StoreDenied:
            raise
        except StoreUnreachable:
            return "no answer"

    return list(each(one, range(ways), width=ways))


def _stands(target: Target, key: str) -> bytes | None:
    """What a race left; nobody's bytes where that can't be read, as of a server that lets several
    write into one object. For a moment it may be so without harm."""
    for _ in range(4):
        try:
            return target.get(key)
        except Absent:
            return None
        except StoreDenied:
            raise
        except StoreUnreachable:
            time.sleep(0.2)
    return b""


def again(target: Target, prefix: str) -> Fact:
    """One after another, which is the easier half."""
    name, key = "create again", f"{prefix}again"
    first, second = target.create(key, b"one"), target.create(key, b"two")
    if first == "landed" and second != "landed" and target.get(key) == b"one":
        return Fact(name, "good", f"refused with {second}, nothing is overwritten")
    return Fact(name, "note", "overwritten" if second == "landed" else f"{first}, then {second}")


def listing(target: Target, prefix: str) -> Fact:
    name, missed, tries = "listing after writing", 0, 8
    for number in range(tries):
        key = f"{prefix}list/{number}"
        target.put(key, b"x")
        missed += key not in target.list(f"{prefix}list/")
    if missed:
        return Fact(name, "wrong", f"{missed} of {tries} new objects were not listed at once")
    return Fact(name, "good", f"{tries} of {tries} new objects were listed at once")


def order(target: Target, prefix: str) -> Fact:
    name = "order of listing"
    for key in _KEYS:
        target.put(f"{prefix}order/{key}", b"x")
    found = [key.removeprefix(f"{prefix}order/") for key in target.list(f"{prefix}order/")]
    if found == sorted(_KEYS):
        return Fact(name, "good", "by bytes of whole keys, page by page")
    if found == sorted(_KEYS, key=lambda key: key.split("/")):
        return Fact(name, "note", "folder by folder, by bytes within each")
    lost = len(set(_KEYS) - set(found))
    return Fact(name, "wrong", f"{lost} keys are missing" if lost else "not by bytes")


def ranges(target: Target, prefix: str) -> Fact:
    name, key, data = "ranges", f"{prefix}range", bytes(range(256)) * 40
    target.put(key, data)
    spans = ((0, 10), (1000, 200), (len(data) - 5, 50))
    wrong = [at for at, length in spans if target.get_range(key, at, length) != data[at:][:length]]
    if wrong or target.get(key) != data:
        return Fact(name, "wrong", "other bytes come back than were asked for")
    return Fact(name, "good", "come back as asked for, and shorter at the end")


def times(target: Target, prefix: str) -> Fact:
    name, key = "clock", f"{prefix}time"
    before = target.now()
    target.put(key, b"x")
    after = target.now()
    if not before - SKEW <= target.written(key) <= after + SKEW:
        said = "the times of objects are not by the server's own clock"
        return Fact(name, "wrong", said)
    skew = after - time.time()
    said = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's"
    return Fact(name, "good" if abs(skew) <= SKEW else "note", said)


def overwriting(target: Target, prefix: str) -> Fact:
    """Without a condition; Wombat never does."""
    name, key = "overwriting", f"{prefix}over"
    try:
        target.put(key, b"one")
        target.put(key, b"two")
    except StoreDenied:
        return Fact(name, "good", "refused")
    stands = target.get(key)
    if stands == b"one":
        return Fact(name, "good", "what stands stays")
    return Fact(name, "note", "who may write may overwrite; versioning keeps what was there")


def leaving(target: Target, prefix: str) -> Fact:
    """Takes the probe's own objects away, if that is allowed: to CI's roles it should not be."""
    name = "deleting"
    try:
        left = target.list(prefix)
        target.delete(left)
        rest = target.list(prefix)
    except StoreDenied:
        return Fact(name, "good", f"refused to these credentials; {prefix} stays there")
    except StoreUnreachable as fault:
        return Fact(name, "note", f"failed, {prefix} stays there: {fault}")
    if rest:
        return Fact(name, "wrong", f"{len(rest)} of {len(left)} deleted objects are still listed")
    return Fact(name, "note", "these credentials may delete: right for gc, not for CI's jobs")
