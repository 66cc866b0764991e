"""Proven inputs with a stamp are read by nobody; all others are judged again."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.executor.plans import Project, of_artifact, of_task, output, plan, task
from wombat.errors import DataInvalid, TaskFailed
from wombat.executor.boundary import Boundary
from wombat.executor.local import run_plan
from wombat.executor.process import Worker
from wombat.executor.sources import Located
from wombat.executor.task import execute_part
from wombat.executor.trust import told_at, trust
from wombat.plan.ir import Edge
from wombat.review.junit import junit
from wombat.schema.model import schema_from_json

CODE = """
from pathlib import Path
import pyarrow as pa

def orders(prices: list) -> pa.Table:
    price = pa.array(prices, pa.float64())
    return pa.table({"id": pa.array(range(len(prices)), pa.int64()), "price": price})

def by_path(orders: Path) -> dict:
    return {"size": orders.stat().st_size}

def by_frame(orders: pa.Table) -> dict:
    return {"columns": orders.column_names, "price": orders["price"].to_pylist()}
"""
ORDERS = {
    "schema": "orders",
    "columns": {
        "id": {"type": "int64"},
        "price": {"type": "float64", "nullable": True, "min": 0.0},
    },
    "key": ["id"],
    "order": ["id", "price"],
}
NEEDS = {"schema": "needs", "columns": {"price": {"type": "float64", "nullable": True}}}
FILLS = {"schema": "fills", "columns": {"price": {"type": "float64", "fill_null": 0.0}}}
ALLOWS = {"schema": "allows", "columns": {"price": {"type": "float64"}}, "extra": "allow"}
WIDER = {"schema": "wider", "columns": {"id": {"type": "float64"}}}
SCHEMAS = {one["schema"]: one for one in (ORDERS, NEEDS, FILLS, ALLOWS, WIDER)}
DIGEST = schema_from_json(ORDERS).digest
STAMP = {"schema": DIGEST, "profile": "production", "depth": "full", "passed": True}
SAMPLE = {"head": 1000, "random": 5000}


def piped(reader="by_path", schema="needs", verdict="proven", layers=None, **words):
    """Orders are made, then read by a consumer that asks for `schema`."""
    layers = layers or {}
    made = output("orders", "dataframe", schema="orders", policies=layers.get("made", {}))
    maker = task(
        "make",
        "work:orders",
        arguments={"prices": words.pop("prices", [1.0, None])},
        outputs=(made,),
    )
    takes = of_task(
        "orders", "make", "orders", "dataframe", schema=schema, policies=layers.get("taken", {})
    )
    others = words.pop("others", {})
    edge = Edge("read", "orders", "make", "orders", verdict, "orders", schema, others=others)
    reads = task("read", f"work:{reader}", inputs=(takes,), outputs=(output("read"),))
    return plan(maker, reads, schemas=SCHEMAS, edges=(edge,), **words)


def asked(given, profile, *stamps):
    context = SimpleNamespace(plan=given, profile=profile)
    records = tuple({"stats": {"rows": 3}, **({"stamp": one} if one else {})} for one in stamps)
    return trust(context, given.task("read"), Located(given.task("read").inputs[0], "dataframe",
                 records=records))  # fmt: skip


@pytest.mark.parametrize("wanted", ["types", "sample", "full"])
@pytest.mark.parametrize("depth", ["none", "types", "sample", "full"])
def test_a_stamp_vouches_for_what_is_no_deeper(depth, wanted):
    given = piped(layers={"taken": {"production": {"check": wanted}}})
    deep = ["none", "types", "sample", "full"]
    found = asked(given, "production", STAMP | SAMPLE | {"depth": depth})
    assert (found is not None) == (deep.index(depth) >= deep.index(wanted))


@pytest.mark.parametrize(
    ("head", "random", "trusted"),
    [
        (10, 20, True), (11, 21, True), (9, 20, False), (10, 19, False), (30, 0, False),
        (None, 20, False), (10, None, False), ("10", 20, False),
    ],
)  # fmt: skip
def test_a_sample_vouches_for_none_that_takes_more(head, random, trusted):
    looks = {"check": "sample", "sample": {"head": 10, "random": 20}}
    given = piped(layers={"taken": {"production": looks}})
    stamp = STAMP | {"depth": "sample", "head": head, "random": random}
    assert (asked(given, "production", stamp) is not None) == trusted
    assert asked(given, "production", STAMP | {"head": 1, "random": 0}) is not None


def test_a_sample_that_says_no_size_vouches_for_types_alone():
    stamp = STAMP | {"depth": "sample"}
    for check, trusted in (("sample", False), ("types", True)):
        given = piped(layers={"taken": {"production": {"check": check}}})
        assert (asked(given, "production", stamp) is not None) == trusted


NOT_TRUSTED = {
    "no stamp": (piped(), [None]),
    "an older one": (piped(), [{k: v for k, v in STAMP.items() if k != "passed"}]),
    "one that failed": (piped(), [STAMP | {"passed": False}]),
    "of another schema": (piped(), [STAMP | {"schema": schema_from_json(NEEDS).digest}]),
    "one part without": (piped(), [STAMP, None]),
    "no records": (piped(), []),
    "an unknown edge": (piped(verdict="unknown"), [STAMP]),
    "an untyped edge": (piped(verdict="untyped", schema=None), [STAMP]),
    "unknown in this profile": (piped(others={"production": "unknown"}), [STAMP]),
    "nothing to be checked": (piped(layers={"taken": {"production": {"check": "none"}}}), [STAMP]),
}


@pytest.mark.parametrize("what", NOT_TRUSTED)
def test_what_vouches_for_nothing(what):
    given, stamps = NOT_TRUSTED[what]
    assert asked(given, "production", *stamps) is None


def test_the_verdict_is_that_of_the_runs_profile():
    given = piped(verdict="unknown", others={"development": "proven"})
    assert asked(given, "development", STAMP) is not None
    assert asked(given, "production", STAMP) is None
    assert asked(given, "nightly", STAMP) is None


def test_a_variants_stamp_is_asked_where_the_proof_was_about_it():
    loose = {**ORDERS, "columns": {**ORDERS["columns"], "id": {"type": "int64", "min": 0}}}
    both = {**ORDERS, "variants": {"development": loose}}
    given = piped()
    given.schemas["orders"] = both
    try:
        assert asked(given, "production", STAMP) is not None
        assert asked(given, "development", STAMP) is None
        own = STAMP | SAMPLE | {"schema": schema_from_json(loose).digest, "depth": "sample"}
        assert asked(given, "development", own) is not None
    finally:
        given.schemas["orders"] = ORDERS


def test_a_cast_is_left_to_do_only_where_types_differ():
    safe = {"taken": {"production": {"cast": "safe"}}}
    assert asked(piped(layers=safe), "production", STAMP, STAMP) == {"cast": "none", "rows": 6}
    assert asked(piped(schema="wider", layers=safe), "production", STAMP)["cast"] == "safe"


@pytest.mark.parametrize(("collect", "rows"), [(None, 6), ("frame", 6), ("list", None)])
def test_the_rows_of_what_arrives_as_one_are_known(collect, rows):
    given = piped()
    one = replace(given.task("read").inputs[0], collect=collect)
    records = ({"stats": {"rows": 3}, "stamp": STAMP},) * 2
    context = SimpleNamespace(plan=given, profile="production")
    found = trust(context, given.task("read"), Located(one, "dataframe", records=records))
    assert found["rows"] == rows


@pytest.mark.parametrize("rows", ["3", None, 3.5, [3], True])
def test_rows_that_are_no_number_are_unknown(rows):
    given = piped()
    records = ({"stats": {"rows": rows}, "stamp": STAMP}, {"stats": None, "stamp": STAMP})
    context = SimpleNamespace(plan=given, profile="production")
    for some in (records, records[:1]):
        one = Located(given.task("read").inputs[0], "dataframe", records=some)
        assert trust(context, given.task("read"), one)["rows"] is None


def boundary(folder, schema, given):
    """A consumer's side of the boundary, its input in a folder."""
    (folder / "data.parquet").write_bytes(b"no Parquet at all")
    one = {"name": "orders", "type": "dataframe", "schema": schema, "collect": None, "path": None,
           "policies": {}, "parts": None, "folder": str(folder), "trust": given}  # fmt: skip
    request = {"inputs": {"orders": one}, "outputs": {}, "schemas": SCHEMAS, "policies": {},
               "profile": "production", "shown": "demo/read", "show_values": False}  # fmt: skip
    return Boundary(request, [], {})


