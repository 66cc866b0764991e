"""Checks of Spark's columns and frames; each stands alone, and is exported as it stands here."""

from __future__ import annotations

import operator
from typing import Any

import pandera.pyspark as pa
from pyspark.sql import functions as F  # noqa: N812  # as everybody calls them

# pandera hands a check its column's name only where the check has keyword arguments


def matches(pattern: str, regex: str, **words: Any) -> pa.Check:
    """The whole value fits; `regex` says the pattern in Java's words."""

    def run(data: Any, match: str) -> bool:  # noqa: ARG001  # kept for people
        column = F.col(f"`{data.column_name}`")
        return bool(data.dataframe.filter(~column.rlike(rf"\A(?:{regex})\z")).isEmpty())

    return pa.Check(run, name="match", match=pattern, **words)


def texts(word: str, text: str, **words: Any) -> pa.Check:
    """The text stands at the start, at the end, or somewhere in each value."""

    def run(data: Any, text: str) -> bool:
        column = F.col(f"`{data.column_name}`")
        good = {
            "starts_with": column.startswith(text),
            "ends_with": column.endswith(text),
            "contains": column.contains(text),
        }[word]
        return bool(data.dataframe.filter(~good).isEmpty())

    return pa.Check(run, name=word, text=text, **words)


def length(least: int | None, most: int | None, **words: Any) -> pa.Check:
    """Characters, bytes or elements."""

    def run(data: Any, ends: list[int | None]) -> bool:
        column = F.col(f"`{data.column_name}`")
        kind = data.dataframe.schema[data.column_name].dataType.typeName()
        size = F.size(column) if kind == "array" else F.length(column)
        low, high = ends
        bad = (size < (low or 0)) | (size > (1 << 31 if high is None else high))
        return bool(data.dataframe.filter(column.isNotNull() & bad).isEmpty())

    return pa.Check(run, name="length", ends=[least, most], **words)


def compares(word: str, limit: Any, **words: Any) -> pa.Check:
    """Values against a limit: min, max, gt, lt, equals."""
    signs = {"min": "ge", "max": "le", "gt": "gt", "lt": "lt", "equals": "eq"}
    good = getattr(operator, signs[word])

    def run(data: Any, limit: Any) -> bool:
        column = F.col(f"`{data.column_name}`")
        kind = data.dataframe.schema[data.column_name].dataType
        return bool(data.dataframe.filter(~good(column, F.lit(limit).cast(kind))).isEmpty())

    return pa.Check(run, name=word, limit=limit, **words)


def listed(word: str, members: list[Any], **words: Any) -> pa.Check:
    """Each value is a member (in, enum), or none is (not_in)."""

    def run(data: Any, members: list[Any]) -> bool:
        column = F.col(f"`{data.column_name}`")
        kind = data.dataframe.schema[data.column_name].dataType
        inside = column.isin([F.lit(one).cast(kind) for one in members])
        return bool(data.dataframe.filter(inside if word == "not_in" else ~inside).isEmpty())

    return pa.Check(run, name=word, members=members, **words)


def distinct(*columns: str, **words: Any) -> pa.Check:
    """No two rows have the same values there."""

    def run(frame: Any) -> bool:
        if not set(columns) <= set(frame.columns):
            return True
        groups = frame.groupBy(*(F.col(f"`{one}`") for one in columns)).count()
        return bool(groups.filter(F.col("count") > 1).isEmpty())

    return pa.Check(run, name=f"unique ({', '.join(columns)})", **words)


def rows(least: int | None, most: int | None, **words: Any) -> pa.Check:
    """So many rows."""

    def run(frame: Any) -> bool:
        count = frame.count()
        return bool((least or 0) <= count and (most is None or count <= most))

    return pa.Check(run, name="rows", **words)


def ordered(columns: list[str], **words: Any) -> pa.Check:
    """The columns stand in this order, none between them."""

    def run(frame: Any) -> bool:
        there = [name for name in columns if name in frame.columns]
        first = frame.columns.index(there[0]) if there else 0
        return bool(frame.columns[first : first + len(there)] == there)

    return pa.Check(run, name="order", **words)


def compare(name: str, left: str, sign: str, right: str, **words: Any) -> pa.Check:
    """Two columns compared in each row; a null on either side passes, an absent column too."""
    good = getattr(operator, sign)

    def run(frame: Any) -> bool:
        if not {left, right} <= set(frame.columns):
            return True
        sides = F.col(f"`{left}`"), F.col(f"`{right}`")
        return bool(frame.filter(~good(*sides)).isEmpty())

    return pa.Check(run, name=name, **words)


def compare_with(name: str, left: str, sign: str, value: Any, **words: Any) -> pa.Check:
    """A column compared with a constant in each row; null passes, an absent column too."""
    good = getattr(operator, sign)

    def run(frame: Any) -> bool:
        if left not in frame.columns:
            return True
        limit = F.lit(value).cast(frame.schema[left].dataType)
        return bool(frame.filter(~good(F.col(f"`{left}`"), limit)).isEmpty())

    return pa.Check(run, name=name, **words)
