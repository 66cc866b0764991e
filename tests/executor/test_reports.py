"""Reports: a case for each check, unique names, no values, well-formed whatever is said."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from wombat.data.report import Finding, Report
from wombat.executor.outcome import Fault, TaskReport
from wombat.review.asked import case_name
from wombat.review.junit import junit
from wombat.review.report import report_json, write_reports


def finding(check="min", column="price", severity="error", **words):
    known = {
        "failing": 412,
        "checked": 336_776,
        "rows": [3, 17, 98],
        "message": f"'{column}' {check}",
    }
    return {"column": column, "check": check, "severity": severity, **known, **words}


def check(*findings, **words):
    known = {"artifact": "orders", "schema": "shop.orders", "schema_digest": "0" * 64}
    known |= {"profile": "production", "depth": "full", "rows": 336_776, "rows_checked": 336_776}
    return {**known, "side": "output", "findings": list(findings), "ok": not findings, **words}


def report(*checks, **words):
    known = {
        "pipeline": "shop",
        "task": "clean",
        "part": None,
        "run": "r1",
        "profile": "production",
    }
    known |= {"state": "failed", "seconds": 1.5, "checks": checks}
    return TaskReport(**(known | words))


def cases(text):
    return list(ET.fromstring(text).iter("testcase"))


def test_a_failure_shows_counts_rate_and_rows_as_content():
    text = junit(report(check(finding())))
    (case,) = (one for one in cases(text) if one.find("failure") is not None)
    assert (case.get("classname"), case.get("name")) == ("orders ← clean", "price.min")
    content = case.find("failure").text
    assert "412 of 336,776 rows (0.12 %) fail" in content
    assert "rows 3, 17, 98, …" in content


def test_a_warning_is_skipped_with_its_reason():
    suite = ET.fromstring(junit(report(check(finding(severity="warn")), state="done")))[0]
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")
    assert "412 of" in suite.find("testcase/skipped").text


def test_what_is_not_the_datas_fault_is_an_error_of_the_task():
    fault = Fault("task-timeout", "shop/clean ran longer than 2s", 12)
    suite = ET.fromstring(junit(report(fault=fault)))[0]
    assert (suite.get("errors"), suite.get("tests")) == ("1", "1")
    assert "longer than 2s" in suite.find("testcase/error").text
    data = ET.fromstring(junit(report(check(finding()), fault=Fault("data-invalid", "x", 11))))[0]
    assert (data.get("errors"), data.get("failures")) == ("0", "1")


def test_cases_are_called_the_same_in_every_profile_and_depth():
    """GitLab compares tests by name: else each of a merge request's would be new."""
    said = []
    for profile, depth in (("production", "full"), ("development", "sample")):
        text = junit(report(check(finding(), depth=depth), profile=profile))
        said.append([(one.get("classname"), one.get("name")) for one in cases(text)])
        suite = ET.fromstring(text)[0]
        assert suite.find("properties/property").attrib == {"name": "profile", "value": profile}
        output = "\n".join(one.text for one in suite.iter("system-out"))
        assert profile in output
        assert depth in output
    assert said[0] == said[1] == [
        ("shop/clean", "runs"), ("orders ← clean", "shop.orders"), ("orders ← clean", "price.min"),
    ]  # fmt: skip


findings = st.builds(
    finding,
    check=st.sampled_from(["min", "max", "null", "key"]),
    column=st.none() | st.text(max_size=8),
    severity=st.sampled_from(["error", "warn"]),
    message=st.text(max_size=40),
)


@given(st.lists(st.lists(findings, max_size=4), max_size=3), st.text(max_size=12))
def test_names_are_unique_and_the_file_well_formed(groups, artifact):
    text = junit(report(*(check(*group, artifact=artifact) for group in groups)))
    found = [(one.get("classname"), one.get("name")) for one in cases(text)]
    assert (
        len(set(found))
        == len(found)
        == 1 + sum(1 + len({case_name(one) for one in group}) for group in groups)
    )


