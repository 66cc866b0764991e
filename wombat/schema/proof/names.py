"""The rules about patterns of names: one name stands for all that both sides treat alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.schema.model import Check
from wombat.schema.proof.columns import column_doubts
from wombat.schema.proof.doubt import Doubt, Trial
from wombat.schema.proof.machines import TooBig, Words, machine_of
from wombat.schema.proof.search import texts
from wombat.schema.proof.shape import column_of, pattern_of
from wombat.schema.types import LogicalType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.schema.model import FrameSchema
    from wombat.schema.proof.doubt import Pair
    from wombat.schema.proof.machines import Machine

_EXTRA: Final = "extra"


def other_doubts(pair: Pair) -> Iterator[Doubt]:
    """Why columns that neither side names itself may fail: those of patterns, those that an open
    producer lets through; and why there may be too few of a pattern's."""
    for here in _places(pair.made):
        for there in _places(pair.consumer):
            yield from _class_doubts(pair, here, there)
    for place, pattern in enumerate(pair.consumer.patterns):
        if not _enough(pair, place):
            who = pair.consumer.name
            said = f"'{pattern.match}' in {who} needs {pattern.at_least} columns"
            advice = f"those columns in {pair.producer.name}, or a smaller 'at_least' in {who}"
            yield Doubt(said, None, "pattern", (Trial(), Trial(bare=True)), advice)


def _places(schema: FrameSchema) -> tuple[int | None, ...]:
    return (*range(len(schema.patterns)), None)


def _class_doubts(pair: Pair, here: int | None, there: int | None) -> Iterator[Doubt]:
    if here is None and pair.made.extra != "allow":
        return
    if there is None and pair.consumer.extra != "forbid":
        return
    try:
        name = name_between(pair, here, there)
    except TooBig:
        said = f"patterns of names in {pair.producer.name} and {pair.consumer.name} are too large"
        yield Doubt(said, None, "pattern")
        return
    if name is None:
        return
    if here is None and there is None:
        yield _undeclared(pair, name)
    else:
        yield from column_doubts(pair, name)


def _undeclared(pair: Pair, name: str) -> Doubt:
    made, wanted = pair.producer.name, pair.consumer.name
    trial = Trial(cells=((name, 1),), types=((name, LogicalType("int64")),))
    said = f"{made} allows other columns, {wanted} forbids them"
    return Doubt(said, None, "extra", (trial,), f"no 'extra: allow' in {made}")


def name_between(pair: Pair, here: int | None, there: int | None) -> str | None:
    """A name that neither side declares, of those patterns (None: of none); raises TooBig."""
    inside: list[Machine] = []
    outside: list[Machine] = [Words({*pair.made.columns, *pair.consumer.columns})]
    for schema, place in ((pair.made, here), (pair.consumer, there)):
        machines = [machine_of(Check("match", one.match)) for one in schema.patterns]
        if place is not None:
            inside.append(machines[place])
        outside += machines[:place]
    if here is there is None and _free(pair, _EXTRA):
        return _EXTRA
    return next(texts(inside, outside), None)


def _free(pair: Pair, name: str) -> bool:
    return all(column_of(one, name) is None for one in (pair.made, pair.consumer))


def _enough(pair: Pair, place: int) -> bool:
    """Whether so many columns of the consumer's pattern surely come."""
    wanted = pair.consumer.patterns[place]
    own = [name for name, one in pair.made.columns.items() if one.required]
    sure = sum(pattern_of(pair.consumer, name) == place for name in own)
    for here, pattern in enumerate(pair.made.patterns):
        if sure >= wanted.at_least:
            break
        sure += max(pattern.at_least - _elsewhere(pair, here, place), 0)
    return sure >= wanted.at_least


def _elsewhere(pair: Pair, here: int, place: int) -> int:
    """How many columns of the producer's pattern may be of other use to the consumer."""
    others = (there for there in _places(pair.consumer) if there != place)
    try:
        if any(name_between(pair, here, there) is not None for there in others):
            return pair.made.patterns[here].at_least
    except TooBig:
        return pair.made.patterns[here].at_least
    return sum(pattern_of(pair.made, name) == here for name in pair.consumer.columns)