def test_of_a_trusted_input_no_file_is_opened(tmp_path):
    """What can't be read isn't read; a path to a file with more columns than are taken is another
    matter."""
    trusted = boundary(tmp_path, "allows", {"cast": "none", "rows": 3})
    assert trusted.input_paths() == {"orders": str(tmp_path / "data.parquet")}
    (check,) = trusted.reports
    assert (check["trusted"], check["depth"], check["rows"]) == ("proven", "none", 3)
    assert check["rows_checked"] == 0
    assert (check["ok"], check["schema"], check["profile"]) == (True, "allows", "production")


@pytest.mark.parametrize(
    ("schema", "given"),
    [
        ("needs", None),
        ("fills", {"cast": "none", "rows": 3}),
        ("needs", {"cast": "safe", "rows": 3}),
    ],
    ids=["not trusted", "nulls to fill", "types to cast"],
)
def test_what_has_to_be_judged_or_shaped_is_opened(tmp_path, schema, given):
    with pytest.raises((TaskFailed, ValueError)):
        boundary(tmp_path, schema, given).input_paths()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    here = Project(tmp_path_factory.mktemp("trust") / "project", CODE)
    worker = Worker(here.root)
    yield here, worker
    worker.stop()


def ran(shared, given, profile="production", **words):
    """The consumer's report of its input, the value it came to, and its record."""
    here, worker = shared
    context = here.begin(given, profile=profile, anew=["make", "read"], **words)
    for name in ("make", "read"):
        record = execute_part(context, name, worker=worker).record
    (check,) = (one for one in record["report"]["checks"] if one["side"] == "input")
    return check, json.loads(here.value(context, "read")), record


