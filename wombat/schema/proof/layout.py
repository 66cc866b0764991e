"""The rules about the order of columns and the number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.schema.proof.budget import CELLS
from wombat.schema.proof.doubt import Doubt, Trial
from wombat.schema.proof.shape import column_of, pattern_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.schema.proof.doubt import Pair


def layout_doubts(pair: Pair) -> Iterator[Doubt]:
    """Why a frame may have its columns in another order, or too few or too many rows."""
    made, wanted = pair.producer.name, pair.consumer.name
    if pair.consumer.ordered and not _in_order(pair):
        said = f"columns may come in another order than {wanted} asks for"
        own = tuple(pair.consumer.columns)
        orders = (
            Trial(reverse=True, present=own),
            Trial(present=own),
            Trial(bare=True, present=own),
            Trial(bare=True),
            Trial(turn=True, present=own),
        )
        advice = f"'order: exact' in {made}, in the order of {wanted}"
        yield Doubt(said, None, "order", orders, advice)
    (least, most), (own_least, own_most) = _rows(pair, "consumer"), _rows(pair, "made")
    none = least > 0 and not _some_column(pair)
    few, many = (
        own_least < least or none,
        most is not None and (own_most is None or own_most > most),
    )
    if few or many:
        said = f"{made} may have {'fewer' if few else 'more'} rows than {wanted} asks for"
        counts = [own_least] if few else []
        unseen = [n for n in pair.made.columns if column_of(pair.consumer, n) is None]
        counts += [max(own_least, (most or 0) + 1)] if many else []
        trials = tuple(Trial(rows=count) for count in counts if count <= CELLS)
        if none:
            alone = Trial(
                bare=True, present=tuple(unseen[:1]), without=tuple(pair.consumer.columns)
            )
            trials = (*trials, alone)
        yield Doubt(said, None, "rows", trials, f"the same 'rows' in {made}")


def _some_column(pair: Pair) -> bool:
    """Whether the consumer surely sees a column of a frame that has rows: else it sees no rows."""
    wanted = pair.consumer
    if wanted.extra in ("allow", "forbid") or any(
        one.required and one.default is None for one in wanted.columns.values()
    ):
        return True  # what is required and absent is told as such
    sure = [name for name, one in pair.made.columns.items() if one.required]
    if any(column_of(wanted, name) is not None for name in sure):
        return True
    closed = pair.made.extra != "allow" and not pair.made.patterns
    return closed and all(column_of(wanted, name) is not None for name in pair.made.columns)


def _rows(pair: Pair, side: str) -> tuple[int, int | None]:
    least, most = (pair.consumer if side == "consumer" else pair.made).rows or (None, None)
    return least or 0, most


def _in_order(pair: Pair) -> bool:
    """The consumer's own columns that may come do so in its order, and nothing between them."""
    common = [name for name in pair.consumer.columns if not pair.never_comes(name)]
    if len(common) < 2:
        return True
    own = list(pair.made.columns)
    if not pair.made.ordered or any(name not in own for name in common):
        return False
    places = [own.index(name) for name in common]
    between = own[places[0] : places[-1] + 1] if places == sorted(places) else own
    return places == sorted(places) and all(
        name in pair.consumer.columns or not _stays(pair, name) for name in between
    )


def _stays(pair: Pair, name: str) -> bool:
    """Whether a column that the consumer doesn't name itself is seen all the same."""
    kept = pair.consumer.extra in ("allow", "forbid") or pattern_of(pair.consumer, name) is not None
    return kept and column_of(pair.made, name) is not None
