"""Tasks of the scratch project."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - the annotation is read when the task runs

import pandas as pd
import polars as pl

NOW = pd.Timestamp("2026-01-31", tz="UTC")


def load(seed: Path) -> pd.DataFrame:
    frame = pd.read_csv(seed)
    frame["last_seen"] = pd.to_datetime(frame["last_seen"], utc=True).dt.as_unit("us")
    print(f"read {len(frame)} customers")
    return frame


def features(customers: pd.DataFrame, horizon_days: int) -> pd.DataFrame:
    made = customers[["id", "region"]].copy()
    made["idle"] = customers["last_seen"] < NOW - pd.Timedelta(days=horizon_days)
    made["spent"] = customers["spent"].fillna(0.0)
    return made


def score(features: pl.DataFrame, region: str) -> pl.DataFrame:
    print(f"scoring {region}")
    mine = features.filter(pl.col("region") == region)
    risk = pl.when(pl.col("idle")).then(0.8).otherwise(0.1) / (1 + pl.col("spent") / 100)
    return mine.select("id", risk=risk)


def report(scores: pd.DataFrame) -> dict:
    risks = scores.groupby("region")["risk"].mean().round(6)
    return {"customers": len(scores), "risk": {str(key): float(risks[key]) for key in risks.index}}
