"""Tasks that would run: `check` reads how they are called, and never calls them."""

import pandas as pd


def join() -> pd.DataFrame:
    return pd.DataFrame({"tailnum": ["N14228"], "built": [1999], "arr_delay": [11]}).astype(
        {"built": "Int16", "arr_delay": "int16"}
    )


def features(joined: pd.DataFrame) -> pd.DataFrame:
    made = joined[["tailnum"]].copy()
    made["age"] = (2013 - joined["built"]).astype("int16")
    made["late"] = joined["arr_delay"] > 15
    return made


def train(features: pd.DataFrame) -> dict:
    return {"age": float(features["age"].corr(features["late"].astype("float64")))}
