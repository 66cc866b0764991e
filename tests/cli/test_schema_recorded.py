"""`wombat schema` on artifacts: what a run recorded of them, and their data."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.api.sharing import without_ci
from wombat.api.runs import run_pipeline
from wombat.cli.entry import run

pytestmark = pytest.mark.slow

PIPELINE = """\
pipeline: shop
tasks:
  orders:
    run: tasks:orders
    outputs:
      orders: {schema: shop.orders, policies: {development: {cases: 3}}}
      note: {type: text}
"""
SCHEMA = """\
schema: shop.orders
key: [id]
columns:
  id: {type: int64, min: 1}
  state: {type: string, in: [new, paid]}
policies:
  development: {max_failure_rate: 0.25, on_fail: quarantine, columns: {id: {min: 0}}}
"""
TASKS = """\
import pyarrow as pa


def orders():
    states = ["new", "paid", "SECRET", "new"]
    return {"orders": pa.table({"id": [0, 1, 2, 3], "state": states}), "note": "a note"}
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    root = tmp_path_factory.mktemp("recorded") / "shop"
    for name in ("pipelines", "schemas"):
        (root / name).mkdir(parents=True)
    (root / "wombat.yml").write_text("project: shop\npolicies:\n  development: {cast: none}\n")
    (root / "pipelines/shop.yml").write_text(PIPELINE)
    (root / "schemas/orders.yml").write_text(SCHEMA)
    (root / "tasks.py").write_text(TASKS)
    with without_ci():
        assert run_pipeline(root, "shop", jobs=1, profile="development").error is None
    return root


@pytest.fixture
def verb(ran, tmp_path, capsys):
    root = tmp_path / "copy"
    shutil.copytree(ran, root)

    def call(*words):
        with without_ci():
            code = run(["schema", *words, "-C", str(root)])
        said = capsys.readouterr()
        return code, said.out, said.err

    call.root = root
    return call


def test_show_is_what_the_run_had_whatever_the_checkout_says_now(verb):
    before = verb("show", "shop/orders", "--json")
    assert before[0] == 0, before
    (verb.root / "schemas/orders.yml").write_text("schema: shop.orders\ncolumns: {other: date}\n")
    (verb.root / "wombat.yml").write_text("project: shop\npolicies:\n  production: {cases: 1}\n")
    code, out, _ = verb("show", "shop/orders")
    assert code == 0
    assert "as its run in development had it" in out.splitlines()[0]
    assert "id      int64   key  ≥ 0" in out
    tree = json.loads(verb("show", "shop/orders", "--json")[1])
    assert tree == json.loads(before[1])
    (profile,) = tree["policies"]
    policy = tree["policies"][profile]
    assert profile == "development"
    assert (policy["cast"], policy["on_fail"], policy["cases"]) == ("none", "quarantine", 3)
    code, _, error = verb("show", "shop/note")
    assert code == 17
    assert "wombat schema infer shop/note" in error


def test_test_judges_an_artifact(verb):
    assert verb("test", "shop.orders", "shop/orders", "-p", "development")[0] == 0
    code, out, _ = verb("test", "shop.orders", "shop/orders")
    assert code == 11
    assert "'id'" in out
    assert "1 of 3 rows" in out
    assert verb("test", "shop/orders", "shop/orders")[0] == 0  # by what its run recorded
    code, out, _ = verb("test", "shop/orders", "shop/orders_rejected")
    assert code == 11
    assert "SECRET" not in out
    assert verb("test", "shop.orders", "shop/nothing")[0] == 17
    code, _, error = verb("test", "shop.orders", "shop/note")
    assert code == 2
    assert "shop/note is no dataframe" in error


def test_infer_of_an_artifact(verb):
    code, _, error = verb("infer", "shop/orders", "--write")
    assert code == 2
    assert "there is a schema 'shop.orders' already" in error
    code, out, _ = verb("infer", "shop/orders", "--write", "--name", "shop.first")
    assert (code, out) == (0, "wrote schemas/shop.first.yml\n")
    assert verb("test", "shop.first", "shop/orders")[0] == 0
    code, out, _ = verb("infer", "shop/orders_rejected")
    assert code == 0
    assert out.splitlines()[1].startswith("# Inferred from shop/orders_rejected, 1 row. ")
    assert "schema: shop.orders_rejected\n" in out
    assert "SECRET" not in out
    assert verb("infer", "shop/note")[0] == 2
