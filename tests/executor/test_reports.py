"""Reports: a case for each check, unique names, no values, well-formed whatever is said."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from wombat.executor.outcome import Fault, TaskReport
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
    assert "412 of 336,776 rows fail (0.1223 %)" in content
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
    assert len(set(found)) == len(found) == 1 + sum(1 + len(group) for group in groups)


def test_the_newest_report_of_a_part_stays(tmp_path):
    write_reports(report(part="us"), tmp_path)
    xml, tree = write_reports(report(part="us", seconds=9.0), tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [tree.name, xml.name]
    assert xml.name == "shop.clean=us.xml"
    assert json.loads(tree.read_text())["seconds"] == 9.0
    assert report_json(report(check(finding(severity="warn"))))["warnings"] == 1
