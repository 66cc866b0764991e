"""The proof of an edge: is every frame that the producer's schema accepts the consumer's too?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from wombat.schema.model import Column, FrameSchema
from wombat.schema.proof.evaluate import Frame, accepts
from wombat.schema.proof.implied import implied
from wombat.schema.proof.witness import minimal_frame
from wombat.schema.types import LogicalType

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from wombat.schema.model import Extra
    from wombat.schema.policy import Cast
    from wombat.schema.proof.evaluate import Violation

Kind = Literal["proven", "refuted", "unknown", "untyped"]
Table = tuple[tuple[str, ...], ...]
_TEXT: Final = Column(LogicalType("string"))
_ANYTHING: Final = Column(LogicalType("any"), nullable=True)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of an edge. `witness` is a frame that was executed: a header row, then rows."""

    kind: Kind
    reason: str
    column: str | None = None
    witness: Table = ()


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A rule that doesn't prove: why, and the frame that may refute."""

    reason: str
    column: str | None
    frame: Frame | None = None


def relate(
    producer: FrameSchema | None,
    consumer: FrameSchema | None,
    *,
    cast: Cast = "none",  # noqa: ARG001  # until casts are proven, too
    loose: Collection[str] = (),
) -> Verdict:
    """Proven only by rule; refuted only with a frame that passes the producer's schema and fails
    the consumer's, as our evaluator judges them; else unknown. Untyped where one says nothing.

    `loose` names columns that hold less than the producer's schema lets through: they are there,
    in their type unless it is `any`, but no value or null in them refutes.
    """
    if producer is None or consumer is None:
        side = "producer" if producer is None else "consumer"
        return Verdict("untyped", f"the {side} has no schema")
    doubts = list(_doubts(producer, consumer))
    for doubt in doubts:
        frame = doubt.frame
        if frame is not None and _refutes(frame, producer, consumer, loose):
            return Verdict("refuted", doubt.reason, doubt.column, frame.table())
    if doubts:
        return Verdict("unknown", doubts[0].reason, doubts[0].column)
    return Verdict("proven", f"every {producer.name} is a {consumer.name}")


def _refutes(
    frame: Frame, producer: FrameSchema, consumer: FrameSchema, loose: Collection[str]
) -> bool:
    if accepts(producer, frame, side="produced"):
        return False
    found = accepts(consumer, frame, side="taken")
    return any(one.column not in loose or _sure(one, producer) for one in found)


def _sure(found: Violation, producer: FrameSchema) -> bool:
    """Whether a violation in a loose column stands in every frame."""
    if found.check == "type":
        own = producer.columns.get(found.column or "")
        return own is not None and own.type.kind != "any"
    return found.check in ("missing", "extra")


def collected(schema: FrameSchema, keys: Sequence[str]) -> FrameSchema:
    """The schema of the parts' frames put together, each foreach key a column; keys are loose.

    What was unique in a part is unique together with the keys. A set that only warned promises
    nothing, and neither does one of a column that comes from the key where a part lacks it.
    """
    columns = {
        name: replace(one, unique=False, nullable=schema.nulls_allowed(name))
        for name, one in schema.columns.items()
    }
    groups = [
        names
        for _, names in schema.unique_sets()
        if schema.severity_of(names) == "error"
        and all(schema.columns[name].required for name in names if name in keys)
    ]
    return replace(
        schema,
        columns=columns | {key: _key_column(columns.get(key), schema.extra) for key in keys},
        key=(),  # nulls are said by the columns: a key's own column may have some
        unique=tuple(_together(names, keys) for names in groups),
    )


def _key_column(own: Column | None, extra: Extra | None) -> Column:
    """Text; but a column of that name that the parts have stays what it is."""
    if own is None:
        return _ANYTHING if extra == "allow" else _TEXT
    if own.required:
        return own
    base = _TEXT if own.type.kind in ("string", "enum") else _ANYTHING
    return replace(base, nullable=own.nullable, severity=own.severity)


def _together(group: tuple[str, ...], keys: Sequence[str]) -> tuple[str, ...]:
    return (*group, *(key for key in keys if key not in group))


def _doubts(producer: FrameSchema, consumer: FrameSchema) -> Iterator[_Doubt]:
    yield from _extras(producer, consumer)
    for name in consumer.columns:
        if name not in producer.columns:
            yield from _absent(producer, consumer, name)
        else:
            yield from _present(producer, consumer, name)
    yield from _sets(producer, consumer)