def test_a_proven_input_of_a_run_is_not_checked_again(shared):
    here, _ = shared
    check, _, _ = ran(shared, piped())
    assert (check["trusted"], check["rows_checked"], check["rows"]) == ("proven", 0, 2)
    text = junit(here.reports[-1])
    assert "proven, and what arrives is stamped: not checked again" in text
    check, _, _ = ran(shared, piped(verdict="unknown"))
    assert (check["trusted"], check["rows_checked"]) == (None, 2)


def test_trust_changes_neither_what_arrives_nor_its_key(shared):
    """Nulls are filled, columns taken away, whoever vouches for the rest."""
    found = [ran(shared, piped("by_frame", "fills", verdict)) for verdict in ("proven", "unknown")]
    assert [check["trusted"] for check, _, _ in found] == ["proven", None]
    values = [value for _, value, _ in found]
    assert values == [{"columns": ["price"], "price": [1.0, 0.0]}] * 2
    assert len({record["key"] for _, _, record in found}) == 1
    assert len({record["result"] for _, _, record in found}) == 1


def test_what_only_warned_is_checked_again(shared):
    bad = {"prices": [-1.0, 2.0]}
    check, _, _ = ran(shared, piped(**bad), "development")
    assert (check["trusted"], check["rows_checked"]) == (None, 2)
    check, _, _ = ran(shared, piped(), "development")
    assert check["trusted"] == "proven"


