"""The tower's task: a projection of three columns reaches it, whatever else the weather has."""

import polars as pl


def closed(weather: pl.DataFrame, limit: int) -> dict:
    windy = weather.filter(pl.col("wind_speed") > limit)
    return dict(windy.group_by("origin").len().sort("origin").iter_rows())
