"""Checks of polars columns and frames; each stands alone, and is exported as it stands here."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any

import pandera.polars as pa
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable


def matches(pattern: str, regex: str, **words: Any) -> pa.Check:
    """The whole value fits; `regex` says the pattern in Rust's words, anchored at both ends."""

    def run(data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col(data.key).str.contains(regex))

    return pa.Check(run, name="match", statistics={"match": pattern}, **words)


def contains(text: str, **words: Any) -> pa.Check:
    """The text stands in each value, letter by letter."""

    def run(data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col(data.key).str.contains(text, literal=True))

    return pa.Check(run, name="contains", statistics={"contains": text}, **words)


def length(least: int | None, most: int | None, **words: Any) -> pa.Check:
    """Characters, bytes or elements."""

    def run(data: pa.PolarsData) -> pl.LazyFrame:
        kind = data.lazyframe.collect_schema()[data.key]
        column = pl.col(data.key)
        size = column.bin.size() if kind == pl.Binary else column.str.len_chars()
        size = column.list.len() if isinstance(kind, pl.List) else size
        good = size.cast(pl.Int64).is_between(least or 0, 1 << 62 if most is None else most)
        return data.lazyframe.select(good)

    return pa.Check(run, name="length", statistics={"length": [least, most]}, **words)


def units(word: str, meant: Any, physical: Any, **words: Any) -> pa.Check:
    """Moments, days, times and durations as whole units since their zero: exact in every unit.

    `meant` is the constant, `physical` the same in units; lists for in and not_in.
    """
    signs = {"min": "ge", "max": "le", "gt": "gt", "lt": "lt", "equals": "eq"}

    def run(data: pa.PolarsData) -> pl.LazyFrame:
        column = pl.col(data.key).to_physical().cast(pl.Int64)
        if word in signs:
            return data.lazyframe.select(getattr(operator, signs[word])(column, physical))
        members = pl.Series(physical, dtype=pl.Int64).implode()
        good = column.is_in(members)
        return data.lazyframe.select(good if word == "in" else ~good)

    return pa.Check(run, name=word, statistics={word: meant}, **words)


def listed(word: str, members: list[Any], dtype: Any, **words: Any) -> pa.Check:
    """Each value is a member (in), or none is (not_in)."""

    def run(data: pa.PolarsData) -> pl.LazyFrame:
        good = pl.col(data.key).is_in(pl.Series(members, dtype=dtype).implode())
        return data.lazyframe.select(good if word == "in" else ~good)

    return pa.Check(run, name=word, statistics={word: members}, **words)


def full(inside: Any, **words: Any) -> pa.Check:
    """No null inside of lists and structs where none may be.

    `inside` is ["[]", nullable, inside] of a list, {field: [nullable, inside]} of a struct.
    """

    def whole(value: Any, inner: Any) -> bool:
        if value is None or inner is None:
            return True
        if isinstance(inner, dict):
            return all(one(value[name], *inner[name]) for name in inner)
        return all(one(item, *inner[1:]) for item in value)

    def one(value: Any, nullable: bool, inner: Any) -> bool:
        return nullable if value is None else whole(value, inner)

    def run(data: pa.PolarsData) -> pl.LazyFrame:
        values = data.lazyframe.select(data.key).collect().get_column(data.key)
        good = [whole(value, inside) for value in values.to_list()]
        return pl.LazyFrame({"good": pl.Series(good, dtype=pl.Boolean)})

    return pa.Check(run, name="type", statistics={"inside": inside}, **words)


def present(**words: Any) -> pa.Check:
    """No value is null; pandera's own nullable=False can't warn."""

    def run(data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col(data.key).is_not_null())

    return pa.Check(run, name="null", statistics={"null": False}, **words)


def distinct(*columns: str, **words: Any) -> pa.Check:
    """No two rows have the same values there; pandera's own unique can't warn."""

    def run(data: pa.PolarsData) -> pl.LazyFrame:
        there = data.lazyframe.collect_schema().names()
        if not set(columns) <= set(there):
            return data.lazyframe.select(pl.lit(value=True).alias("good"))
        return data.lazyframe.select(~pl.struct(columns).is_duplicated())

    return pa.Check(run, name="unique", statistics={"unique": list(columns)}, **words)


