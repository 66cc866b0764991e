"""A frame that refutes an edge, as people are shown it: what clashes, and what tells the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.errors import Guilty
from wombat.schema.proof.frame import SHOWN_ROWS, cell
from wombat.schema.proof.shape import column_of

if TYPE_CHECKING:
    from wombat.schema.proof.doubt import Doubt, Pair
    from wombat.schema.proof.frame import Frame, Table

WHOLE: Final = 4
"""So many columns are shown, whatever they are."""
_ALL_ROWS: Final = ("type", "extra", "missing")
_COUNTED: Final = {"text": "characters", "binary": "bytes", "nested": "elements"}


def example(pair: Pair, doubt: Doubt, frame: Frame) -> Table:
    """A header row, then the first rows: the columns at fault and the keys, of the others how many
    there are."""
    guilty = [name for name in (doubt.column, *doubt.names) if name is not None]
    own = [name for name in frame.types if name in guilty]
    absent = [name for name in guilty if name not in frame.types and doubt.check == "missing"]
    keys = [n for n in frame.types if n in {*pair.producer.key, *pair.consumer.key}]
    names = [name for name in frame.types if name in {*own, *keys}]
    if len(frame.types) <= WHOLE or not guilty:
        names = list(frame.types)
    left = len(frame.types) - len(names)
    rest = (f"… {left:,} more column{'' if left == 1 else 's'}",) if left else ()
    rows = []
    for number, row in enumerate(frame.rows[:SHOWN_ROWS]):
        at_fault = doubt.check in _ALL_ROWS or number <= (doubt.check in ("key", "unique"))
        cells = [_shown(row[n], guilty=at_fault and n in guilty) for n in names]
        rows.append((*cells, *(Guilty("(absent)") for _ in absent), *("" for _ in rest)))
    header = (*names, *absent, *rest)
    more = [tuple("…" for _ in header)] if len(frame.rows) > SHOWN_ROWS else []
    return (header, *rows, *more)


def _shown(value: Any, *, guilty: bool) -> str:
    return Guilty(cell(value)) if guilty else cell(value)


def clash(pair: Pair, doubt: Doubt, frame: Frame) -> str:
    """What the frame has and the consumer doesn't take; else why no rule proves it."""
    names = [name for name in (doubt.column, *doubt.names) if name is not None]
    row = frame.rows[0] if frame.rows else {}
    if doubt.wanted is not None and doubt.check in ("key", "unique"):
        return doubt.wanted
    if doubt.wanted is None or not names or any(row.get(name) is None for name in names):
        return doubt.reason
    column = column_of(pair.made, names[0])
    if doubt.check == "length" and column is not None:
        what = _COUNTED.get(column.type.family, "elements")
        held = f"'{names[0]}' may have {len(row[names[0]]):,} {what}"
    else:
        held = " while ".join(
            f"'{name}' {'is' if number else 'may be'} {quoted(row[name])}"
            for number, name in enumerate(names)
        )
    return f"{held}; {doubt.wanted}"


def quoted(value: Any) -> str:
    """A value within a sentence."""
    text = cell(value)
    return f"'{text}'" if isinstance(value, str) and not text.startswith('"') else text
