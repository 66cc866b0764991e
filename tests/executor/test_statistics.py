"""Statistics in records, and drift at a task's boundary: from run to run of a branch."""

from __future__ import annotations

import json

import pytest

from tests.executor.plans import Project, output, plan, surroundings, task
from wombat.data.stats.model import stats_from_json
from wombat.errors import DataInvalid
from wombat.executor.context import context_of
from wombat.executor.header import ensure_header, make_header
from wombat.executor.local import run_plan
from wombat.executor.task import execute_part
from wombat.review.report import write_reports
from wombat.store import open_store

pytestmark = pytest.mark.slow

CODE = """
def frame(values: list, names: list):
    import pyarrow as pa
    return pa.table({"price": pa.array(values, pa.float64()), "name": names})
def part(region: str, values: list):
    import pyarrow as pa
    shift = 50.0 if region == "eu" else 0.0
    return pa.table({"price": [value + shift for value in values]})
def note() -> str:
    return "a text"
"""
LOW = [float(n % 40) for n in range(400)]
HIGH = [float(n % 40 + 30) for n in range(400)]


def schema(*drift, pii=False):
    nullable = {"type": "float64", "nullable": True}
    return {
        "schema": "shop.prices",
        "columns": {"price": nullable, "name": {"type": "string", "pii": pii}},
        "order": ["price", "name"],
        "drift": list(drift),
    }


PSI = {"column": "price", "psi": 0.2}


def making(values, *drift, pii=False, **words):
    names = [f"canary {n % 3}" for n in range(len(values))]
    made = (output("prices", "dataframe", schema="shop.prices", **words),)
    one = task("prices", "work:frame", arguments={"values": values, "names": names}, outputs=made)
    return plan(one, schemas={"shop.prices": schema(*drift, pii=pii)})


def published(here, given, **words):
    context = here.begin(given, **words)
    done = run_plan(context, jobs=1)
    assert done.error is None, done.error
    return context


def made(context, part=None, name="prices"):
    return context.store.attempts("demo", context.run, name, part)[-1].record["outputs"][name]


@pytest.fixture
def here(tmp_path) -> Project:
    return Project(tmp_path / "project", CODE)


def test_a_record_holds_the_statistics_and_its_content_does_not(here):
    first = made(published(here, making(LOW)))
    stats = stats_from_json(first["stats"])
    assert (stats.rows, stats.columns["price"].hist.total) == (400, 400)
    assert dict(stats.columns["name"].top) == {"canary 0": 134, "canary 1": 133, "canary 2": 133}
    assert first["stats"]["bytes"] > 0
    personal = made(published(here, making(LOW, pii=True), branch="other"))
    assert personal["C"] == first["C"]
    assert "canary" not in json.dumps(personal)


def test_bins_are_handed_on_from_version_to_version(here):
    first = made(published(here, making(LOW)))["stats"]["columns"]["price"]["hist"]
    moved = [value + 3 for value in LOW]
    second = made(published(here, making(moved)))["stats"]["columns"]["price"]["hist"]
    assert (second["start"], second["step"]) == (first["start"], first["step"])
    assert second["counts"][-1] > 0
    alone = made(published(here, making(moved), branch="b", default_branch="b", anew=["prices"]))
    assert alone["stats"]["columns"]["price"]["hist"]["counts"][-1] == 0


def test_a_branch_begins_with_what_the_default_one_holds(here):
    published(here, making(LOW, PSI))
    context = here.begin(making(HIGH, PSI), branch="topic")
    with pytest.raises(DataInvalid, match="'price' psi"):
        execute_part(context, "prices")


@pytest.mark.parametrize(
    ("profile", "policies", "rule", "outcome"),
    [
        ("production", {}, PSI, "fails"),
        ("production", {"production": {"check": "types"}}, PSI, "silent"),
        ("development", {}, PSI, "warns"),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                ("production", {}, PSI | {"severity": "warn"}, "warns"),
                ("production", {"production": {"on_fail": "warn"}}, PSI, "warns"),
                ("production", {"production": {"on_fail": "quarantine"}}, PSI, "fails"),
                ("production", {}, {"column": "price", "null_rate": 0.1}, "silent"),
                ("production", {}, {"column": "price", "mean": 1.0}, "fails"),
                ("production", {}, {"rows": [0.5, 2.0]}, "silent"),
            )
        ),
    ],
)
def test_drift_by_policy_and_severity(here, profile, policies, rule, outcome):
    published(here, making(LOW, rule))
    context = here.begin(making(HIGH, rule, policies=policies), profile=profile)
    if outcome == "fails":
        with pytest.raises(DataInvalid) as caught:
            execute_part(context, "prices")
        assert caught.value.exit_code == 11
        assert "against the previous version" in str(caught.value)
        assert "canary" not in str(caught.value)
        return
    record = execute_part(context, "prices").record
    assert len(record["warnings"]) == (outcome == "warns")
    measured = record["outputs"]["prices"].get("drift", [])
    assert len(measured) == (policies.get("production") != {"check": "types"})


