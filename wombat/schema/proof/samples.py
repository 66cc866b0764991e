"""Texts, bytes, lists and structs to try things out with."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from wombat.schema.proof.budget import spend
from wombat.schema.proof.evaluate import holds
from wombat.schema.proof.machines import TooBig, machine_of
from wombat.schema.proof.ordinals import ORDERED, ordinal, value_at
from wombat.schema.proof.search import alphabet_of, hopeless, step, texts, wanted, weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wombat.schema.model import Check
    from wombat.schema.proof.machines import Machine
    from wombat.schema.types import LogicalType

_PLAIN: Final = ("a", "b", "c", "aa", "ab", "")
_PATHS: Final = 400


def sample_texts(checks: Sequence[Check]) -> Iterator[str]:
    """Different texts of which the checks hold, simple ones first; perhaps none."""
    seen = set()
    for text in _candidates(checks):
        if text not in seen and all(holds(check, text) for check in checks):
            seen.add(text)
            yield text


def _candidates(checks: Sequence[Check]) -> Iterator[str]:
    yield from _PLAIN
    try:
        inside = [machine_of(check) for check in checks]
        found = list(islice(texts(inside), 4))
    except TooBig:
        return
    yield from found
    codes = alphabet_of(inside, each=3)
    for text in found:
        for place in range(min(len(text), 4)):
            yield from (text[:place] + chr(code) + text[place + 1 :] for code in codes)
    yield from _paths(inside, codes)


def _paths(inside: Sequence[Machine], codes: Sequence[int]) -> Iterator[str]:
    """What is read on the way, whether or not the machines stand where they stood before."""
    todo = deque([("", tuple(one.start for one in inside))])
    for _ in range(_PATHS):
        if not todo:
            return
        text, state = todo.popleft()
        spend(len(codes) * weight(state))
        if wanted(inside, state, len(inside)):
            yield text
        for code in codes:
            after = step(inside, state, code)
            if not hopeless(after, len(inside)) and len(todo) < _PATHS:
                todo.append((text + chr(code), after))


def sized(kind: LogicalType, length: int) -> Any:
    """A value of a type that has a length; of a struct, its only simple value."""
    if kind.kind == "binary":
        return b"a" * length
    if kind.item is not None:
        return [simple(kind.item.type) for _ in range(length)]
    return {name: simple(element.type) for name, element in kind.fields}


def simple(kind: LogicalType) -> Any:
    """A value of any type."""
    if kind.family in ORDERED:
        return value_at(ordinal(1, kind) if kind.family != "temporal" else 1000, kind)
    if kind.family in ("binary", "nested"):
        return sized(kind, 1)
    return {"bool": True, "any": 1}.get(kind.kind, kind.of[0] if kind.of else "a")