def test_the_newest_report_of_a_part_stays(tmp_path):
    write_reports(report(part="us"), tmp_path)
    xml, tree = write_reports(report(part="us", seconds=9.0), tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [tree.name, xml.name]
    assert xml.name == "shop.clean=us.xml"
    assert json.loads(tree.read_text())["seconds"] == 9.0
    assert report_json(report(check(finding(severity="warn"))))["warnings"] == 1


SCHEMA = {
    "schema": "shop.orders",
    "columns": {
        "id": {"type": "int64"},
        "price": {"type": "float64", "min": 0.0, "lt": 9.0, "nullable": True},
        "kind": {"type": {"type": "enum", "of": ["a"]}, "required": False, "unique": True},
        "code": {"type": "string", "in": ["x"], "length": [1, 2], "checks": [{"python": "m:f"}]},
    },
    "key": ["id"],
    "unique": [["id"], ["price", "code"]],
    "rules": [{"name": "later", "compare": ["id", "ge", "price"]}],
    "rows": [1, None],
    "order": ["id", "price", "kind", "code"],
}
PLAN = {"schemas": {"shop.orders": SCHEMA}, "places": {"shop.orders": "schemas/shop.yml:12"}}
STRUCTURE = [
    "id.missing", "id.type", "price.missing", "price.type", "kind.type", "code.missing",
    "code.type", "extra", "rows",
]  # fmt: skip
VALUES = [
    "id.null", "price.min", "price.lt", "kind.null", "kind.enum", "code.null", "code.in",
    "code.length", "code.python:m:f", "id.key", "unique(price, code)", "kind.unique", "rule:later",
]  # fmt: skip


def names(*findings, plan=PLAN, **words):
    """The cases of an artifact, behind the task's and its own."""
    return [one.get("name") for one in cases(junit(report(check(*findings, **words)), plan))][2:]


def test_each_check_of_a_schema_is_a_case_and_those_that_hold_pass():
    text = junit(report(check(finding("lt")), state="failed"), PLAN, prefix="sub/")
    found = {one.get("name"): one for one in cases(text)}
    assert list(found)[2:] == STRUCTURE + VALUES
    failing = [name for name, one in found.items() if len(one)]
    assert failing == ["runs", "shop.orders", "price.lt"]
    assert {one.get("file") for name, one in found.items() if name != "runs"} == {
        "sub/schemas/shop.yml"
    }
    assert found["runs"].get("file") is None


def test_cases_are_those_that_were_looked_at():
    assert names(depth="types") == STRUCTURE
    assert names(depth="none") == []
    assert names(depth="sample") == STRUCTURE + VALUES
    broken = names(finding("type", column="price", failing=0, checked=0, rows=[]))
    assert [one for one in STRUCTURE + VALUES if one not in broken] == [
        "price.min", "price.lt", "unique(price, code)",
    ]  # fmt: skip
    assert "extra" not in names(side="input")


def test_of_a_proven_input_there_is_one_case():
    text = junit(report(check(side="input", depth="none", trusted="proven", rows_checked=0)), PLAN)
    *_, whole = cases(text)
    assert whole.get("name") == "shop.orders"
    assert whole.find("system-out").text.startswith("proven, and what arrives is stamped")


def test_findings_that_no_schema_foresees_come_behind():
    told = names(
        finding("min", column="x_1"),
        finding("unique", column=None, message="unique (price, code) isn't unique"),
        finding("extra", column="more", failing=0, checked=0, rows=[]),
    )
    assert told == [*STRUCTURE, *VALUES, "x_1.min"]


def test_the_schema_of_the_profile_is_the_one_that_is_shown():
    other = {**SCHEMA, "columns": {"id": {"type": "int64"}}, "order": ["id"], "unique": []}
    plan = {"schemas": {"shop.orders": {**SCHEMA, "variants": {"development": other}}}}
    assert names(plan=plan) == STRUCTURE + VALUES
    assert names(plan=plan, profile="development") == [
        "id.missing", "id.type", "extra", "rows", "id.null", "id.key", "rule:later",
    ]  # fmt: skip


def test_drift_is_a_case_where_it_holds_and_where_nothing_could_be_measured():
    drift = [
        {"column": "price", "psi": 0.2, "value": 0.1, "holds": True},
        {"column": "price", "mean": 1, "value": 3.0, "holds": False},
        {"rows": [0.5, 2], "why": "there is no earlier version"},
    ]
    moved = finding("drift:mean", failing=0, checked=0, rows=[], message="'price' mean moved by 3")
    one = report(check(moved), outputs=(("orders", {"drift": drift}),))
    found = {case.get("name"): case for case in cases(junit(one))}
    states = {name: [part.tag for part in case] for name, case in found.items() if "drift" in name}
    assert states == {
        "price.drift:mean": ["failure"], "price.drift:psi": [], "drift:rows": ["skipped"],
    }  # fmt: skip
    assert found["drift:rows"].find("skipped").text == "there is no earlier version"


def test_rows_set_aside_and_columns_cast_are_said():
    text = junit(report(check(finding(severity="warn"), rejected=12, cast=["id", "price"])))
    said = cases(text)[1].find("system-out").text
    assert "cast id, price" in said
    assert "12 of 336,776 rows (0.0036 %) set aside in orders_rejected" in said


def test_a_report_of_an_older_version_is_shown_as_before():
    old = check(finding())
    assert not {"rejected", "trusted", "cast", "passed"} & set(old)
    assert names(finding()) == [*STRUCTURE, *VALUES]
    assert names(finding(), plan=None) == ["price.min"]
    assert report_json(report(old))["metrics"][-1]["value"] == 412


def test_another_type_is_no_frame_of_a_schema_that_is_called_alike():
    """A report on metrics is called `metrics`; so may a schema be."""
    plan = {"schemas": {"metrics": SCHEMA}, "places": {"metrics": "schemas/m.yml:1"}}
    ranged = finding("min", column="auc", failing=0, checked=0, rows=[])
    text = junit(report(check(ranged, schema="metrics", type="metrics")), plan)
    assert [(one.get("name"), one.get("file")) for one in cases(text)][1:] == [
        ("metrics", None), ("auc.min", None),
    ]  # fmt: skip


WIDE = {
    "schema": "wide",
    "columns": {"id": {"type": "int64"}},
    "patterns": [{"match": r"x_\d+", "type": "float64", "min": 0.0, "nullable": True}],
}


def wide_case(findings):
    found = Report("wide", "wide", "d" * 64, "production", "full", 100, 100, tuple(findings))
    told = TaskReport("demo", "make", None, "r1", "production", "done", 1.0,
                      ({"side": "output", "type": "dataframe", **found.to_json()},))  # fmt: skip
    xml = junit(told, {"schemas": {"wide": WIDE}, "places": {}})
    return {one.get("name"): one for one in ET.fromstring(xml).iter("testcase")}


def test_what_a_pattern_asks_are_cases_whether_they_hold_or_not():
    names = {
        "runs",
        "wide",
        "id.missing",
        "id.type",
        r"x_\d+.type",
        "extra",
        "id.null",
        r"x_\d+.min",
    }
    cases = wide_case([])
    assert set(cases) == names
    assert not any(one.find("failure") is not None for one in cases.values())

    low = [Finding(f"x_{n}", "min", f"'x_{n}' is below 0", failing=n, checked=100, rows=(7,))
           for n in (1, 2)]  # fmt: skip
    cases = wide_case([*low, Finding("x_3", "type", "column 'x_3' is string; expected float64")])
    assert set(cases) == names, "the same cases, whatever the columns are called"
    text = cases[r"x_\d+.min"].find("failure").text
    assert "'x_1' is below 0 (schema wide)\n1 of 100 rows (1 %) fails\nrow 7" in text
    assert "'x_2' is below 0" in text
    assert "'x_3' is string" in cases[r"x_\d+.type"].find("failure").text


def test_columns_that_are_too_many_are_one_case():
    found = [Finding(name, "extra", f"column '{name}' isn't in wide") for name in ("a", "b")]
    cases = wide_case(found)
    assert set(cases) == set(wide_case([]))
    text = cases["extra"].find("failure").text
    assert "column 'a' isn't in wide" in text
    assert "column 'b' isn't in wide" in text


def test_a_cast_is_told_of_the_type_and_leaves_its_values_checked():
    note = Finding("id", "cast", "column 'id' is int32, cast to int64", "warn", cure="mended")
    cases = wide_case([note])
    assert set(cases) == set(wide_case([]))
    assert "cast to int64 (schema wide)\nwrite mended" in cases["id.type"].find("skipped").text
