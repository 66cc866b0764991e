"""Classes imported once, known by the digest of their code, and never imported again."""

from __future__ import annotations

import json
import re
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.pandera.shop import FILES, PIPELINE, changed, write
from wombat.api.project import check
from wombat.api.schema_import import import_schema
from wombat.api.session import open_session
from wombat.errors import Absent, CheckFailed, Invalid, MissingExtra, TaskFailed, UsageFault
from wombat.plan.closure.checkout import Checkout
from wombat.plan.names import source_digest
from wombat.schema.load import load_schemas
from wombat.schema.model import Column, schema_from_json
from wombat.schema.rules import Custom, Rule
from wombat.schema.types import LogicalType

ORDERS = "shop.models:Orders"


@pytest.fixture
def root(tmp_path):
    return write(tmp_path)


def imported(root, what=ORDERS, name=None, **words):
    return import_schema(open_session(root), what, name, **words)


def codes(root):
    return sorted((d.code, d.place.path, d.place.line) for d in check(root).diagnostics)


def digest(root):
    return source_digest(Checkout(root), ORDERS)


@pytest.mark.slow
def test_a_class_becomes_a_schema_of_the_language(root):
    done = imported(root)
    assert (done.schema.name, done.file) == ("shop.orders", "schemas/imported/shop.orders.yml")
    assert done.losses == ()
    file = root / done.file
    from wombat.errors import Diagnostics

    sink = Diagnostics()
    read = load_schemas([(file, done.file)], sink)["shop.orders"].schema
    assert not sink.found
    assert read == done.schema
    assert read.source == digest(root)
    assert read.description == "Orders of the shop."
    assert read.extra == "forbid"
    custom = {n: (Custom(ORDERS, (("check", n),)),) for n in ("odd", "positive")}
    text = LogicalType("string")
    assert read.columns == {
        "order_id": Column(LogicalType("int64"), unique=True, min=1, custom=custom["odd"]),
        "status": Column(text, within=("new", "paid")),
        "email": Column(text, nullable=True, required=False, match="[^@]+@[^@]+"),
        "price": Column(LogicalType("float64"), min=0.0, lt=100000.0, custom=custom["positive"]),
        "ordered": Column(LogicalType("timestamp", unit="us", timezone="UTC")),
    }
    code = Custom(ORDERS, (("check", "cheap_if_new"),))
    assert read.rules == (Rule("cheap_if_new", custom=code),)
    assert not imported(root).written


@pytest.mark.slow
def test_annotations_state_the_schema_and_a_change_makes_it_stale(root):
    assert codes(root) == [
        ("schema-not-imported", "pipelines/shop.yml", 6),
        ("schema-not-imported", "pipelines/shop.yml", 9),
    ]
    done = imported(root)
    found = check(root)
    assert found.diagnostics == [] or not list(found.diagnostics)
    plan = found.plans["shop"]
    assert {task.name: [one.schema for one in task.outputs] for task in plan.tasks} == {
        "load": ["shop.orders"],
        "report": [None],
    }
    assert [one.schema for task in plan.tasks for one in task.inputs] == ["shop.orders"]
    changed(root, "shop/limits.py", "100000", "5")
    assert codes(root) == [("schema-stale", done.file, 6)]
    assert imported(root).written
    assert codes(root) == []


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("shop/models.py", "ge=1", "ge=2"),
        ("shop/models.py", 'isin=["new", "paid"]', 'isin=["new"]'),
        ("shop/models.py", "values % 2 == 1", "values % 2 == 0"),
        ("shop/models.py", "strict = True", "strict = False"),
        ("shop/models.py", "class Base(", "class Base(object, "),
        ("shop/limits.py", "100000", "100001"),
        ("shop/checks.py", "values > 0", "values >= 0"),
        ("shop/models.py", "def unrelated", "Orders.extra = 1\n\n\ndef unrelated"),
        ("shop/models.py", "def unrelated", "register(Orders)\n\n\ndef unrelated"),
    ],
)
def test_what_a_class_is_made_of_is_in_its_digest(root, path, old, new):
    before = digest(root)
    changed(root, path, old, new)
    assert digest(root) != before


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("shop/models.py", "return 1", "return 2"),
        ("shop/models.py", "Orders of the shop.", "All of them."),
        ("shop/models.py", "strict = True", "strict = True  # closed"),
        ("shop/models.py", "from typing import Optional\n", "from typing import Optional\nX = 1\n"),
        ("shop/limits.py", "OTHER = 3", "OTHER = 4"),
        ("shop/checks.py", "    pass", "    return None"),
    ],
)
def test_what_it_isn_t_made_of_isn_t(root, path, old, new):
    before = digest(root)
    assert before is not None
    changed(root, path, old, new)
    assert digest(root) == before


