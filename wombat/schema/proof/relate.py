"""The proof of an edge: is every frame that the producer's schema accepts the consumer's too?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wombat.schema.proof.budget import Spent, budget
from wombat.schema.proof.build import build
from wombat.schema.proof.columns import column_doubts
from wombat.schema.proof.compare import rule_doubts
from wombat.schema.proof.doubt import Doubt, pair_of
from wombat.schema.proof.evaluate import accepts, opaque
from wombat.schema.proof.example import clash, example
from wombat.schema.proof.layout import layout_doubts
from wombat.schema.proof.names import other_doubts
from wombat.schema.proof.sets import set_doubts
from wombat.schema.proof.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wombat.schema.model import FrameSchema
    from wombat.schema.policy import Cast
    from wombat.schema.proof.doubt import Pair
    from wombat.schema.proof.evaluate import Violation
    from wombat.schema.proof.frame import Frame

_EVERYWHERE: Final = ("missing", "extra")
_STRUCTURE: Final = ("type", "missing", "extra")
_COUNTED: Final = ("key", "unique", "rows", "order", "pattern")


def relate(
    producer: FrameSchema | None,
    consumer: FrameSchema | None,
    *,
    cast: Cast = "none",
    loose: Collection[str] = (),
) -> Verdict:
    """Proven only by rule; refuted only with a frame that passes the producer's schema and fails
    the consumer's, as our evaluator judges them; else unknown. Untyped where one says nothing.

    `cast` is the consumer's policy. `loose` names columns that hold less than the producer's schema
    lets through: they are there, in their type unless it is `any`, but no value or null in them
    refutes. Never raises: what the proof itself fails at is unknown.
    """
    if producer is None or consumer is None:
        side = "producer" if producer is None else "consumer"
        return Verdict("untyped", f"the {side} has no schema")
    for schema in (producer, consumer):
        if any(one.column.unique or one.column.default is not None for one in schema.patterns):
            said = f"{schema.name} has a pattern with 'unique' or 'default', which none may have"
            return Verdict("unknown", said)
    try:
        with budget(len(producer.columns) + len(consumer.columns)):
            return _judged(pair_of(producer, consumer, cast), loose)
    except Exception as fault:  # noqa: BLE001  # a mistake here must not stop a pipeline: it is judged when it runs
        return Verdict("unknown", f"the proof failed: {type(fault).__name__}")


def _judged(pair: Pair, loose: Collection[str]) -> Verdict:
    found: list[Doubt] = []
    try:
        return _searched(pair, loose, found)
    except Spent:
        here = found[0] if found else Doubt("nothing was found either way", None, "budget")
        said = f"{here.reason}; the search is larger than what is spent on one edge"
        return _verdict("unknown", pair, replace(here, reason=said))


def _searched(pair: Pair, loose: Collection[str], found: list[Doubt]) -> Verdict:
    """As `relate`; all doubts are put into `found` as they come. Raises Spent."""
    blind = opaque(pair.producer)
    for doubt in doubts_of(pair):
        found.append(doubt)
        if blind and _always(pair, doubt):
            return Verdict(
                "refuted",
                f"{doubt.reason}; so in every frame",
                doubt.column,
                check=doubt.check,
                suggestion=doubt.advice,
            )
        if blind:
            continue
        for trial in doubt.trials:
            frame = build(pair, trial) or build(pair, replace(trial, bare=True))
            if frame is not None and refutes(pair, frame, doubt, loose):
                return _verdict("refuted", pair, doubt, frame)
    if found:
        return _verdict("unknown", pair, _unshown(pair, found[0]) if blind else found[0])
    return Verdict("proven", f"every {pair.producer.name} is a {pair.consumer.name}")


def _always(pair: Pair, doubt: Doubt) -> bool:
    """Whether no frame of the producer passes, one without rows neither, whatever code says of it:
    a column comes in another type, or is forbidden, or never comes."""
    name = doubt.column
    if name is None or doubt.check not in _STRUCTURE:
        return False
    if doubt.check == "missing":
        return pair.never_comes(name)
    made = pair.made.columns.get(name)
    return made is not None and made.required and made.type.kind != "any"


def _unshown(pair: Pair, doubt: Doubt) -> Doubt:
    """The same, and why no frame was tried: perhaps none passes the producer's code."""
    said = f"{doubt.reason}; no frame shows it, as 'check' doesn't run {pair.producer.name}'s code"
    return replace(doubt, reason=said)


def _verdict(kind: str, pair: Pair, doubt: Doubt, frame: Frame | None = None) -> Verdict:
    reason = clash(pair, doubt, frame) if frame else doubt.reason
    table, shown = (frame.table(), example(pair, doubt, frame)) if frame else ((), ())
    return Verdict(kind, reason, doubt.column, table, doubt.check, doubt.advice, shown)  # type: ignore[arg-type]  # one of two words


def doubts_of(pair: Pair) -> Iterator[Doubt]:
    """All that the rules can't rule out; nothing where the edge is proven."""
    names = dict.fromkeys([*pair.made.columns, *pair.consumer.columns])
    for name in names:
        yield from column_doubts(pair, name)
    yield from other_doubts(pair)
    yield from set_doubts(pair)
    yield from rule_doubts(pair)
    yield from layout_doubts(pair)


def refutes(pair: Pair, frame: Frame, doubt: Doubt, loose: Collection[str]) -> bool:
    """Whether a frame that the producer stores fails at the consumer, there where it was feared."""
    found = accepts(pair.consumer, frame, side="taken", cast=pair.cast)
    feared = [
        one for one in found if one.check == doubt.check and doubt.column in (None, one.column)
    ]
    return any(_sure(one, pair, loose) for one in feared)


def _sure(found: Violation, pair: Pair, loose: Collection[str]) -> bool:
    """Whether a violation may stand in a real frame, although loose columns hold less."""
    if not loose:
        return True
    if found.check == "type" and found.column in pair.made.columns:
        return found.column not in loose or pair.made.columns[found.column].type.kind != "any"
    if found.check in _COUNTED or set(found.names) & set(loose):
        return False
    return found.column not in loose or found.check in _EVERYWHERE
