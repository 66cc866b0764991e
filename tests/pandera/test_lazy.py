"""What reads schemas of classes and of code loads no dataframe library."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.pandera.shop import write
from wombat.plan.closure.checkout import Checkout
from wombat.plan.names import source_digest

HEAVY = {"numpy", "pandas", "pandera", "polars", "pyarrow", "pyspark", "shop"}
RUN = """\
import json, sys
from wombat.cli.entry import run
codes = [run(words.split()) for words in json.loads(sys.argv[1])]
print(json.dumps([codes, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def loaded(root, *commands):
    words = [sys.executable, "-c", RUN, json.dumps(commands)]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def root(tmp_path):
    write(tmp_path)
    source = source_digest(Checkout(tmp_path), "shop.models:Orders")
    write(
        tmp_path,
        {
            "schemas/imported/shop.orders.yml": (
                "schema: shop.orders\npython: shop.models:Orders\n"
                f"source: {source}\ncolumns:\n"
                "  order_id: {type: int64, "
                'checks: [{python: "shop.models:Orders", args: {check: odd}}]}\n'
            ),
            "schemas/own.yml": (
                "schema: shop.own\nextends: shop.orders\ncolumns:\n"
                '  price: {type: float64, checks: [{python: "shop.checks:positive"}]}\n'
            ),
        },
    )
    return tmp_path


@pytest.mark.slow
def test_check_show_and_diff_load_no_dataframe_library(root):
    codes, modules = loaded(
        root,
        "check",
        "schema show shop.own",
        "schema diff shop.orders shop.own",
        "schema export shop.own --to pandera-polars --lossy",
        "schema --help",
    )
    assert codes == [0, 0, 0, 0, 0]
    assert not HEAVY & set(modules)


@pytest.mark.slow
def test_what_needs_them_loads_them(root):
    write(root, {"own.csv": "order_id,price\n1,2.5\n"})
    codes, modules = loaded(root, "schema infer own.csv")
    assert codes == [0]
    assert "pyarrow" in modules
    assert "shop" not in modules