def test_rows_that_fail_and_drift_are_told_together(here, tmp_path):
    published(here, making(LOW, PSI))
    bad = [*HIGH, None]
    given = making(bad, PSI)
    given.schemas["shop.prices"]["columns"]["price"] = {"type": "float64"}
    with pytest.raises(DataInvalid):
        execute_part(here.begin(given), "prices")
    xml, tree = write_reports(here.reports[-1], tmp_path / "reports")
    (check,) = json.loads(tree.read_text())["checks"]
    assert [one["check"] for one in check["findings"]] == ["null", "drift:psi"]
    assert "price.drift:psi" in xml.read_text()


def test_without_an_earlier_version_nothing_is_judged_and_the_record_says_so(here):
    found = made(published(here, making(HIGH, PSI)))
    assert found["drift"] == [{**PSI, "why": "there is no earlier version"}]
    again = made(published(here, making(LOW[:30] + HIGH[:370], PSI | {"psi": 99})))
    assert again["drift"][0]["holds"] is True
    assert again["drift"][0]["value"] > 0


def test_what_stood_when_the_run_began_is_what_it_is_compared_with(here):
    published(here, making(LOW, PSI))
    context = here.begin(making(HIGH, PSI))
    assert [one["branch"] for one in context.header["earlier"]["previous"]] == ["main"]
    published(here, making(HIGH))  # another run moves the branch meanwhile
    with pytest.raises(DataInvalid, match="'price' psi"):
        execute_part(context, "prices")


def test_without_rules_of_drift_a_header_names_no_versions(here):
    published(here, making(LOW))
    assert "earlier" not in here.begin(making(HIGH)).header


def in_zone(here, zone, given, **words):
    """A run in a zone of its own, which reads the trusted one."""
    readable = () if zone == "t" else ("t",)
    store = open_store(str(here.root / "store"), project="demo", zone=zone, readable=readable)
    header = make_header(given, surroundings=surroundings(**words), project="demo",
                         profile="production", root=here.root, resolve=None)  # fmt: skip
    return context_of(here.root, store, ensure_header(store, header))


@pytest.mark.parametrize("rules", [(PSI,), ()])
def test_an_untrusted_branch_is_compared_with_what_the_trusted_zone_holds(here, rules):
    first = in_zone(here, "t", making(LOW, *rules))
    assert run_plan(first, jobs=1).error is None
    values = HIGH if rules else [value + 3 for value in LOW]
    context = in_zone(here, "u", making(values, *rules), branch="topic")
    if rules:
        with pytest.raises(DataInvalid, match="'price' psi"):
            execute_part(context, "prices")
        return
    execute_part(context, "prices")
    one, other = (made(each)["stats"]["columns"]["price"]["hist"] for each in (first, context))
    assert (one["start"], one["step"]) == (other["start"], other["step"])
    assert other["counts"][-1] > 0


def test_another_ref_may_be_what_counts(here):
    rule = PSI | {"against": "release"}
    published(here, making(LOW, rule), branch="release")
    published(here, making(HIGH), branch="topic")
    context = here.begin(making(HIGH, rule), branch="topic")
    with pytest.raises(DataInvalid, match="against release"):
        execute_part(context, "prices")


def test_a_drift_leaves_the_stamp_as_it_is(here):
    rule = PSI | {"severity": "warn"}
    first = made(published(here, making(LOW, rule)))
    second = made(published(here, making(HIGH, rule)))
    assert second["drift"][0]["holds"] is False
    assert second["stamp"] == first["stamp"]


def parts(values, *drift):
    words = {"arguments": {"values": values}, "foreach": {"region": ["us", "eu"]}}
    made = (output("prices", "dataframe", schema="shop.prices"),)
    one = {"schema": "shop.prices", "columns": {"price": {"type": "float64"}}, "drift": list(drift)}
    return plan(task("prices", "work:part", outputs=made, **words), schemas={"shop.prices": one})


def test_each_part_is_compared_with_itself(here):
    published(here, parts(LOW, PSI))
    context = published(here, parts(LOW, PSI | {"psi": 0.3}))
    for label in ("us", "eu"):
        found = made(context, label)
        assert found["drift"][0]["value"] == 0
        assert found["stats"]["columns"]["price"]["hist"]["counts"][-1] == 0


def test_what_is_no_frame_has_bytes_alone(here):
    given = plan(task("note", "work:note", outputs=(output("note", "text"),)))
    assert set(made(published(here, given), name="note")["stats"]) == {"bytes"}