LIMIT = "from shop.limits import LIMIT"


@pytest.mark.parametrize(
    ("code", "other"),
    [
        (f"class Of:\n    {LIMIT}\ndef ok(c): return c < Of.LIMIT\n", ""),
        ("def ok(c): return c < __import__('shop.limits').limits.LIMIT\n", ""),
        (
            "from shop.lazy import L\ndef ok(c): return c < L\n",
            "import shop.limits as m\ndef __getattr__(n): return m.LIMIT\n",
        ),
        (
            "from shop import lazy, kept\ndef ok(c): return c < kept.D['a']\n",
            f"from shop import kept\n{LIMIT}\nkept.D['a'] = LIMIT\n",
        ),
        (
            "from shop import lazy, kept\ndef ok(c): return c < kept.f()\n",
            f"from shop import kept\n{LIMIT}\nkept.f = lambda: LIMIT\n",
        ),
    ],
    ids=("of a class", "literal", "__getattr__", "set by another", "patched"),
)
def test_check_code_is_judged_by_all_that_it_reaches(root, code, other):
    kept = "D = {}\ndef f(): return 0\n"
    write(root, {"shop/ok.py": code, "shop/lazy.py": other, "shop/kept.py": kept})
    before = source_digest(Checkout(root), "shop.ok:ok")
    changed(root, "shop/limits.py", "100000", "5")
    assert source_digest(Checkout(root), "shop.ok:ok") != before


def test_check_never_imports_it(root):
    canary = root / "canary"
    bomb = f"import pathlib\npathlib.Path({str(canary)!r}).touch()\n"
    for path in ("shop/models.py", "shop/tasks.py", "shop/__init__.py"):
        text = (root / path).read_text()
        (root / path).write_text(text.replace("from __future__ import annotations\n", "") + bomb)
    write(root, {"schemas/a.yml": f"schema: shop.a\npython: {ORDERS}\n"})
    assert "schema-not-imported" in {code for code, _, _ in codes(root)}
    body = "schema: shop.b\npython: shop.models:Base\nsource: abc\ncolumns: {order_id: int64}\n"
    write(root, {"schemas/imported/shop.b.yml": body})
    assert "schema-stale" in {code for code, _, _ in codes(root)}
    assert not canary.exists()


@pytest.mark.slow
def test_a_schema_may_name_the_class_and_say_the_rest(root):
    write(root, {"schemas/orders.yml": f"schema: sales.orders\npython: {ORDERS}\nowner: sales\n"})
    assert codes(root) == [("schema-not-imported", "schemas/orders.yml", 2)]
    done = imported(root)
    assert done.schema.name == "sales.orders"
    assert codes(root) == []
    plan = check(root).plans["shop"]
    assert schema_from_json(plan.schemas["sales.orders"]).owner == "sales"


def test_a_class_that_is_gone(root):
    body = f"schema: shop.b\npython: {ORDERS}x\nsource: abc\ncolumns: {{order_id: int64}}\n"
    write(root, {"schemas/imported/shop.b.yml": body})
    told = [d for d in check(root).diagnostics if d.code == "schema-stale"]
    assert [d.message for d in told] == [
        f"{ORDERS}x isn't in the project any more; expected the schema shop.b as the class says it"
    ]


@pytest.mark.slow
def test_two_schemas_for_one_frame(root):
    imported(root)
    write(root, {"schemas/own.yml": "schema: shop.own\ncolumns: {order_id: int64}\n"})
    stated = PIPELINE.replace("{orders: load}", "{orders: {from: load, schema: shop.own}}")
    write(root, {"pipelines/shop.yml": stated})
    assert codes(root) == [("schema-annotation", "pipelines/shop.yml", 9)]
    write(root, {"pipelines/shop.yml": stated.replace("shop.own", "shop.orders")})
    assert codes(root) == []


