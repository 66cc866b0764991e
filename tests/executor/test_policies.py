"""The same frames under each policy: what stops, what warns, what is set aside, what is stamped."""

from __future__ import annotations

import io

import pyarrow.parquet as pq
import pytest

from tests.executor.plans import Project, output, plan, task
from wombat.errors import DataInvalid
from wombat.executor.effects import key_of
from wombat.executor.local import run_plan
from wombat.executor.process import Worker
from wombat.executor.publish import publish_run
from wombat.executor.reuse.hits import entries
from wombat.executor.reuse.lookup import find_served
from wombat.executor.task import execute_part
from wombat.plan.keys import boundary_key
from wombat.store import Artifact

CODE = """
import pyarrow as pa

def orders(frame: str, note: str = "") -> pa.Table:
    ids = list(range(10_000))
    prices = [1.0] * 10_000
    if frame == "late":
        prices[9_000:9_020] = [-1.0] * 20
    if frame == "many":
        prices[5:505] = [-1.0] * 500
    if frame == "twice":
        ids[7:9] = [5, 6]
    table = pa.table({"id": pa.array(ids, pa.int64()), "price": pa.array(prices, pa.float64())})
    if frame == "narrow":
        return table.set_column(0, "id", table["id"].cast("int32"))
    if frame == "text":
        return table.set_column(0, "id", table["id"].cast("string"))
    if frame == "missing":
        return table.drop_columns("id")
    return table

def part(region: str) -> pa.Table:
    return orders("late" if region == "us" else "fine")
"""
SCHEMA = {
    "schema": "orders",
    "columns": {"id": {"type": "int64"}, "price": {"type": "float64", "min": 0.0}},
    "key": ["id"],
    "order": ["id", "price"],
}
TYPES = {"check": "types"}
NONE = {"check": "none"}
WIDE = {"sample": {"head": 5, "random": 9_995}}
NARROW = {"check": "sample", "sample": {"head": 10, "random": 0}}
ASIDE = {"on_fail": "quarantine"}
STOPS, HOLDS = "stops", "holds"


def made(frame, layer=None, profile="production", *, note="", **words):
    """A plan whose one task returns that frame, with a layer of policy at its output. `note` makes
    it another task's work."""
    own = {profile: layer} if layer else {}
    outputs = (output("orders", "dataframe", schema="orders", policies=own),)
    one = task("orders", "work:orders", arguments={"frame": frame, "note": note}, outputs=outputs)
    return plan(one, **{"schemas": {"orders": SCHEMA}, "places": {"orders": "s/o.yml:1"}, **words})


# profile, the output's own layer, frame: the fate, then depth, passed, findings, rows set aside
TABLE = [
    ("production", {}, "fine", HOLDS, "full", True, [], 0),
    ("production", {}, "late", STOPS, "full", False, ["price.min"], 0),
    ("production", {}, "twice", STOPS, "full", False, ["id.key"], 0),
    ("production", {}, "narrow", STOPS, "full", False, ["id.type"], 0),
    ("production", {}, "missing", STOPS, "full", False, ["id.missing"], 0),
    ("production", {"cast": "safe"}, "narrow", HOLDS, "full", True, [], 0),
    ("production", {"cast": "safe"}, "text", STOPS, "full", False, ["id.type"], 0),
    ("production", TYPES, "late", HOLDS, "types", True, [], 0),
    ("production", TYPES, "narrow", STOPS, "types", False, ["id.type"], 0),
    ("production", NONE, "narrow", HOLDS, "none", True, [], 0),
    ("production", NARROW, "late", HOLDS, "sample", True, [], 0),
    ("production", ASIDE, "fine", HOLDS, "full", True, [], 0),
    ("production", ASIDE, "late", HOLDS, "full", True, ["price.min"], 20),
    ("production", ASIDE, "twice", HOLDS, "full", True, ["id.key"], 4),
    ("production", ASIDE, "many", STOPS, "full", False, ["price.min"], 0),
    ("production", {**ASIDE, "max_failure_rate": 0.1}, "many", HOLDS, "full", True,
     ["price.min"], 500),
    ("production", {**ASIDE, "max_failure_rows": 19}, "late", STOPS, "full", False,
     ["price.min"], 0),
    ("production", {**ASIDE, **NARROW}, "late", HOLDS, "full", True, ["price.min"], 20),
    ("production", ASIDE, "narrow", STOPS, "full", False, ["id.type"], 0),
    ("development", {}, "fine", HOLDS, "sample", True, [], 0),
    ("development", {}, "many", HOLDS, "sample", False, ["price.min"], 0),
    ("development", {}, "narrow", HOLDS, "sample", True, ["id.cast"], 0),
    ("development", {}, "text", HOLDS, "sample", False, ["id.type"], 0),
    ("development", {}, "missing", HOLDS, "sample", False, ["id.missing"], 0),
    ("development", WIDE, "late", HOLDS, "full", False, ["price.min"], 0),
    ("development", {"on_fail": "error"}, "many", STOPS, "sample", False, ["price.min"], 0),
    ("nightly", {}, "late", STOPS, "full", False, ["price.min"], 0),
]  # fmt: skip


