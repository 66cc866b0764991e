"""Edges in check: by profile, to artifacts, and how they are told."""

from __future__ import annotations

import json

import pytest

from tests.plan.projects import PIPELINE, checked, codes, edge_of, write
from wombat.api.project import check
from wombat.cli.entry import run
from wombat.plan.ir import plan_from_json
from wombat.review.codequality import as_codequality

MADE = "schema: customers\ncolumns: {age: %s}\n"
TAKEN = "---\nschema: customers_in\ncolumns: {age: %s}\n"
INT, NULLS = "{type: int64}", "{type: int64, nullable: true}"


def both(made, taken, policies=""):
    return MADE % made + policies + TAKEN % taken


def test_a_proven_edge_says_nothing(tmp_path):
    found = checked(tmp_path, both(INT, INT))
    assert (codes(found), edge_of(found).verdict, edge_of(found).others) == ([], "proven", {})


def test_production_decides_and_is_told_at_both_ends(tmp_path):
    found = checked(tmp_path, both(NULLS, INT))
    (said,) = found.diagnostics
    assert (said.code, said.severity) == ("edge-refuted", "error")
    assert said.place.line == 8
    assert [place.path for place, _ in said.related] == [
        "pipelines/churn.yml", "schemas/all.yml", "schemas/all.yml",
    ]  # fmt: skip
    assert said.table == (("age",), ("null",))
    entries = as_codequality(found.diagnostics)
    assert [one["location"]["lines"]["begin"] for one in entries] == [8, 5]
    assert len({one["fingerprint"] for one in entries}) == 2


def test_a_patch_of_development_is_a_warning_there(tmp_path):
    patch = "policies: {development: {columns: {age: {nullable: true}}}}\n"
    found = checked(tmp_path, both(INT, INT, patch))
    edge = edge_of(found)
    assert (edge.verdict, edge.others) == ("proven", {"development": "refuted"})
    assert codes(found) == [("edge-refuted-profile", "warning")]
    assert found.diagnostics[0].message.endswith(", in development")
    assert (edge.in_profile("development"), edge.in_profile("staging")) == ("refuted", "proven")
    plan = found.plans["churn"]
    assert plan_from_json(plan.to_json()).edges == plan.edges


def test_a_consumer_that_asks_less_in_development_gets_it_there(tmp_path):
    patch = "policies: {development: {columns: {age: {nullable: true}}}}\n"
    found = checked(tmp_path, both(INT, INT, patch) + patch)
    assert (codes(found), edge_of(found).others) == ([], {})


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ("{on_fail: warn}", "on_fail: warn"),
        ("{check: none}", "check: none"),
        ("{check: types}", "check: types"),
        ("{check: sample}", "check: sample"),
        ("{on_fail: quarantine, max_failure_rate: 0.1}", None),
        ("{on_fail: error, check: full}", None),
    ],
)
def test_what_production_doesnt_enforce_isnt_proven(tmp_path, layer, words):
    found = checked(tmp_path, both(INT, INT, f"policies: {{production: {layer}}}\n"))
    edge = edge_of(found)
    if words is None:
        assert (edge.verdict, edge.others, codes(found)) == ("proven", {}, [])
        return
    assert (edge.verdict, edge.in_profile("production")) == ("unknown", "unknown")
    assert edge.reason.endswith(f"isn't enforced in production ({words})")
    assert codes(found) == [("edge-unknown", "note")]
    assert edge.in_profile("development") == "proven"


def test_a_consumers_own_leniency_changes_no_proof(tmp_path):
    found = checked(tmp_path, both(INT, INT) + "policies: {production: {on_fail: warn}}\n")
    assert (edge_of(found).verdict, codes(found)) == ("proven", [])


def test_what_is_refuted_stays_so_whatever_is_enforced(tmp_path):
    found = checked(tmp_path, both(NULLS, INT, "policies: {production: {on_fail: warn}}\n"))
    assert codes(found) == [("edge-refuted", "error")]


def test_refuted_in_production_is_told_once(tmp_path):
    found = checked(tmp_path, both(NULLS, INT, "policies: {staging: {check: types}}\n"))
    assert codes(found) == [("edge-refuted", "error")]


def test_a_patch_of_production_mends_production_alone(tmp_path):
    patch = "policies: {production: {columns: {age: {nullable: false}}}}\n"
    edge = edge_of(checked(tmp_path, both(NULLS, INT, patch)))
    assert (edge.verdict, edge.others) == ("proven", {"development": "refuted"})


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("", "refuted"),
        ("policies: {production: {cast: safe}}\n", "proven"),
    ],
)
def test_casts_are_the_consumers(tmp_path, layers, expected):
    """By `wombat.yml`, the schema or the input: what is cast is no other type."""
    made, taken = "{type: int32}", INT
    written = {
        "project": checked(tmp_path / "a", both(made, taken), project=layers),
        "schema": checked(tmp_path / "b", both(made, taken) + layers),
    }
    own = PIPELINE.replace(
        "schema: customers_in}",
        f"schema: customers_in, {layers.strip()}}}" if layers else "schema: customers_in}",
    )
    written["input"] = checked(tmp_path / "c", both(made, taken), own)
    kinds = {
        where: "refuted" if ("edge-refuted", "error") in codes(one) else edge_of(one).verdict
        for where, one in written.items()
    }
    assert kinds == dict.fromkeys(written, expected)


