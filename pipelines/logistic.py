"""A small logistic regression with ridge, by Newton's method; a model is a JSON value."""

import numpy as np
import pandas as pd

NUMBERS = [
    *("temp", "humid", "wind_speed", "precip", "visib"),
    *("clock_sin", "clock_cos", "season_sin", "season_cos", "distance", "age"),
]
KINDS = ["origin", "carrier", "weekday"]
ROUNDS = 25
DIGITS = 6  # the same model on every machine, whatever the order in which its sums were taken


def fit(frame: pd.DataFrame, late: np.ndarray, *, ridge: float) -> dict:
    """Weights that maximise the likelihood of `late` (0 or 1) less `ridge` / 2 · |weights|²."""
    kinds = {name: sorted(map(str, frame[name].unique())) for name in KINDS}
    numbers = frame[NUMBERS].to_numpy(dtype="float64")
    model = {
        "kinds": kinds,
        "mean": _short(numbers.mean(axis=0)),
        "scale": _short(numbers.std(axis=0)),
    }
    matrix = _matrix(model, frame)
    penalty = np.full(matrix.shape[1], max(ridge, 1e-6))
    penalty[0] = 1e-6  # the intercept is free
    return model | {"weights": _short(_newton(matrix, late, penalty))}


def predict(model: dict, frame: pd.DataFrame) -> np.ndarray:
    """The probability of being late, one for each row."""
    return np.round(_sigmoid(_matrix(model, frame) @ np.array(model["weights"])), DIGITS)


def _newton(matrix: np.ndarray, late: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    weights = np.zeros(matrix.shape[1])
    for _ in range(ROUNDS):
        said = _sigmoid(matrix @ weights)
        slope = matrix.T @ (late - said) - penalty * weights
        curve = (matrix * (said * (1 - said))[:, None]).T @ matrix + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights += step
        if np.abs(step).max() < 1e-10:
            break
    return weights


def _matrix(model: dict, frame: pd.DataFrame) -> np.ndarray:
    """An intercept, the scaled numbers, and a column for each kind but the first."""
    numbers = (frame[NUMBERS].to_numpy(dtype="float64") - model["mean"]) / model["scale"]
    columns = [np.ones(len(frame)), *numbers.T]
    for name in KINDS:  # a JSON object has no order to go by
        text = frame[name].astype("str")
        columns += [(text == k).to_numpy(dtype="float64") for k in model["kinds"][name][1:]]
    return np.column_stack(columns)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _short(values: np.ndarray) -> list[float]:
    return [round(float(value), DIGITS) for value in values]
