"""The rules about one column: there, of the right type, without nulls, each check by each value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.schema.casts import same_storage
from wombat.schema.proof.doubt import Doubt, Trial
from wombat.schema.proof.evaluate import holds
from wombat.schema.proof.implied import unmet, values
from wombat.schema.proof.lossy import lossy, null_inside
from wombat.schema.proof.shape import column_of
from wombat.schema.types import LogicalType
from wombat.schema.worded import milder, wanting, worded, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.schema.model import Check, Column
    from wombat.schema.proof.doubt import Pair

_TEXT = LogicalType("string")
_TRUTH = LogicalType("bool")


def column_doubts(pair: Pair, name: str) -> Iterator[Doubt]:
    """Why frames of the producer may fail in a column of that name."""
    made, wanted = column_of(pair.made, name), column_of(pair.consumer, name)
    if wanted is None:
        if made is not None and pair.consumer.extra == "forbid":
            yield _unwanted(pair, name, made)
        return
    if made is None:
        yield from _unmade(pair, name, wanted)
        return
    if made == wanted and name in pair.made.columns and _plain(pair, name, made):
        return
    yield from _absent(pair, name, wanted)
    if (mistyped := _mistyped(pair, name, made, wanted)) is not None:
        yield mistyped
        return
    if not same_storage(made.type, wanted.type):
        yield from _cast(pair, name, made, wanted)
    if wanted.severity == "error":
        yield from _values(pair, name, made, wanted)


def _plain(pair: Pair, name: str, column: Column) -> bool:
    """Whether a column of which both sides say the same follows from itself at once."""
    nulls = name in pair.consumer.key and column.nullable and name not in pair.made.key
    return not (nulls or column.custom) and column.default is None and column.fill_null is None


def _unwanted(pair: Pair, name: str, made: Column) -> Doubt:
    who = pair.consumer.name
    return Doubt(
        f"'{name}' is made, {who} forbids it",
        name,
        "extra",
        with_column(name, made, pair.checks_made(name)),
        f"'{name}' or 'extra: drop' in {who}, or no '{name}' in {pair.producer.name}",
    )


def with_column(name: str, made: Column, checks: tuple[Check, ...]) -> tuple[Trial, ...]:
    """Frames in which a column is there, with a value if it can have one."""
    cells = [((name, value),) for value in values(made.type, checks)[:3]]
    return tuple(Trial(cells=one) for one in (*cells, ((name, None),)))


def _unmade(pair: Pair, name: str, wanted: Column) -> Iterator[Doubt]:
    yield from _absent(pair, name, wanted)
    if pair.made.extra != "allow":
        return
    said = f"'{name}' may come with any type from {pair.producer.name}, which allows other columns"
    kind, value = other_type(wanted.type)
    if wanted.type.kind != "any":
        check, cells = "type", [value]
    elif wanted.severity == "error" and (not wanted.nullable or name in pair.consumer.key):
        check, cells = "null", [None]
    elif wanted.severity == "error" and wanted.custom:
        check, cells = f"python:{wanted.custom[0].python}", []
    else:
        return
    trials = tuple(Trial(cells=((name, one),), types=((name, kind),)) for one in cells)
    yield Doubt(said, name, check, trials, f"'{name}: {wanted.type}' in {pair.producer.name}")


def other_type(kind: LogicalType) -> tuple[LogicalType, Any]:
    """A type, and a value of it, that no cast brings into this one."""
    return (_TRUTH, True) if kind.family == "text" else (_TEXT, "a")


def _absent(pair: Pair, name: str, wanted: Column) -> Iterator[Doubt]:
    if name not in pair.consumer.columns or not pair.may_be_absent(name):
        return
    producer, consumer = pair.producer.name, pair.consumer.name
    trial = Trial(without=(name,))
    if wanted.default is not None:
        yield from _standing_in(pair, name, wanted, wanted.default, "default", trial)
    elif wanted.required:
        unknown = pair.never_comes(name)
        lacks = f"isn't in {producer}" if unknown else "may be absent"
        wish = f"'{name}' in" if unknown else f"'required: true' of '{name}' in"
        yield Doubt(
            f"'{name}' {lacks}, {consumer} needs it",
            name,
            "missing",
            (trial,),
            f"{wish} {producer}, or 'default' or 'required: false' in {consumer}",
        )


def _standing_in(
    pair: Pair, name: str, wanted: Column, value: Any, word: str, *trials: Trial
) -> Iterator[Doubt]:
    """That a value of the consumer's own holds its checks; what runs code is never known to."""
    who = pair.consumer.name
    if wanted.severity == "warn":
        return
    for check in wanted.checks():
        if not holds(check, value):
            said = f"'{word}' of '{name}' in {who} fails {worded(check)}"
            yield Doubt(said, name, check.name, trials, f"another '{word}' in {who}")
    for custom in wanted.custom:
        said = f"'{word}' of '{name}' in {who} may fail {custom.python}"
        yield Doubt(said, name, f"python:{custom.python}")