@pytest.mark.slow
def test_importing_sees_no_credentials_and_ends(root, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    monkeypatch.setenv("CI_JOB_TOKEN", "hidden")
    changed(
        root,
        "shop/limits.py",
        "LIMIT = 100000",
        "import os\nLIMIT = 5\nassert 'hidden' not in os.environ.values()",
    )
    assert imported(root).schema.columns["price"].lt == 5.0
    changed(root, "shop/limits.py", "import os", "import os, time; time.sleep(60)")
    with pytest.raises(TaskFailed, match=r"importing shop.models:Orders took longer than 1 s"):
        imported(root, timeout=1)


@pytest.mark.slow
def test_an_import_that_raises_shows_its_own_traceback(root):
    changed(root, "shop/limits.py", "LIMIT = 100000", "LIMIT = 1 / 0")
    with pytest.raises(TaskFailed) as told:
        imported(root)
    assert "shop/limits.py" in told.value.hint
    assert "ZeroDivisionError" in told.value.hint


def test_what_is_no_class_of_the_project(root):
    with pytest.raises(Absent, match=r"shop/models.py has no Order;"):
        imported(root, "shop.models:Order")
    with pytest.raises(Absent, match=r"the project has no module pandera\.pandas;"):
        imported(root, "pandera.pandas:DataFrameModel")
    with pytest.raises(UsageFault, match="neither a class nor a file"):
        imported(root, "shop/models")


@pytest.mark.slow
def test_another_object_is_no_schema(root):
    with pytest.raises(CheckFailed, match="a int is no pandera schema"):
        imported(root, "shop.limits:LIMIT")


def test_a_name_that_is_taken(root):
    write(root, {"schemas/own.yml": "schema: shop.orders\ncolumns: {order_id: int64}\n"})
    with pytest.raises(UsageFault, match=r"there is a schema 'shop\.orders' already"):
        imported(root)
    with pytest.raises(UsageFault, match="no schema's name"):
        imported(root, name="Shop Orders")


POLARS = """
import pandera.polars as pa
import polars as pl

schema = pa.DataFrameSchema(
    {
        "n": pa.Column(pl.Int64, [pa.Check.in_range(0, 9), pa.Check.gt(2)], coerce=True),
        "tags": pa.Column(pl.List(pl.String), nullable=True, metadata={"of": "people"}),
        "part": pa.Column(pl.Enum(["a", "b"]), pa.Check.isin(["a"]), default="a"),
        "^x_[0-9]+$": pa.Column(pl.Float64, regex=True, required=False),
        "code": pa.Column(str, [pa.Check.str_matches("a|b"), pa.Check.str_length(1, 3)]),
        "late": pa.Column(pl.Int8, pa.Check.lt(5, raise_warning=True), unique=True),
    },
    checks=pa.Check(lambda data: data.lazyframe.select(pl.col("n") < 5), name="few"),
    strict=False,
    ordered=True,
    add_missing_columns=True,
)
"""


@pytest.mark.slow
def test_a_schema_object_of_polars_and_what_it_loses(root):
    write(root, {"shop/frames.py": POLARS})
    done = imported(root, "shop.frames:schema", "shop.frames")
    schema = done.schema
    assert schema.extra == "allow"
    assert (schema.columns["n"].min, schema.columns["n"].max, schema.columns["n"].gt) == (0, 9, 2)
    assert str(schema.columns["tags"].type) == "list[string?]"
    part = schema.columns["part"]
    assert (part.type.of, part.within, part.default, part.fill_null) == (
        ("a", "b"), ("a",), "a", "a",
    )  # fmt: skip
    assert [(one.match, one.at_least) for one in schema.patterns] == [("x_[0-9]+", 0)]
    # an alternative may escape pandera's anchor: pandera itself says what it means
    assert schema.columns["code"].custom == (
        Custom("shop.frames:schema", (("check", "str_matches"),)),
    )
    assert schema.columns["code"].length == (1, 3)
    assert [(one.name, one.severity) for one in schema.rules] == [
        ("late_less_than", "warn"),
        ("few", "error"),
    ]
    assert set(done.losses) == {
        "columns.n: coerce; say cast: safe in a policy",
        "columns.tags: its metadata",
        "ordered lets other columns stand between; here they can't",
    }
    assert "# Not in it: columns.n: coerce" in (root / done.file).read_text()


UNSAID = """
import pandas as pd
import pandera.pandas as pa

schema = pa.DataFrameSchema({
    "p": pa.Column(pd.PeriodDtype("D")), "c": pa.Column(complex), "good": pa.Column(int),
})
"""


@pytest.mark.slow
def test_types_that_nothing_says_are_named_together(root):
    write(root, {"shop/frames.py": UNSAID})
    with pytest.raises(CheckFailed) as told:
        imported(root, "shop.frames:schema")
    assert told.value.code == "schema-unsayable"
    assert "columns.p: the dtype period[D]; columns.c: the dtype complex128" in str(told.value)


def test_an_arrow_and_a_parquet_file(root):
    kinds = pa.schema(
        [
            pa.field("id", pa.int32(), nullable=False),
            pa.field("price", pa.decimal128(9, 2)),
            pa.field("word", pa.large_string()),
            pa.field("list", pa.list_(pa.field("item", pa.int8(), nullable=False))),
        ]
    )
    pq.write_table(kinds.empty_table(), root / "sales.parquet")
    done = imported(root, "sales.parquet", "shop.sales")
    assert done.file == "schemas/shop.sales.yml"
    assert {n: (str(c.type), c.nullable) for n, c in done.schema.columns.items()} == {
        "id": ("int32", False),
        "price": ("decimal[9, 2]", True),
        "word": ("string", True),
        "list": ("list[int8]", True),
    }
    assert done.losses == ("columns.word: large_string is string here",)
    (root / "sales.arrow").write_bytes(kinds.serialize().to_pybytes())
    assert imported(root, "sales.arrow", "shop.sales").schema == done.schema
    (root / "bad.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(UsageFault, match=r"bad.parquet has no Arrow schema"):
        imported(root, "bad.parquet")


PANDAS_YAML = """
schema_type: dataframe
version: 0.35.0
columns:
  id: {dtype: Int64, nullable: false, checks: {greater_than_or_equal_to: 1}, unique: true}
  kind: {dtype: category, nullable: true}
name: Old Orders
strict: true
"""
POLARS_YAML = """
schema_type: polars_dataframe
api: polars
columns:
  id: {dtype: Int64, greater_than_or_equal_to: 1}
  at: {dtype: "Datetime(time_unit='us', time_zone='UTC')", nullable: true}
name: orders
"""


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (PANDAS_YAML, {"id": "int64", "kind": "string"}),
        (POLARS_YAML, {"id": "int64", "at": "timestamp[us, UTC]"}),
    ],
)
def test_yaml_of_pandera_in_each_spelling(root, text, kinds):
    (root / "orders.yaml").write_text(text)
    done = imported(root, "orders.yaml", "shop.old")
    assert {name: str(one.type) for name, one in done.schema.columns.items()} == kinds
    assert done.schema.columns["id"].min == 1
    assert codes(write(root, {"pipelines/shop.yml": "pipeline: shop\ntasks: {}\n"})) is not None


