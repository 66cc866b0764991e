"""The tasks of the pipeline `shop`: plain functions, frames in, frames out."""

from pathlib import Path

import pandas as pd

import wombat


def load(landing: Path) -> pd.DataFrame:
    orders = pd.read_csv(landing, parse_dates=["ordered_at"])
    return orders.astype({"ordered_at": "datetime64[us, UTC]"})


def totals(orders: pd.DataFrame, since: str) -> pd.DataFrame:
    recent = orders[orders["ordered_at"] >= pd.Timestamp(since, tz="UTC")]
    groups = recent.groupby(["country", "product"], as_index=False)
    return groups.agg(orders=("amount", "size"), amount=("amount", "sum"))


def best(totals: pd.DataFrame, country: str) -> pd.DataFrame:
    here = totals[totals["country"] == country]
    return here.nlargest(3, "amount")[["product", "amount"]].reset_index(drop=True)


def report(best: pd.DataFrame, report: wombat.Output) -> None:
    rows = [f"| {r.country} | {r.product} | {r.amount:,.2f} |" for r in best.itertuples()]
    report.write_text("\n".join(["| country | product | amount |", "|---|---|---|", *rows, ""]))
