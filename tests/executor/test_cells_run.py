"""Commands that write CSV with cells that aren't of their type: whole runs in both profiles."""

from __future__ import annotations

import pytest

from tests.api.sharing import without_ci
from wombat.api.artifacts import load
from wombat.api.runs import run_pipeline
from wombat.errors import DataInvalid

pytestmark = pytest.mark.slow

SCHEMA = """\
schema: shop.rows
columns:
  n: {type: int64, min: 1}
  price: float64?
policies:
  production: {on_fail: quarantine, max_failure_rate: 0.5}
"""
PIPELINE = """\
pipeline: shop
tasks:
  make:
    shell: printf '%s' "$WOMBAT_PARAM_TEXT" > "$WOMBAT_OUTPUT_ROWS"
    with: {text: $params.text}
    outputs: {rows: {schema: shop.rows, format: csv}}
params: {text: {type: string}}
"""
ROWS = "n,price\n1,1.5\nx,SECRET\n3,\n0,2\n"


@pytest.fixture
def ran(tmp_path):
    for name, text in (
        ("wombat.yml", "project: shop\n"),
        ("schemas/rows.yml", SCHEMA),
        ("pipelines/shop.yml", PIPELINE),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    def run(profile, text=ROWS):
        with without_ci():
            done = run_pipeline(tmp_path, "shop", given={"text": text}, jobs=1, profile=profile)
        return done.error

    run.root = tmp_path
    return run


def test_development_keeps_no_cell_that_it_can_t_read(ran):
    error = ran("development")
    assert isinstance(error, DataInvalid)
    assert "'n' isn't int64 (line 3): 1 of 4 rows (25 %) fails: row 1" in error.message
    assert "'price' isn't float64 (line 3)" in error.message
    assert "SECRET" not in error.message
    assert ran("development", ROWS.replace("x,SECRET", "2,2")) is None  # n: 0 only warns


def test_production_sets_their_rows_aside(ran):
    assert ran("production") is None
    with without_ci():
        kept = load("shop/rows", "pyarrow", start=ran.root)
        aside = load("shop/rows_rejected", "pyarrow", start=ran.root)
    assert kept.to_pydict() == {"n": [1, 3], "price": [1.5, None]}
    assert aside.to_pydict() == {
        "n": [None, 0],
        "price": [None, 2.0],
        "n_as_written": ["x", None],
        "price_as_written": ["SECRET", None],
        "rejected_because": [["n.type", "price.type"], ["n.min"]],
    }
    error = ran("production", ROWS.replace("3,", "y,").replace("1,1.5", "z,1.5"))
    assert isinstance(error, DataInvalid)
    assert "4 of 4 rows (100 %) would be set aside; 50 % allowed" in error.message


def test_ragged_rows_are_named(ran):
    error = ran("production", ROWS + "4,5,SECRET\n")
    assert isinstance(error, DataInvalid)
    assert "data.csv: line 6 has 3 cells; expected 2, as the heading" in error.message
    assert "SECRET" not in error.message