def rows(least: int | None, most: int | None, **words: Any) -> pa.Check:
    """So many rows."""

    def run(data: pa.PolarsData) -> bool:
        count = data.lazyframe.select(pl.len()).collect().item()
        return bool((least or 0) <= count and (most is None or count <= most))

    return pa.Check(run, name="rows", statistics={"rows": [least, most]}, **words)


def ordered(columns: list[str], **words: Any) -> pa.Check:
    """The columns stand in this order, none between them."""

    def run(data: pa.PolarsData) -> bool:
        names = data.lazyframe.collect_schema().names()
        there = [name for name in columns if name in names]
        first = names.index(there[0]) if there else 0
        return names[first : first + len(there)] == there

    return pa.Check(run, name="order", statistics={"order": columns}, **words)


def at_least(count: int, pattern: str, regex: str, **words: Any) -> pa.Check:
    """So many columns have a name that fits; `regex` says the pattern in Python's words."""
    whole = re.compile(regex, re.ASCII)

    def run(data: pa.PolarsData) -> bool:
        names = data.lazyframe.collect_schema().names()
        return sum(whole.fullmatch(name) is not None for name in names) >= count

    return pa.Check(run, name="at_least", statistics={"at_least": [count, pattern]}, **words)


def compare(name: str, left: str, sign: str, right: str, **words: Any) -> pa.Check:
    """Two columns compared in each row; a null on either side passes, an absent column too."""

    def run(data: pa.PolarsData) -> pl.LazyFrame:
        there = data.lazyframe.collect_schema()
        if left not in there or right not in there:
            return data.lazyframe.select(pl.lit(value=True).alias("good"))
        texts = [one for one in (left, right) if isinstance(there[one], pl.Enum)]
        sides = [
            pl.col(one).cast(pl.String) if one in texts else pl.col(one) for one in (left, right)
        ]
        good = getattr(operator, sign)(*sides)
        return data.lazyframe.select(good.fill_null(value=True))

    return pa.Check(run, name=name, statistics={"compare": [left, sign, right]}, **words)


def compare_with(
    name: str, left: str, sign: str, value: Any, physical: Any, **words: Any
) -> pa.Check:
    """A column compared with a constant in each row; null passes, an absent column too.

    `physical` is the constant in whole units where the column holds moments, else None.
    """

    def run(data: pa.PolarsData) -> pl.LazyFrame:
        if left not in data.lazyframe.collect_schema():
            return data.lazyframe.select(pl.lit(value=True).alias("good"))
        column = pl.col(left)
        if physical is not None:
            column = column.to_physical().cast(pl.Int64)
        good = getattr(operator, sign)(column, value if physical is None else physical)
        return data.lazyframe.select(good.fill_null(value=True))

    said = {"compare": [left, sign, {"value": value}]}
    return pa.Check(run, name=name, statistics=said, **words)


def column_code(
    python: str, function: Callable[..., Any], args: dict[str, Any], **words: Any
) -> pa.Check:
    """A function of one's own on a column's series; nulls pass."""

    def run(data: pa.PolarsData) -> bool | pl.LazyFrame:
        values = data.lazyframe.select(data.key).collect().get_column(data.key)
        found = function(values.drop_nulls(), **args)
        if isinstance(found, bool):
            return found
        held = values.is_null().to_list()
        answers = iter(found)
        return pl.LazyFrame({"good": [null or next(answers) for null in held]})

    said = {"python": {"python": python, "args": args}}
    return pa.Check(run, name=f"python:{python}", statistics=said, **words)


def frame_code(
    name: str, python: str, function: Callable[..., Any], args: dict[str, Any], **words: Any
) -> pa.Check:
    """A function of one's own on the frame; a null answer passes."""

    def run(data: pa.PolarsData) -> bool | pl.LazyFrame:
        found = function(data.lazyframe.collect(), **args)
        return found if isinstance(found, bool) else pl.LazyFrame({"good": found})

    said = {"python": {"python": python, "args": args}}
    return pa.Check(run, name=f"rule:{name}", statistics=said, **words)