@pytest.mark.slow
def test_a_stamp_of_development_is_too_weak_for_production(shared):
    """A task of its own on what a development run published."""
    here, worker = shared
    few = {"development": {"sample": {"head": 1, "random": 0}}}
    rows = {"prices": [1.0, None, 7.0]}  # made by no other test
    weak = here.begin(piped(layers={"made": few}, **rows), profile="development")
    assert run_plan(weak).error is None
    found = []
    for profile in ("development", "production"):
        given = piped(layers={"taken": few}, **rows)
        context = here.begin(given, profile=profile, borrow=True, anew=["read"])
        record = execute_part(context, "read", worker=worker).record
        (check,) = (one for one in record["report"]["checks"] if one["side"] == "input")
        found.append(check["trusted"])
    assert found == ["proven", None]


def test_a_consumer_that_samples_more_looks_again(shared):
    few = {"development": {"sample": {"head": 1, "random": 0}}}
    check, _, _ = ran(shared, piped(layers={"made": few}), "development")
    assert (check["trusted"], check["rows_checked"]) == (None, 2)
    check, _, _ = ran(shared, piped(layers={"made": few, "taken": few}), "development")
    assert check["trusted"] == "proven"


def test_rows_set_aside_leave_what_vouches(shared):
    aside = {"made": {"production": {"on_fail": "quarantine", "max_failure_rate": 0.5}}}
    check, value, _ = ran(shared, piped("by_frame", layers=aside, prices=[-1.0, 2.0, 3.0]))
    assert check["trusted"] == "proven"
    assert value["price"] == [2.0, 3.0]


def test_quarantine_at_an_input_is_an_error(shared):
    here, worker = shared
    layers = {
        "made": {"production": {"check": "none"}},
        "taken": {"production": {"on_fail": "quarantine", "max_failure_rate": 1.0}},
    }
    given = piped(schema="orders", layers=layers, prices=[-1.0, 2.0])
    context = here.begin(given)
    execute_part(context, "make", worker=worker)
    with pytest.raises(DataInvalid, match="input 'orders': 'price' is below") as caught:
        execute_part(context, "read", worker=worker)
    assert "set aside" not in str(caught.value)


def test_an_artifact_of_elsewhere_is_trusted_by_the_schema_in_its_record(shared):
    """Its schema stands in the plan under its address; the stamp is the record's."""
    here, worker = shared
    address = "other:shop/orders@main"
    first = here.begin(piped())
    made = execute_part(first, "make", worker=worker).record["outputs"]["orders"]
    takes = of_artifact("orders", address, "dataframe")
    takes = replace(takes, schema="needs")
    reads = task("read", "work:by_path", inputs=(takes,), outputs=(output("read"),))
    edge = Edge("read", "orders", "", address, "proven", address, "needs")
    for recorded, trusted in ((ORDERS, "proven"), ({**ORDERS, "key": []}, None)):
        given = plan(reads, schemas={**SCHEMAS, address: recorded}, edges=(edge,))
        context = here.begin(given, resolve=lambda _: {**made, "ref": None}, anew=["read"])
        record = execute_part(context, "read", worker=worker).record
        (check,) = record["report"]["checks"]
        assert check["trusted"] == trusted


def told(given, profile, *stamps):
    context = SimpleNamespace(plan=given, profile=profile)
    records = tuple({"stamp": one} if one else {} for one in stamps)
    one = Located(given.task("read").inputs[0], "dataframe", records=records)
    return told_at(context, given.task("read"), one)


def test_findings_were_told_where_a_proven_input_was_judged_as_deep():
    warned = STAMP | {"passed": False}
    assert told(piped(), "production", warned) == "make.orders"
    assert told(piped(), "production", warned, STAMP) == "make.orders"
    assert told(piped(verdict="unknown"), "production", warned) is None, "it may be another fault"
    assert told(piped(), "production", warned, None) is None, "a part that nobody judged"
    assert told(piped(), "production", warned | {"depth": "types"}) is None
    other = schema_from_json(NEEDS).digest
    assert told(piped(), "production", warned | {"schema": other}) is None
