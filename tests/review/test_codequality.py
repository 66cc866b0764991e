"""Code Quality: what GitLab's parser wants, fingerprints that stay, paths as git has them."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.cli.entry import run
from wombat.errors import Diagnostic, Place
from wombat.review.codequality import KEPT, as_codequality
from wombat.review.places import folder_in_repository, repository_prefix

ENTRIES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1, "pattern": "^[^\\n]*$"},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "minLength": 1},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""What GitLab's documentation asks for; its parser drops what comes after a wrong entry."""
places = st.builds(Place, st.sampled_from(["pipelines/a.yml", "b.yml"]), st.integers(1, 99))
found = st.lists(
    st.builds(
        Diagnostic,
        st.sampled_from(["unknown-key", "edge-refuted"]),
        st.text(min_size=1, max_size=20) | st.sampled_from(["no 'x'", "no 'y'"]),
        places,
        st.none() | st.text(max_size=20),
        st.sampled_from(["error", "warning", "note"]),
        st.lists(st.tuples(places, st.text(max_size=8)), max_size=2).map(tuple),
    ),
    max_size=20,
)


def by_place(diagnostics):
    return sorted(diagnostics, key=lambda one: (one.place, one.code, one.message))


def two_ends(one):
    """An edge that doesn't hold is shown where it is taken and where it is made."""
    if one.code != "edge-refuted" or not one.related:
        return False
    made = one.related[0][0]
    return (made.path, made.line) != (one.place.path, one.place.line)


@given(found)
def test_every_entry_is_what_gitlab_reads_and_stands_once(diagnostics):
    entries = json.loads(json.dumps(as_codequality(diagnostics)))
    jsonschema.validate(entries, ENTRIES)
    ends = sum(1 for one in diagnostics if two_ends(one))
    assert len({one["fingerprint"] for one in entries}) == len(entries) == len(diagnostics) + ends


@given(found, st.integers(1, 500))
def test_fingerprints_stay_when_lines_move(diagnostics, lines):
    moved = [
        replace(
            one,
            place=replace(one.place, line=one.place.line + lines),
            related=tuple((replace(p, line=p.line + lines), said) for p, said in one.related),
        )
        for one in diagnostics
    ]
    before, after = as_codequality(by_place(diagnostics)), as_codequality(by_place(moved))
    assert [one["fingerprint"] for one in before] == [one["fingerprint"] for one in after]
    assert [one["location"]["lines"]["begin"] + lines for one in before] == [
        one["location"]["lines"]["begin"] for one in after
    ]


def test_a_line_within_a_message_is_not_in_the_fingerprint():
    said = "churn.model:score (churn/model.py:{}) takes features, model, seed"
    one, other = (Diagnostic("argument-missing", said.format(n), Place("a.yml")) for n in (8, 91))
    third = Diagnostic("argument-missing", said.format(8).replace("seed", "x"), Place("a.yml"))
    prints = [as_codequality([each])[0]["fingerprint"] for each in (one, other, third)]
    assert prints[0] == prints[1] != prints[2]


def test_a_mistake_tells_all_in_one_line():
    entry, other = as_codequality([
        Diagnostic(
            "edge-refuted",
            "'age' may be\nnull",
            Place("pipelines/churn.yml", 14, 27),
            "fill_null\x1b[2J in customers_in",
            related=((Place("schemas/customers.yml", 3, 1), "age is nullable here"),),
            table=(("id", "age"), ("1", "null"), ("2", "7")),
        )
    ])  # fmt: skip
    assert entry["description"] == (
        "'age' may be\\nnull · for example id: 1, age: null · "
        "schemas/customers.yml:3:1: age is nullable here · hint: fill_null\\x1b[2J in customers_in"
    )
    assert other["location"] == {"path": "schemas/customers.yml", "lines": {"begin": 3}}
    assert "pipelines/churn.yml:14:27: the other end is here" in other["description"]
    assert entry["severity"] == "blocker"


def test_errors_come_first_where_there_is_too_much():
    warned = [Diagnostic("w", "x", Place("a.yml", n), severity="warning") for n in range(1, KEPT)]
    wrong = [Diagnostic("e", "x", Place("b.yml", n)) for n in range(1, 11)]
    entries = as_codequality(warned + wrong)
    assert len(entries) == KEPT + 1
    assert sum(one["check_name"] == "e" for one in entries) == 10
    assert entries[-1]["description"].startswith("9 more were left out")


@pytest.fixture
def wrong(tmp_path):
    """A project below its repository's root, with a mistake in line 4."""
    folder = tmp_path / "data" / "shop"
    (folder / "pipelines").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "pipelines" / "p.yml").write_text(
        "pipeline: p\ntasks:\n  one: {shell: date}\n  two: {shell: date, needs: oen}\n"
    )
    return folder


def test_check_writes_the_report_and_says_the_text(wrong, capsys):
    assert run(["check", "-C", str(wrong), "--format", "gitlab", "--out", "out/cq.json"]) == 10
    (entry,) = json.loads((wrong / "out" / "cq.json").read_text())
    assert entry["location"] == {"path": "data/shop/pipelines/p.yml", "lines": {"begin": 4}}
    said = capsys.readouterr()
    assert "pipelines/p.yml:4:" in said.err
    assert said.out == ""


def test_check_prints_the_report_where_no_file_is_named(wrong, capsys):
    assert run(["check", "-C", str(wrong), "--format", "gitlab"]) == 10
    said = capsys.readouterr()
    jsonschema.validate(json.loads(said.out), ENTRIES)
    assert said.err == ""


def test_check_writes_json_into_a_file_and_an_empty_report_when_all_is_well(wrong, capsys):
    (wrong / "pipelines" / "p.yml").write_text("pipeline: p\ntasks: {one: {shell: date}}\n")
    assert run(["check", "-C", str(wrong), "--format", "json", "--out", "o.json"]) == 0
    assert "no mistakes" in capsys.readouterr().out
    assert json.loads((wrong / "o.json").read_text())["diagnostics"] == []
    assert run(["check", "-C", str(wrong), "--format", "gitlab", "--out", "o.json", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["diagnostics"] == []
    assert json.loads((wrong / "o.json").read_text()) == []


def test_folders_of_a_repository(wrong, tmp_path):
    assert repository_prefix(wrong) == "data/shop/"
    assert folder_in_repository(wrong, wrong / ".wombat" / "x") == "data/shop/.wombat/x"
    assert folder_in_repository(wrong, tmp_path.parent) is None
    assert repository_prefix(tmp_path) == ""