def _base(producer: FrameSchema) -> Frame | None:
    return minimal_frame(producer)


def _extras(producer: FrameSchema, consumer: FrameSchema) -> Iterator[_Doubt]:
    if consumer.extra != "forbid":
        return
    for name in producer.columns:
        if name not in consumer.columns:
            said = f"'{name}' is made, {consumer.name} forbids it"
            yield _Doubt(said, name, _base(producer))
    if producer.extra == "allow":
        name = _fresh(producer, consumer)
        said = f"{producer.name} allows other columns, {consumer.name} forbids them"
        yield _Doubt(said, None, _with_value(_base(producer), name, LogicalType("int64"), 1))


def _fresh(producer: FrameSchema, consumer: FrameSchema) -> str:
    name = "extra"
    while name in producer.columns or name in consumer.columns:
        name += "_"
    return name


def _absent(producer: FrameSchema, consumer: FrameSchema, name: str) -> Iterator[_Doubt]:
    wanted = consumer.columns[name]
    if wanted.required:
        said = f"'{name}' isn't in {producer.name}, {consumer.name} needs it"
        yield _Doubt(said, name, _base(producer))
    elif producer.extra == "allow":
        # it may come along all the same, as anything
        kind, value = _other(wanted.type)
        said = f"'{name}' may come with any type from {producer.name}, which allows other columns"
        yield _Doubt(said, name, _with_value(_base(producer), name, kind, value))


def _other(kind: LogicalType) -> tuple[LogicalType, object]:
    if kind.kind == "int64":
        return LogicalType("float64"), 1.0
    return LogicalType("int64"), 1


def _present(producer: FrameSchema, consumer: FrameSchema, name: str) -> Iterator[_Doubt]:
    made, wanted = producer.columns[name], consumer.columns[name]
    if wanted.required and not made.required:
        said = f"'{name}' may be absent, {consumer.name} needs it"
        yield _Doubt(said, name, minimal_frame(producer, without=(name,)))
    if wanted.type.kind != "any" and made.type != wanted.type:
        yield from _mistyped(producer, consumer, name)
        if not {made.type.kind, wanted.type.kind} <= {"string", "enum"}:
            return
    if wanted.severity == "error":
        yield from _nullable(producer, consumer, name)
        for check in wanted.checks():
            if not implied(made, check):
                said = f"nothing in {producer.name} says that '{name}' has {check}"
                yield _Doubt(said, name)


def _mistyped(producer: FrameSchema, consumer: FrameSchema, name: str) -> Iterator[_Doubt]:
    made, wanted = producer.columns[name], consumer.columns[name]
    if {made.type.kind, wanted.type.kind} <= {"string", "enum"}:
        return  # one storage: the members are a check like others
    said = f"'{name}' is {made.type}, {consumer.name} needs {wanted.type}"
    frame = _base(producer)
    if made.type.kind == "any":
        frame = _with_value(frame, name, *_other(wanted.type))
    yield _Doubt(said, name, frame)


def _nullable(producer: FrameSchema, consumer: FrameSchema, name: str) -> Iterator[_Doubt]:
    warns = producer.columns[name].severity == "warn"
    if consumer.nulls_allowed(name) or not (producer.nulls_allowed(name) or warns):
        return
    said = f"'{name}' may be null, {consumer.name} forbids it"
    kind = producer.columns[name].type
    base = _base(producer)
    shown = base.types[name] if base else kind
    yield _Doubt(said, name, _with_value(base, name, shown, None))


def _sets(producer: FrameSchema, consumer: FrameSchema) -> Iterator[_Doubt]:
    for word, names in consumer.unique_sets():
        if consumer.severity_of(names) == "warn" or _unique(producer, names):
            continue
        if all(name in producer.columns for name in names):
            said = f"nothing in {producer.name} says that {word} ({', '.join(names)}) is unique"
            yield _Doubt(said, names[0] if len(names) == 1 else None)


def _unique(producer: FrameSchema, names: tuple[str, ...]) -> bool:
    """A set that is unique stays so with more columns; with one absent, neither is checked."""
    return any(
        set(known) <= set(names) and producer.severity_of(known) == "error"
        for _, known in producer.unique_sets()
    )


def _with_value(base: Frame | None, name: str, kind: LogicalType, value: object) -> Frame | None:
    if base is None:
        return None
    rows = tuple({**row, name: value} for row in base.rows)
    return Frame({**base.types, name: kind}, rows)