def test_an_unknown_edge_is_a_note_that_check_shows_when_asked(tmp_path, capsys):
    (tmp_path / "checks.py").write_text("def old(frame): ...\n")
    found = checked(tmp_path, MADE % INT + TAKEN % INT + RULE)
    assert codes(found) == [("edge-unknown", "note")]
    assert run(["check", "-C", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.err.endswith("check -v says which and why\n")
    assert said.out.endswith("no mistakes; 1 edge: 1 unknown\n")
    assert run(["check", "-v", "-C", str(tmp_path)]) == 0
    assert "note[edge-unknown]" in capsys.readouterr().err
    assert as_codequality(found.diagnostics)[0]["severity"] == "info"


RULE = "rules: [{name: old, python: 'checks:old'}]\n"


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("def old(frame): ...\n\ndef young(frame): ...\n", "unknown"),
        ("def old(frame): ...\n\nyoung = old\n", "unknown"),
    ],
)
def test_a_check_of_another_name_is_another_check(tmp_path, code, verdict):
    (tmp_path / "checks.py").write_text(code)
    made = MADE % INT + RULE.replace("checks:old", "checks:young")
    found = checked(tmp_path, made + TAKEN % INT + RULE)
    assert edge_of(found).verdict == verdict


def test_the_same_check_is_proven_and_its_code_is_in_the_schemas_digest(tmp_path):
    file = tmp_path / "checks.py"
    file.write_text("def old(frame):\n    return frame is not None\n")
    both_checked = MADE % INT + RULE + TAKEN % INT + RULE

    def plan():
        found = checked(tmp_path, both_checked)
        assert (codes(found), edge_of(found).verdict) == ([], "proven")
        return found.plans["churn"].schemas["customers"]["rules"][0]["digest"]

    first = plan()
    file.write_text("def old(frame):\n    # as before\n    return frame is not None\n")
    assert plan() == first
    file.write_text("def old(frame):\n    return True\n")
    assert plan() != first


def test_json_tells_every_verdict(tmp_path, capsys):
    checked(tmp_path, both(INT, INT))
    assert run(["check", "--json", "-C", str(tmp_path)]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["edges"] == {"proven": 1}
    (one,) = tree["verdicts"]
    assert (one["pipeline"], one["consumer"], one["verdict"]) == ("churn", "features", "proven")


def test_a_fingerprint_outlives_lines_and_bounds(tmp_path):
    first = as_codequality(checked(tmp_path, both(INT, "{type: int64, min: 18}")).diagnostics)
    later = both(INT, "{type: int64, min: 21}")
    moved = as_codequality(
        checked(tmp_path, later, PIPELINE.replace("tasks:", "\n\ntasks:")).diagnostics
    )
    assert [one["check_name"] for one in first] == ["edge-refuted", "edge-refuted"]
    assert [one["fingerprint"] for one in first] == [one["fingerprint"] for one in moved]
    assert [one["location"] for one in first] != [one["location"] for one in moved]


OTHER = """\
pipeline: score
tasks:
  score:
    shell: x
    inputs: {customers: {artifact: ADDRESS, schema: customers_in}}
"""


def between(root, schemas, address="churn/customers"):
    write(root, pipelines__score=OTHER.replace("ADDRESS", address))
    return checked(root, schemas, PIPELINE.replace(", schema: customers_in", ""))


def test_an_artifact_of_this_project_is_judged_by_the_checkout(tmp_path):
    found = between(tmp_path, both(INT, INT))
    edge = edge_of(found, "score")
    assert (edge.producer, edge.output, edge.verdict) == ("", "churn/customers", "proven")
    assert edge.reason.endswith("(as this checkout makes it)")
    assert set(found.plans["score"].schemas) == {"customers", "customers_in"}
    refuted = between(tmp_path, both(NULLS, INT))
    (said,) = [one for one in refuted.diagnostics if one.severity == "error"]
    assert said.place.path == "pipelines/score.yml"
    assert said.related[0][0].path == "pipelines/churn.yml"
    assert list(refuted.plans) == ["churn"]


@pytest.mark.parametrize("ref", ["tag:v1", "run:r-1", "asof:2026-01-01"])
def test_an_older_version_isnt_the_checkouts(tmp_path, ref):
    found = between(tmp_path, both(NULLS, INT), f"'churn/customers@{ref}'")
    assert edge_of(found, "score").verdict == "unknown"
    assert codes(found) == [("edge-unknown", "note")]


def test_of_another_project_nothing_is_known_without_the_lock(tmp_path):
    found = between(tmp_path, both(NULLS, INT), "'ml:churn/customers'")
    edge = edge_of(found, "score")
    assert (edge.verdict, edge.reason) == (
        "unknown", "what it holds isn't recorded here: wombat lock",
    )  # fmt: skip
    write(tmp_path, pipelines__score=OTHER.replace("ADDRESS", "'shop:churn/customers'"))
    own = check(tmp_path)
    assert ("edge-refuted", "error") in codes(own)


def test_an_input_that_asks_nothing_is_untyped(tmp_path):
    found = checked(tmp_path, both(INT, INT), PIPELINE.replace(", schema: customers_in", ""))
    assert edge_of(found).verdict == "untyped"
    assert found.edges == {"untyped": 1}
