"""The rules about keys and unique sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.schema.proof.budget import spend
from wombat.schema.proof.doubt import Doubt, Trial
from wombat.schema.proof.implied import values
from wombat.schema.proof.shape import column_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.schema.proof.doubt import Pair


def set_doubts(pair: Pair) -> Iterator[Doubt]:
    """Why a set that the consumer wants to stand once each may not."""
    if (pair.made.rows or (None, None))[1] in (0, 1):
        return
    for word, names in pair.consumer.unique_sets():
        if pair.consumer.severity_of(names) == "warn" or _known(pair, names):
            continue
        if any(pair.never_comes(name) and not pair.added(name) for name in names):
            continue  # with one absent the set isn't looked at
        said = f"nothing in {pair.producer.name} says that {word} ({', '.join(names)}) is unique"
        advice = f"'unique: [[{', '.join(names)}]]' in {pair.producer.name}"
        column = names[0] if len(names) == 1 else None
        many = f"the same {' and '.join(map(repr, names))} may stand in two rows"
        how = "its key" if word == "key" else "unique"
        wish = f"{pair.consumer.name} has {'it' if column else 'them'} as {how}"
        trials = tuple(_trials(pair, names))
        yield Doubt(said, column, word, trials, advice, names, f"{many}; {wish}")


def _known(pair: Pair, names: tuple[str, ...]) -> bool:
    """A set that is unique stays so with more columns, if it is seen as it was stored."""
    spend(len(pair.made.columns))
    return any(
        set(known) <= set(names)
        and pair.made.severity_of(known) == "error"
        and not any(pair.filled(name) or pair.added(name) for name in known)
        for _, known in pair.made.unique_sets()
    )


def _trials(pair: Pair, names: tuple[str, ...]) -> Iterator[Trial]:
    absent = tuple(name for name in names if pair.added(name))
    yield Trial(rows=2, same=names, present=names)
    if absent:
        yield Trial(rows=2, same=names, without=absent)
    for name in names:
        yield from _filling(pair, name, names)


def _filling(pair: Pair, name: str, names: tuple[str, ...]) -> Iterator[Trial]:
    """A null beside the value that it is filled with."""
    wanted, made = column_of(pair.consumer, name), column_of(pair.made, name)
    if wanted is None or made is None or not pair.filled(name):
        return
    same = tuple(one for one in names if one != name)
    fills: list[Any] = [wanted.fill_null, *values(made.type, pair.checks_made(name))]
    for value in fills:
        if value == wanted.fill_null:  # build looks whether such a column may hold it
            yield Trial(cells=((name, None),), rows=2, same=same, second=((name, value),))
