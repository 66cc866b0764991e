"""Checks of pandas columns and frames; each stands alone, and is exported as it stands here."""

from __future__ import annotations

import decimal
import operator
import re
from typing import TYPE_CHECKING, Any

import pandas as pd
import pandera.pandas as pa

if TYPE_CHECKING:
    from collections.abc import Callable


def matches(pattern: str, regex: str, **words: Any) -> pa.Check:
    """The whole value fits; `regex` says the pattern in Python's words."""
    whole = re.compile(regex, re.ASCII)

    def run(values: pd.Series[Any]) -> Any:
        return values.map(lambda value: whole.fullmatch(value) is not None).astype(bool)

    return pa.Check(run, name="match", statistics={"match": pattern}, **words)


def contains(text: str, **words: Any) -> pa.Check:
    """The text stands in each value, letter by letter."""

    def run(values: pd.Series[Any]) -> Any:
        return values.map(lambda value: text in value).astype(bool)

    return pa.Check(run, name="contains", statistics={"contains": text}, **words)


def length(least: int | None, most: int | None, **words: Any) -> pa.Check:
    """Characters, or bytes."""

    def run(values: pd.Series[Any]) -> Any:
        sizes = values.map(len).astype("int64")
        return (sizes >= (least or 0)) & (sizes <= (1 << 62 if most is None else most))

    return pa.Check(run, name="length", statistics={"length": [least, most]}, **words)


def compares(word: str, limit: Any, **words: Any) -> pa.Check:
    """Values that are Python objects against a limit: min, max, gt, lt, equals."""
    signs = {"min": "ge", "max": "le", "gt": "gt", "lt": "lt", "equals": "eq"}
    good = getattr(operator, signs[word])

    def run(values: pd.Series[Any]) -> Any:
        return values.map(lambda value: good(value, limit)).astype(bool)

    return pa.Check(run, name=word, statistics={word: limit}, **words)


def listed(word: str, members: list[Any], **words: Any) -> pa.Check:
    """Each value is a member (in), or none is (not_in)."""

    def run(values: pd.Series[Any]) -> Any:
        return values.map(lambda value: (value in members) == (word == "in")).astype(bool)

    return pa.Check(run, name=word, statistics={word: members}, **words)


def instances(kind: type, **words: Any) -> pa.Check:
    """Objects of one Python type."""

    def run(values: pd.Series[Any]) -> Any:
        return values.map(lambda value: type(value) is kind).astype(bool)

    return pa.Check(run, name="type", statistics={"type": kind.__name__}, **words)


def decimals(precision: int, scale: int, **words: Any) -> pa.Check:
    """Decimals with so many digits, and so many of them behind the point."""

    def fits(value: Any) -> bool:
        if type(value) is not decimal.Decimal or not value.is_finite():
            return False
        _, digits, exponent = value.as_tuple()
        power = int(exponent)
        return -power <= scale and len(digits) + power <= precision - scale

    def run(values: pd.Series[Any]) -> Any:
        return values.map(fits).astype(bool)

    said = {"type": f"decimal[{precision}, {scale}]"}
    return pa.Check(run, name="type", statistics=said, **words)


def stored_as(dtype: str, **words: Any) -> pa.Check:
    """Exactly this dtype; pandera takes any unit for naive moments and durations."""

    def run(values: pd.Series[Any]) -> bool:
        return str(values.dtype) == dtype

    return pa.Check(run, name="type", statistics={"type": dtype}, **words)


def present(**words: Any) -> pa.Check:
    """No value is null; pandera's own nullable=False can't warn."""

    def run(values: pd.Series[Any]) -> Any:
        return values.notna()

    return pa.Check(run, name="null", statistics={"null": False}, ignore_na=False, **words)


def distinct(*columns: str, **words: Any) -> pa.Check:
    """No two rows have the same values there; pandera's own unique can't warn."""

    def run(frame: pd.DataFrame) -> Any:
        if not set(columns) <= {*frame.columns}:
            return True
        return ~frame.duplicated(subset=list(columns), keep=False)

    said = {"unique": list(columns)}
    return pa.Check(run, name="unique", statistics=said, ignore_na=False, **words)


def rows(least: int | None, most: int | None, **words: Any) -> pa.Check:
    """So many rows."""

    def run(frame: pd.DataFrame) -> bool:
        return (least or 0) <= len(frame) and (most is None or len(frame) <= most)

    return pa.Check(run, name="rows", statistics={"rows": [least, most]}, **words)


def ordered(columns: list[str], **words: Any) -> pa.Check:
    """The columns stand in this order, none between them."""

    def run(frame: pd.DataFrame) -> bool:
        there = [name for name in columns if name in frame.columns]
        names = list(frame.columns)
        first = names.index(there[0]) if there else 0
        return names[first : first + len(there)] == there

    return pa.Check(run, name="order", statistics={"order": columns}, **words)


def at_least(count: int, pattern: str, regex: str, **words: Any) -> pa.Check:
    """So many columns have a name that fits; `regex` says the pattern in Python's words."""
    whole = re.compile(regex, re.ASCII)

    def run(frame: pd.DataFrame) -> bool:
        return sum(whole.fullmatch(str(name)) is not None for name in frame.columns) >= count

    return pa.Check(run, name="at_least", statistics={"at_least": [count, pattern]}, **words)


def compare(name: str, left: str, sign: str, right: str, **words: Any) -> pa.Check:
    """Two columns compared in each row; a null on either side passes, an absent column too."""
    good = getattr(operator, sign)

    def run(frame: pd.DataFrame) -> Any:
        if not {left, right} <= {*frame.columns}:
            return True
        there = (frame[left].notna() & frame[right].notna()).tolist()
        pairs = zip(there, frame[left], frame[right], strict=True)
        held = [not both or bool(good(one, other)) for both, one, other in pairs]
        return pd.Series(held, index=frame.index, dtype=bool)

    said = {"compare": [left, sign, right]}
    return pa.Check(run, name=name, statistics=said, ignore_na=False, **words)


def compare_with(name: str, left: str, sign: str, value: Any, **words: Any) -> pa.Check:
    """A column compared with a constant in each row; null passes, an absent column too."""
    good = getattr(operator, sign)

    def run(frame: pd.DataFrame) -> Any:
        if left not in frame.columns:
            return True
        pairs = zip(frame[left].notna().tolist(), frame[left], strict=True)
        held = [not there or bool(good(one, value)) for there, one in pairs]
        return pd.Series(held, index=frame.index, dtype=bool)

    said = {"compare": [left, sign, {"value": value}]}
    return pa.Check(run, name=name, statistics=said, ignore_na=False, **words)


def column_code(
    python: str, function: Callable[..., Any], args: dict[str, Any], **words: Any
) -> pa.Check:
    """A function of one's own on a column's values; nulls pass."""

    def run(values: pd.Series[Any]) -> Any:
        return function(values, **args)

    said = {"python": {"python": python, "args": args}}
    return pa.Check(run, name=f"python:{python}", statistics=said, **words)


def frame_code(
    name: str, python: str, function: Callable[..., Any], args: dict[str, Any], **words: Any
) -> pa.Check:
    """A function of one's own on the frame; a null answer passes."""

    def run(frame: pd.DataFrame) -> Any:
        found = function(frame, **args)
        return found if isinstance(found, bool) else found.fillna(value=True).astype(bool)

    said = {"python": {"python": python, "args": args}}
    return pa.Check(run, name=f"rule:{name}", statistics=said, ignore_na=False, **words)
