"""The shortest text that some machines accept and others don't, found without building them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from wombat.schema.proof.budget import remembered, spend
from wombat.schema.proof.machines import ALL, TooBig, machine_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wombat.schema.model import Check
    from wombat.schema.proof.machines import Machine

MAX_STATES: Final = 4000
MAX_WORK: Final = 100_000
_FIRST: Final = tuple(map(ord, "aA0bB1_-@. "))
_SURROGATES: Final = range(0xD800, 0xE000)
_LAST: Final = 0x10FFFF


def texts(
    inside: Sequence[Machine], outside: Sequence[Machine] = (), *, limit: int = MAX_STATES
) -> Iterator[str]:
    """Texts that all of `inside` accept and none of `outside`, shorter ones first, one for each
    way that the machines may stand in the end; none where there is no such text at all.

    Raises TooBig after `limit` states, or where their sum of places in patterns is too large.
    """
    count, machines = len(inside), (*inside, *outside)
    alphabet = alphabet_of(machines)
    start = tuple(one.start for one in machines)
    work = 0
    came: dict[tuple[Any, ...], tuple[tuple[Any, ...], int] | None] = {start: None}
    todo = deque([start])
    if hopeless(start, count):
        return
    while todo:
        state = todo.popleft()
        spend(len(alphabet) * weight(state))
        if wanted(machines, state, count):
            yield _read(came, state)
        for code in alphabet:
            after = step(machines, state, code)
            if hopeless(after, count) or after in came:
                continue
            work += weight(after) - len(machines)
            if len(came) >= limit or work > MAX_WORK:
                raise TooBig
            came[after] = (state, code)
            todo.append(after)


def weight(state: tuple[Any, ...]) -> int:
    """What a step from there costs: places in patterns, and one for each machine."""
    return sum(1 + len(one[0]) if isinstance(one, tuple) and one is not ALL else 1 for one in state)


def step(machines: Sequence[Machine], state: tuple[Any, ...], code: int) -> tuple[Any, ...]:
    """What each machine makes of one more character."""
    pairs = zip(machines, state, strict=True)
    return tuple(s if s is None or s is ALL else m.step(s, code) for m, s in pairs)


def hopeless(state: tuple[Any, ...], count: int) -> bool:
    """Whether no longer text is accepted by all of the first machines and by none of the others."""
    return any(s is None for s in state[:count]) or any(s is ALL for s in state[count:])


def wanted(machines: Sequence[Machine], state: tuple[Any, ...], count: int) -> bool:
    """Whether all of the first machines accept, and none of the others."""
    said = [
        s is ALL or (s is not None and m.accepting(s)) for m, s in zip(machines, state, strict=True)
    ]
    return all(said[:count]) and not any(said[count:])


def _read(came: dict[tuple[Any, ...], tuple[tuple[Any, ...], int] | None], state: Any) -> str:
    codes = []
    while (step := came[state]) is not None:
        state, code = step
        codes.append(code)
    return "".join(map(chr, reversed(codes)))


def alphabet_of(machines: Sequence[Machine], *, each: int = 1) -> list[int]:
    """So many characters of each class that the machines can't tell apart, plain ones first."""
    cuts = sorted({0, 0xD800, 0xE000, *(cut for one in machines for cut in one.cuts())})
    spend(len(cuts) * each)
    found: list[int] = []
    for low, after in zip(cuts, [*cuts[1:], _LAST + 1], strict=True):
        if low > _LAST or low in _SURROGATES:
            continue
        readable = (*_FIRST, *range(33, 127)) if low < 127 else ()
        plain = [code for code in readable if low <= code < after]
        found += dict.fromkeys([*plain[:each], low] if len(plain) < each else plain[:each])
    order = {code: place for place, code in enumerate(_FIRST)}
    return sorted(set(found), key=lambda code: (order.get(code, 99), not 32 < code < 127, code))


@remembered(4096)
def counter_example(made: tuple[Check, ...], wanted: Check) -> str | None:
    """The shortest text of which all of the first checks hold and the last doesn't; None where
    there is none. Raises TooBig."""
    inside = [machine_of(check) for check in made]
    return next(texts(inside, [machine_of(wanted)]), None)
