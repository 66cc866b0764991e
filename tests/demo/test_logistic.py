"""The demo's model learns what stands in its data, and nothing where there is nothing to learn."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from pipelines import logistic


def frame(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    numbers = {name: rng.normal(size=rows) for name in logistic.NUMBERS}
    kinds = {"origin": ["EWR", "JFK"], "carrier": ["AA", "UA"], "weekday": [0, 1]}
    return pd.DataFrame(numbers | {name: rng.choice(of, size=rows) for name, of in kinds.items()})


def chances(made: pd.DataFrame) -> np.ndarray:
    return 1 / (1 + np.exp(-(1.5 * made["temp"] - 0.5 + (made["carrier"] == "UA"))))


def test_the_weights_that_made_the_data_are_found():
    made = frame(40_000)
    late = (np.random.default_rng(1).random(len(made)) < chances(made)).to_numpy(dtype="float64")

    model = logistic.fit(made, late, ridge=1.0)

    named = dict(zip(["intercept", *logistic.NUMBERS], model["weights"], strict=False))
    assert named["temp"] == pytest.approx(1.5, abs=0.1)
    assert named["humid"] == pytest.approx(0.0, abs=0.1)
    assert np.abs(logistic.predict(model, made) - chances(made)).max() < 0.1


def test_a_strong_ridge_leaves_only_the_base_rate():
    made = frame(2000)
    late = (np.arange(len(made)) % 4 == 0).astype("float64")

    model = logistic.fit(made, late, ridge=1e9)

    assert logistic.predict(model, made) == pytest.approx(np.full(len(made), 0.25), abs=1e-3)


def test_a_model_says_the_same_when_it_comes_back_from_json():
    made = frame(500)
    model = logistic.fit(made, (made["temp"] > 0).to_numpy(dtype="float64"), ridge=10.0)

    again = json.loads(json.dumps(model, sort_keys=True))

    assert (logistic.predict(again, made) == logistic.predict(model, made)).all()


def test_the_order_of_rows_changes_no_digit():
    made = frame(500)
    late = (made["temp"] > 0).to_numpy(dtype="float64")
    shuffled = np.random.default_rng(3).permutation(len(made))

    first = logistic.fit(made, late, ridge=10.0)
    again = logistic.fit(made.iloc[shuffled], late[shuffled], ridge=10.0)

    assert first == again
