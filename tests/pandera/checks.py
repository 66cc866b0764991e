"""Code of a user, as checks name it."""

from __future__ import annotations


def even(values):
    return values % 2 == 0


def below(values, limit):
    return values < limit


def paid_in_time(frame, days=1):
    return frame["paid"] - frame["due"] <= days


def one_answer(values):
    return len(values) < 3


def too_few(values):
    return [True] * (len(values) + 1)


def numbers(values):
    return values + 1


def nothing(_values):
    return None


def sorts(values):
    return values.sort_values() > 0


def broken(values):
    return values / undefined  # noqa: F821


def leaves(_values):
    raise SystemExit(3)


def sees(values):
    kind = f"{type(values).__module__.partition('.')[0]}.{type(values).__name__}"
    raise RuntimeError(kind, len(values))


def expression(_values):
    import polars as pl

    return pl.col("values") > 1


def unsure(_frame):
    import pandas as pd

    return pd.array([True, None, False], dtype="boolean")