@pytest.mark.parametrize("head", ["schema_type: pyspark_sql_dataframe", "api: pyspark.sql"])
def test_yaml_of_spark_says_that_spark_is_missing(root, head, monkeypatch):
    for name in ("pyspark", "pyspark.sql", "pandera.io.pyspark_sql_io"):
        monkeypatch.setitem(sys.modules, name, None)
    (root / "orders.yaml").write_text(f"{head}\ncolumns:\n  id: {{dtype: LongType()}}\n")
    with pytest.raises(MissingExtra, match=r"pandera schemas of pyspark .*wombat-ci\[spark\]"):
        imported(root, "orders.yaml")


@pytest.mark.parametrize("text", ["a: 1", "schema_type: dataframe\ncolumns: {a: {dtype: what}}\n"])
def test_other_yaml_is_none_of_pandera(root, text):
    (root / "orders.yaml").write_text(text)
    with pytest.raises((CheckFailed, Invalid), match="is no pandera YAML"):
        imported(root, "orders.yaml")


def test_the_json_tells_what_was_lost(root, capsys):
    from wombat.cli.entry import run

    pq.write_table(pa.table({"w": pa.array(["a"], pa.large_string())}), root / "w.parquet")
    assert run(["schema", "import", "w.parquet", "-C", str(root), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "schema": "w",
        "file": "schemas/w.yml",
        "written": True,
        "losses": ["columns.w: large_string is string here"],
    }


def test_a_project_without_classes_reads_as_before(root):
    write(root, {"shop/tasks.py": FILES["shop/tasks.py"].replace("Frame[models.Orders]", "Frame")})
    assert codes(root) == []


@pytest.mark.parametrize(
    ("what", "said", "hint"),
    [
        ("shop.models:Order", "shop/models.py has no Order;", "did you mean 'shop.models:Orders'?"),
        ("shop.modles:Orders", "the project has no module shop.modles;",
         "did you mean 'shop.models:Orders'?"),
        ("warehouse:X", "the project has no module warehouse;", "inherit from it in a module"),
        ("shop/models.py:Orders", "is neither a class nor a file", "shop.models:Orders"),
        ("shop/models.py", "'shop/models.py' holds no schema;", "shop.models:CLASS"),
        ("orders.csv", "'orders.csv' holds no schema;", "wombat schema infer orders.csv --write"),
        ("notes.txt", "'notes.txt' holds no schema;", None),
    ],
)  # fmt: skip
def test_what_can_t_be_imported_says_what_can(root, what, said, hint):
    (root / "shop").mkdir(exist_ok=True)
    (root / "shop/models.py").write_text("class Orders:\n    pass\n")
    (root / "orders.csv").write_text("a\n1\n")
    (root / "notes.txt").write_text("a\n")
    with pytest.raises((Absent, UsageFault), match=re.escape(said)) as caught:
        imported(root, what)
    assert hint is None if caught.value.hint is None else hint in caught.value.hint
