"""What a column's own checks imply of another check: the rules of the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.schema.proof.evaluate import holds
from wombat.schema.types import INTEGERS

if TYPE_CHECKING:
    from wombat.schema.model import Check, Column


def implied(made: Column, check: Check) -> bool:
    """Whether every value that `made` lets through holds `check`; False where no rule says so.

    Both are of one type (an enumeration and text count as one). Checks that only warn promise
    nothing.
    """
    if made.severity == "warn":
        return made.type.kind == "bool" and _every((True, False), check)
    if any(own == check for own in made.checks()):
        return True
    domain = _domain(made)
    if domain is not None:
        return _every(domain, check)
    if check.name in ("min", "gt", "max", "lt"):
        return _bounded(made, check)
    return check.name == "length" and _length(made, check)


def _every(domain: tuple[Any, ...], check: Check) -> bool:
    return all(holds(check, value) for value in domain)


def _domain(made: Column) -> tuple[Any, ...] | None:
    """All values that a column may have, where they are listed."""
    if made.within is not None:
        return made.within
    if made.type.kind == "enum":
        return made.type.of
    return (True, False) if made.type.kind == "bool" else None


def _bounded(made: Column, check: Check) -> bool:
    whole = INTEGERS.get(made.type.kind)
    low = [(made.min, False), (made.gt, True), (whole[0] if whole else None, False)]
    high = [(made.max, False), (made.lt, True), (whole[1] if whole else None, False)]
    strict = check.name in ("gt", "lt")
    for limit, open_end in low if check.name in ("min", "gt") else high:
        if limit is None:
            continue
        if limit == check.value and (open_end or not strict):
            return True
        if limit > check.value if check.name in ("min", "gt") else limit < check.value:
            return True
    return False


def _length(made: Column, check: Check) -> bool:
    least, most = check.value
    own_least, own_most = made.length or (0, None)
    inside = most is None or (own_most is not None and own_most <= most)
    return inside and (own_least or 0) >= (least or 0)
