"""Row masks on pandas series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from wombat.schema.constants import physical
from wombat.schema.pattern import parse_pattern

if TYPE_CHECKING:
    from wombat.schema.model import Check
    from wombat.schema.types import LogicalType

Rows = Any
"""A numpy array of row positions, ascending."""


def mask(series: pd.Series[Any], check: Check, kind: LogicalType) -> Rows:
    """Positions of the values that fail a check; nulls never do but for `null`."""
    missing = series.isna().to_numpy()
    if check.name == "null":
        return np.flatnonzero(missing)
    there = np.flatnonzero(~missing)
    good = _good(series.iloc[there], check, kind)
    return there[~np.asarray(good, dtype=bool)]


def _good(values: pd.Series[Any], check: Check, kind: LogicalType) -> Any:
    if check.name in ("min", "max", "gt", "lt"):
        return _compare(*_comparable(values, check.value, kind), check.name)
    if check.name in ("in", "enum"):
        if kind.kind in ("timestamp", "duration"):
            whole, _ = _comparable(values, check.value[0], kind)
            return whole.isin([physical(value, kind) for value in check.value])
        return values.isin(list(check.value))
    if check.name == "match":
        text = pa.array(values, pa.large_string(), from_pandas=True)
        return pc.match_substring_regex(text, parse_pattern(check.value).re2()).to_numpy(
            zero_copy_only=False
        )
    least, most = check.value
    lengths = values.map(len).to_numpy(dtype="int64")
    return (lengths >= (least or 0)) & (lengths <= (most if most is not None else 1 << 62))


def _comparable(values: pd.Series[Any], limit: Any, kind: LogicalType) -> tuple[Any, Any]:
    """Moments and durations as whole units: exact in every unit and range."""
    if kind.kind not in ("timestamp", "duration"):
        return values, limit
    stored = values.dt.tz_convert("UTC").dt.tz_localize(None) if kind.timezone else values
    whole = pd.Series(stored.to_numpy().astype("int64"), index=values.index)
    return whole, physical(limit, kind)


def _compare(values: Any, limit: Any, word: str) -> Any:
    if word == "min":
        return values >= limit
    if word == "max":
        return values <= limit
    return values > limit if word == "gt" else values < limit


def repeated(frame: pd.DataFrame, names: list[str]) -> Rows:
    """Positions of rows whose values stand in an earlier or later row too; nulls equal nulls."""
    return np.flatnonzero(frame.duplicated(subset=names, keep=False).to_numpy())