def _mistyped(pair: Pair, name: str, made: Column, wanted: Column) -> Doubt | None:
    if not pair.mistyped(name):
        return None
    said = f"'{name}' is {made.type}, {pair.consumer.name} needs {wanted.type}"
    advice = f"'{wanted.type}' in {pair.producer.name}, or '{made.type}' in {pair.consumer.name}"
    if made.type.kind == "any":
        kind, value = other_type(wanted.type)
        trials: tuple[Trial, ...] = (Trial(cells=((name, value),), types=((name, kind),)),)
    else:
        trials = (*with_column(name, made, pair.checks_made(name)), Trial())
    return Doubt(said, name, "type", trials, advice)


def _cast(pair: Pair, name: str, made: Column, wanted: Column) -> Iterator[Doubt]:
    """A value that a cast would lose is always an error: the column stays in the other type."""
    lost = lossy(made.type, pair.checks_made(name), wanted.type)
    if lost is None:
        return
    said = f"'{name}' is {made.type}, not each value of which is a {wanted.type}"
    advice = f"'{wanted.type}' in {pair.producer.name}, or bounds that fit it"
    wish = f"{pair.consumer.name} needs {wanted.type}, which doesn't hold that"
    yield Doubt(said, name, "cast", _cells(name, lost), advice, wanted=wish)


def _values(pair: Pair, name: str, made: Column, wanted: Column) -> Iterator[Doubt]:
    checks, who = pair.checks_made(name), pair.consumer.name
    if pair.may_be_null(name):
        yield from _nulls(pair, name, wanted)
    for check in wanted.checks():
        found = unmet(made.type, checks, check, wanted.type)
        if found is not None:
            said = f"nothing in {pair.producer.name} says that '{name}' has {worded(check)}"
            here = f"'{written(check)}' of '{name}' in {pair.producer.name}"
            advice = f"{here}, or {milder(check)} in {who}"
            wish = f"{who} {wanting(check)}"
            yield Doubt(said, name, check.name, _cells(name, found), advice, wanted=wish)
    inside = null_inside(made.type, checks, wanted.type) if wanted.type.family == "nested" else None
    if inside is not None:
        said = f"'{name}' may hold nulls inside, {who} forbids them"
        advice = f"'{wanted.type}' in {pair.producer.name}, or '{made.type}' in {who}"
        yield Doubt(said, name, "null", _cells(name, inside), advice)
    if wanted.custom:
        yield from _own_code(pair, name, made, wanted)


def _cells(name: str, found: tuple[Any, ...]) -> tuple[Trial, ...]:
    return tuple(Trial(cells=((name, value),)) for value in found)


def _nulls(pair: Pair, name: str, wanted: Column) -> Iterator[Doubt]:
    trial = Trial(cells=((name, None),))
    producer, consumer = pair.producer.name, pair.consumer.name
    if wanted.fill_null is not None:
        yield from _standing_in(pair, name, wanted, wanted.fill_null, "fill_null", trial)
    elif not wanted.nullable or name in pair.consumer.key:
        any_kind = column_of(pair.made, name)
        shown = any_kind is not None and any_kind.type.kind == "any"
        if shown:
            trial = Trial(cells=((name, None),), types=((name, LogicalType("int64")),))
        said = f"'{name}' may be null, {consumer} forbids it"
        advice = f"'fill_null' in {consumer}, or not null in {producer}"
        yield Doubt(said, name, "null", (trial,), advice)


def _own_code(pair: Pair, name: str, made: Column, wanted: Column) -> Iterator[Doubt]:
    """The same code holds of the same values alone."""
    known = made.custom if made.severity == "error" and pair.kept(name) else ()
    for custom in wanted.custom:
        if custom.digest is None or custom not in known:
            said = f"{custom.python} may fail for '{name}' of {pair.producer.name}"
            advice = f"the same check of '{name}' in {pair.producer.name}"
            yield Doubt(said, name, f"python:{custom.python}", (), advice)
