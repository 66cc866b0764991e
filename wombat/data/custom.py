"""Checks in the user's own code: run where the data is, asked for one truth value a row."""

from __future__ import annotations

import functools
import sys
import traceback
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from wombat.data.functions import load_function
from wombat.errors import TaskFailed, WombatError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wombat.schema.rules import Custom

LIBRARIES: Final = ("pandas", "polars", "pyarrow")
_AS: Final = {"polars-lazy": "polars", "pyspark": "pandas"}


def failing(custom: Custom, table: pa.Table, column: str | None, library: str | None) -> Any:
    """Which rows of a canonical table fail, as a numpy array of truth values.

    With a column, its function gets the values that are there, in order: a pandas or polars Series,
    or an Arrow ChunkedArray. Without, it gets the frame. It answers with a truth value for each,
    or with one for all; a null answer holds, and so does every null of the column.

    Raises TaskFailed: `check-function` where there is no such function, `check-answer` where the
    answer is of another kind or length, `task-failed` where it raises, its own traceback on stderr.
    """
    found = _guarded(custom, lambda: load_function(custom.python))
    if _is_pandera(found):
        from wombat.data.pandera.opaque import failing as opaque

        return _guarded(custom, lambda: opaque(found, dict(custom.args), table, column))
    function = functools.partial(found, **dict(custom.args)) if custom.args else found
    name = _AS.get(library or "", library) or _first_installed()
    if column is None:
        frame = _frame(table, name)
        held = _held(custom, _guarded(custom, lambda: function(frame)), frame, table.num_rows)
        return ~held
    return _failing_values(custom, function, table.column(column), name)


def _failing_values(
    custom: Custom, function: Callable[[Any], Any], values: pa.ChunkedArray, library: str
) -> Any:
    there = np.flatnonzero(values.is_valid().to_numpy())
    given = values if len(there) == len(values) else values.drop_null()
    series = _series(given, library)
    held = _held(custom, _guarded(custom, lambda: function(series)), series, len(there))
    bad = np.zeros(len(values), dtype=bool)
    bad[there] = ~held
    return bad


def _frame(table: pa.Table, library: str) -> Any:
    from wombat.data.engines import load_engine

    return load_engine(library).from_arrow(table, None)


def _series(values: pa.ChunkedArray, library: str) -> Any:
    frame = _frame(pa.table({"values": values}), library)
    return frame["values"] if library != "pyarrow" else frame.column("values")


def _first_installed() -> str:
    return next(name for name in LIBRARIES if find_spec(name))


def _is_pandera(found: Any) -> bool:
    kinds = found.__mro__ if isinstance(found, type) else type(found).__mro__
    return any(kind.__module__.startswith("pandera.") for kind in kinds)


def _held(custom: Custom, answer: Any, asked: Any, rows: int) -> Any:
    """The answer as a numpy array of truth values, one a row."""
    if isinstance(answer, bool | np.bool_):
        return np.full(rows, bool(answer))
    plain = _plain(answer, asked)
    try:
        array = plain if isinstance(plain, pa.Array | pa.ChunkedArray) else _array(plain)
    except (pa.ArrowException, TypeError, ValueError):
        raise _no_answer(custom, f"a {type(answer).__name__}", rows) from None
    if pa.types.is_null(array.type):
        array = array.cast(pa.bool_())
    if not pa.types.is_boolean(array.type) or len(array) != rows:
        raise _no_answer(custom, f"{len(array)} values of {array.type}", rows)
    return array.fill_null(True).to_numpy(zero_copy_only=False).astype(bool)


def _array(plain: Any) -> pa.Array:
    if not isinstance(plain, list | tuple | np.ndarray) and not hasattr(plain, "__len__"):
        raise TypeError
    return pa.array(plain, from_pandas=True)


def _plain(answer: Any, asked: Any) -> Any:
    """Expressions evaluated, frames of one column as the column, rows in the order asked for."""
    kind = type(answer).__module__.partition(".")[0]
    if kind == "polars":
        return _plain_polars(answer, asked)
    if kind == "pandas" and hasattr(answer, "index") and hasattr(asked, "index"):
        # a function may have sorted; labels of a frame of ours are unique
        same = len(answer) == len(asked) and not answer.index.equals(asked.index)
        return answer.reindex(asked.index) if same else answer
    return answer


def _plain_polars(answer: Any, asked: Any) -> Any:
    import polars as pl

    if isinstance(answer, pl.Expr):
        answer = (asked.to_frame() if isinstance(asked, pl.Series) else asked).select(answer)
    if isinstance(answer, pl.LazyFrame):
        answer = answer.collect()
    if isinstance(answer, pl.DataFrame) and answer.width == 1:
        answer = answer.to_series()
    return answer.to_arrow() if isinstance(answer, pl.Series) else answer


def _no_answer(custom: Custom, said: str, rows: int) -> TaskFailed:
    return TaskFailed(
        f"the check {custom.python} answered with {said}; "
        f"expected true or false, or {rows} of them, one a row",
        code="check-answer",
    )


def _guarded(custom: Custom, action: Callable[[], Any]) -> Any:
    """The user's code: what it raises is its own failure, not a verdict on the data."""
    try:
        return action()
    except WombatError:
        raise
    except (Exception, SystemExit) as fault:  # noqa: BLE001  # whatever their code raises is theirs
        _print_own(fault)
        said = f"the check {custom.python} raised {type(fault).__name__}"
        raise TaskFailed(said) from None


def _print_own(fault: BaseException) -> None:
    """The traceback from the first frame that isn't ours, on stderr."""
    trace = fault.__traceback__
    ours: Mapping[str, Any] = sys.modules[__name__].__dict__
    while trace is not None and (
        trace.tb_frame.f_globals is ours or "importlib" in trace.tb_frame.f_code.co_filename
    ):
        trace = trace.tb_next
    traceback.print_exception(type(fault), fault, trace)