def said(case):
    profile, layer, frame, fate, *_ = case
    words = "+".join(f"{k}={v}" for k, v in layer.items()) or "built in"
    return f"{profile}, {words}, {frame}: {fate}".replace(" ", "_")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One project and one warm worker for every case: importing libraries takes longest."""
    here = Project(tmp_path_factory.mktemp("policies") / "project", CODE)
    worker = Worker(here.root)
    yield here, worker
    worker.stop()


@pytest.mark.parametrize("case", TABLE, ids=map(said, TABLE))
def test_what_becomes_of_a_frame(shared, case):
    profile, layer, frame, fate, depth, passed, findings, rejected = case
    here, worker = shared
    given = made(frame, layer, profile, note=said(case))
    context = here.begin(given, profile=profile)
    try:
        record = execute_part(context, "orders", worker=worker).record
    except DataInvalid:
        (attempt,) = context.store.attempts("demo", context.run)
        record = attempt.record
    assert record["state"] == {STOPS: "failed", HOLDS: "done"}[fate]
    (check,) = record["report"]["checks"]
    assert [f"{one['column']}.{one['check']}" for one in check["findings"]] == findings
    assert (check["depth"], check["passed"], check["rejected"]) == (depth, passed, rejected)
    if fate == STOPS:
        assert record["outputs"] == {}
        return
    assert {one["severity"] for one in check["findings"]} <= {"warn"}
    stamp = record["outputs"]["orders"]["stamp"]
    assert (stamp["profile"], stamp["depth"], stamp["passed"]) == (profile, depth, passed)
    assert stamp["schema"] == check["schema_digest"]
    assert record["outputs"]["orders"]["stats"]["rows"] == 10_000 - rejected
    assert len(record["warnings"]) == len(findings) + bool(rejected)
    aside = record["outputs"].get("orders_rejected")
    assert (aside["stats"]["rows"] if aside else 0) == rejected


@pytest.mark.slow
def test_too_many_failing_rows_say_how_many_are_allowed(project):
    layer = {**ASIDE, "max_failure_rate": 0.001, "max_failure_rows": 1000}
    here = project(CODE)
    context = here.begin(made("late", layer))
    with pytest.raises(DataInvalid) as caught:
        execute_part(context, "orders")
    assert str(caught.value) == (
        "demo/orders, production: output 'orders': 20 of 10,000 rows (0.2 %) would be set aside; "
        "0.1 % and at most 1,000 rows allowed\n"
        "  output 'orders': 'price' is below 0: 20 of 10,000 rows (0.2 %) fail: "
        "rows 9,000, 9,001, 9,002, …"
    )
    assert caught.value.hint == (
        "change the data, or change what orders (s/o.yml:1) asks of it; "
        "wombat run demo/orders -p production --show-values shows rows that fail; "
        f"the same inputs here: wombat reproduce {context.run} demo/orders"
    )


@pytest.mark.slow
def test_rows_set_aside_are_an_output_of_their_version(project):
    here = project(CODE)
    context = here.begin(made("late", ASIDE))
    published = run_plan(context).published
    assert published.outcome == "published"
    outputs = context.store.head("demo", "main").outputs
    assert set(outputs) == {"orders.orders", "orders.orders_rejected"}
    aside = outputs["orders.orders_rejected"]
    assert (aside["type"], aside["schema"], aside["rejects"]) == ("dataframe", None, "orders")
    table = frame_of(context.store, aside)
    assert table.column_names == ["id", "price", "rejected_because"]
    assert table["id"].to_pylist() == list(range(9_000, 9_020))
    assert table["rejected_because"].to_pylist() == [["price.min"]] * 20
    kept = frame_of(context.store, outputs["orders.orders"])
    assert set(kept["id"].to_pylist()) == {*range(10_000)} - {*range(9_000, 9_020)}
    (line,) = (one for one in context_warnings(context) if "set aside" in one)
    assert line == "orders: 20 of 10,000 rows (0.2 %) set aside in orders_rejected"

    run_plan(here.begin(made("fine", ASIDE)))
    assert set(context.store.head("demo", "main").outputs) == {"orders.orders"}


@pytest.mark.slow
def test_of_parts_only_those_with_rows_set_aside_have_such_an_output(project):
    own = {"production": ASIDE}
    outputs = (output("orders", "dataframe", schema="orders", policies=own),)
    parts = task("orders", "work:part", foreach={"region": ["us", "eu"]}, outputs=outputs)
    here = project(CODE)
    context = here.begin(plan(parts, schemas={"orders": SCHEMA}))
    assert run_plan(context).error is None
    found = context.store.head("demo", "main").outputs
    assert set(found["orders.orders"]["parts"]) == {"us", "eu"}
    aside = found["orders.orders_rejected"]
    assert (aside["type"], aside["schema"]) == ("dataframe", None)
    assert set(aside["parts"]) == {"us"}
    assert aside["parts"]["us"]["values"] == {"region": "us"}


@pytest.mark.slow
def test_what_a_task_leaves_where_rejects_are_kept_is_none_of_them(project):
    script = """
      mkdir -p "$(dirname "$WOMBAT_OUTPUT_ORDERS")/../../rejected/orders"
      echo mine > "$(dirname "$WOMBAT_OUTPUT_ORDERS")/../../rejected/orders/other.txt"
      echo mine > "$(dirname "$WOMBAT_OUTPUT_ORDERS")/../../rejected/orders/data.parquet"
      echo "id,price" > "$WOMBAT_OUTPUT_ORDERS"
      i=0
      while [ $i -lt 200 ]
      do echo "$i,$((i - 1)).5" >> "$WOMBAT_OUTPUT_ORDERS"; i=$((i + 1))
      done
    """
    outputs = (
        output(
            "orders", "dataframe", schema="orders", format="csv", policies={"production": ASIDE}
        ),
    )
    here = project()
    context = here.begin(
        plan(task("orders", script=script, outputs=outputs), schemas={"orders": SCHEMA})
    )
    outputs = execute_part(context, "orders").record["outputs"]
    assert frame_of(context.store, outputs["orders_rejected"])["price"].to_pylist() == [-1.5]
    files = [
        one.path for one in context.store.manifest(Artifact.from_json(outputs["orders_rejected"]))
    ]
    assert files == ["data.parquet"]


POLICY_DECIDED = [
    ({"cast": "safe"}, "narrow", True),
    ({"cast": "safe"}, "fine", False),
    (ASIDE, "late", True),
    (ASIDE, "fine", False),
    ({"on_fail": "warn"}, "narrow", True),
    ({"on_fail": "warn"}, "late", False),
    (NONE, "fine", True),
    (TYPES, "fine", False),
]


@pytest.mark.parametrize(("layer", "frame", "decided"), POLICY_DECIDED)
def test_a_result_that_a_policy_decided_is_found_by_nobody_elses(shared, layer, frame, decided):
    """What a run with a cast stored is no answer for one without."""
    here, worker = shared
    meant, plain = (made(frame, one, note=str(layer)) for one in (layer, {"check": "full"}))
    context = here.begin(meant)
    record = execute_part(context, "orders", worker=worker).record
    key = record["key"]
    assert key_of(here.begin(plain), plain.task("orders"), None, {}) == key
    other = boundary_key(key, meant, meant.task("orders"), "production")
    found = context.store.find_result(key), context.store.find_result(other)
    assert [one is not None for one in found] == [not decided, True]
    assert (record["result"], record.get("decided", False)) == (other, decided)
    publish_run(context.store, context.header)
    (segment,) = (one for one in context.store.segments("demo") if one["run"] == context.run)
    assert set(segment["results"]) == {other}
    assert {at for at, _ in entries(segment)} == {other} | (set() if decided else {key})
    elsewhere = find_served(here.begin(plain), plain.task("orders"), None, key)
    assert (elsewhere is None) == decided


@pytest.mark.slow
def test_a_variant_of_the_profile_is_what_is_judged_and_stamped(project):
    looser = {**SCHEMA, "columns": {**SCHEMA["columns"], "price": {"type": "float64"}}}
    both = {**SCHEMA, "variants": {"development": looser}}
    here = project(CODE)
    digests = {}
    for profile in ("production", "development"):
        context = here.begin(
            made(
                "late", WIDE if profile == "development" else {}, profile, schemas={"orders": both}
            ),
            profile=profile,
        )
        error = run_plan(context).error
        assert isinstance(error, DataInvalid) == (profile == "production")
        (check,) = context.store.attempts("demo", context.run)[0].record["report"]["checks"]
        digests[profile] = check["schema_digest"]
    assert digests["production"] != digests["development"]


@pytest.mark.slow
def test_an_unknown_profile_is_as_strict_as_production(project):
    context = project(CODE).begin(made("late"), profile="other")
    assert isinstance(run_plan(context).error, DataInvalid)


def frame_of(store, record):
    data = store.read_file(Artifact.from_json(record), "data.parquet")
    return pq.read_table(io.BytesIO(data))


def context_warnings(context):
    (attempt,) = context.store.attempts("demo", context.run)
    return attempt.record["warnings"]
