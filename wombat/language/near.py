"""What there is instead, in a message: names in a row, and the one that was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NEAR: Final = 100


def listed(names: Iterable[str]) -> str:
    """`a, b, c`, cut where it gets long."""
    every = list(names)
    return ", ".join(every[:20]) + (", …" if len(every) > 20 else "") if every else "nothing here"


def there_are(names: Iterable[str]) -> str:
    """`there is a`, `there are a, b`."""
    every = list(names)
    return f"there {'is' if len(every) == 1 else 'are'} {listed(every)}"


def near(name: str, known: Iterable[str]) -> str | None:
    """A hint with the nearest known name, where one is near; not for what nobody typed."""
    found = nearest(name, known)
    return f"did you mean '{found[0]}'?" if found else None


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The one known name that is nearest, where one is near."""
    if len(name) > MAX_NEAR:
        return []
    import difflib

    return difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
