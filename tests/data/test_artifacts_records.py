"""Records: one at a time, judged by a JSON Schema or a pydantic model, set aside with reasons."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, field_validator

from tests.data.artifacts import FULL, TYPES_ONLY, WARN, found, refused, spec, written
from wombat.data.artifacts import load_type
from wombat.data.json_effort import Effort
from wombat.data.json_schema import judge_of
from wombat.data.lines import MAX_LINE
from wombat.schema.policy import Policy

RECORDS = load_type("records")
SCHEMA = {
    "properties": {"id": {"type": "integer"}, "age": {"minimum": 0}},
    "required": ["id"],
}
ASKED = {"json_schema": {"path": "schemas/row.json", "schema": SCHEMA}}


class Row(BaseModel):
    id: int
    age: int = Field(0, ge=0)
    extra: dict[str, int] = {}

    @field_validator("age")
    @classmethod
    def _raises(cls, value):
        if value == 666:
            raise KeyError("canary")
        return value


class Plain:
    pass


@settings(max_examples=50, deadline=None)
@given(st.lists(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers())))
def test_records_come_back_in_their_order(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("r")
    written(values, folder, spec("records"))
    assert RECORDS.read(folder, "json", spec("records")) == values
    assert list(RECORDS.read(folder, "iterator", spec("records"))) == values


def test_an_iterator_is_written_as_it_comes(tmp_path):
    state = []

    def made():
        for number in range(3):
            state.append((number, next(tmp_path.glob(".*.new")).stat().st_size >= 0))
            yield {"n": number}

    RECORDS.write(made(), tmp_path, spec("records"), FULL)
    assert state == [(0, True), (1, True), (2, True)]
    assert (tmp_path / "data.jsonl").read_bytes() == b'{"n":0}\n{"n":1}\n{"n":2}\n'


def test_pydantic_models_are_records(tmp_path):
    RECORDS.write([Row(id=1, age=2)], tmp_path, spec("records"), FULL)
    assert RECORDS.read(tmp_path, "json", spec("records")) == [{"age": 2, "extra": {}, "id": 1}]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": 1}, ["a dict was returned"]),
        ("canary", ["a str was returned"]),
        (3, ["a int was returned"]),
        ([{"a": 1}, 2], ["record 1 is a int"]),
        ([{"a": float("nan")}], ["record 0 isn't JSON"]),
        ([{1: "canary"}], ["record 0 isn't JSON"]),
        ([{"a": "\ud800"}], ["record 0 isn't JSON"]),
    ],
)
def test_what_are_no_records(value, words, tmp_path):
    refused(
        "return-mismatch", lambda: RECORDS.write(value, tmp_path, spec("records"), FULL), *words
    )
    assert list(tmp_path.iterdir()) == []


def test_an_iterator_that_raises_is_the_task_s_fault(tmp_path, capsys):
    def broken():
        yield {"a": 1}
        raise KeyError("canary")

    fault = refused("task-failed", lambda: RECORDS.write(broken(), tmp_path, spec("records"), FULL))
    assert "its iterator raised KeyError" in str(fault)
    assert "in broken" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz"])
def test_what_a_command_wrote_becomes_canonical(kind, tmp_path):
    data = b'{"b": 1, "a": [1.0, "\\u00e4"]}\r\n{}'
    file = tmp_path / f"data.{kind}"
    file.write_bytes(gzip.compress(data) if kind == "jsonl.gz" else data)
    assert RECORDS.check(tmp_path, spec("records", format=kind), FULL) is None
    assert (tmp_path / "data.jsonl").read_bytes() == '{"a":[1.0,"ä"],"b":1}\n{}\n'.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["data.jsonl"]


@pytest.mark.parametrize(
    "data",
    [b"\n", b'{"a":1}\n\n', b"[1]\n", b"canary\n", b'{"a":1,"a":2}\n', b'{"a":NaN}\n', b"\xff\n",
     b"\xef\xbb\xbf{}\n"],
)  # fmt: skip
def test_lines_that_are_no_records(data, tmp_path):
    (tmp_path / "data.jsonl").write_bytes(data)
    refused("return-mismatch", lambda: RECORDS.check(tmp_path, spec("records"), FULL))
    refused("input-unreadable", lambda: RECORDS.read(tmp_path, "json", spec("records")))


@pytest.mark.parametrize(
    "data",
    [b"canary", gzip.compress(b"{}\n")[:-3], gzip.compress(b"{}")[:12]],
    ids=["text", "without its end", "cut"],  # the time is in their bytes
)
def test_gzip_that_is_none(data, tmp_path):
    (tmp_path / "data.jsonl.gz").write_bytes(data)
    one = spec("records", format="jsonl.gz")
    refused("return-mismatch", lambda: RECORDS.check(tmp_path, one, FULL), "gzip")


def test_a_line_has_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr("wombat.data.lines.MAX_LINE", 20)
    for length, fits in ((12, True), (13, False)):
        data = json.dumps({"a": "x" * length}, separators=(",", ":")).encode()
        assert (len(data) <= 20) == fits
        (tmp_path / "data.jsonl").write_bytes(data + b"\n")
        if fits:
            RECORDS.check(tmp_path, spec("records"), FULL)
        else:
            run = lambda: RECORDS.check(tmp_path, spec("records"), FULL)  # noqa: E731
            refused("return-mismatch", run, "longer than")
    assert MAX_LINE == 64 << 20


MIXED = [{"id": 1}, {"id": "canary"}, {"age": -1}, {"id": 2, "age": -5}, {"id": 3}]


def test_records_against_a_schema(tmp_path):
    report = written(MIXED, tmp_path, spec("records", **ASKED))
    told = {
        (one.column, one.check): (one.failing, one.checked, one.rows) for one in report.findings
    }
    assert told == {
        ("id", "type"): (1, 5, (1,)),
        (None, "required"): (1, 5, (2,)),
        ("age", "minimum"): (2, 5, (2, 3)),
    }
    assert (report.rows, report.rows_checked, report.ok, report.schema) == (
        5,
        5,
        False,
        "schemas/row.json",
    )
    assert "canary" not in str(report)
    assert RECORDS.accept(tmp_path, spec("records", **ASKED), FULL) == report


def test_records_against_a_pydantic_model(tmp_path, capsys):
    one = spec("records", model=f"{__name__}:Row")
    given = [{"id": 1}, {"id": "canary"}, {"id": 1, "age": -1}, {"id": 1, "extra": {"canary": "x"}}]
    report = written(given, tmp_path, one)
    told = [(one.column, one.check, one.rows) for one in report.findings]
    assert told == [
        ("id", "int_parsing", (1,)),
        ("age", "greater_than_equal", (2,)),
        ("extra", "int_parsing", (3,)),
    ]
    assert "canary" not in str(report)
    refused("task-failed", lambda: RECORDS.write([{"id": 1, "age": 666}], tmp_path, one, FULL))
    assert "KeyError" in capsys.readouterr().err


@pytest.mark.parametrize("target", ["nowhere.at:All", f"{__name__}:Missing", f"{__name__}:Plain"])
def test_a_model_that_can_t_be_used(target, tmp_path):
    one = spec("records", model=target)
    refused("model-class", lambda: RECORDS.write([{}], tmp_path, one, FULL))


def quarantine(**words) -> Policy:
    return Policy(on_fail="quarantine", **words)


def test_records_that_fail_are_set_aside(tmp_path):
    out, aside = tmp_path / "out", tmp_path / "aside"
    out.mkdir()
    one = spec("records", rejects=aside, **ASKED)
    report = RECORDS.write(MIXED, out, one, quarantine(max_failure_rows=3))
    assert (report.ok, report.passed, report.rejected, report.rows) == (True, True, 3, 5)
    assert {each.severity for each in report.findings} == {"warn"}
    assert RECORDS.read(out, "json", one) == [{"id": 1}, {"id": 3}]
    rejected = [json.loads(line) for line in (aside / "data.jsonl").read_bytes().splitlines()]
    assert rejected == [
        {"id": "canary", "rejected_because": ["id.type"]},
        {"age": -1, "rejected_because": ["required", "age.minimum"]},
        {"id": 2, "age": -5, "rejected_because": ["age.minimum"]},
    ]
    assert [path.name for path in out.iterdir()] == ["data.jsonl"]


@pytest.mark.parametrize("policy", [quarantine(max_failure_rows=2), quarantine(), FULL])
def test_too_many_that_fail_stay(policy, tmp_path):
    out, aside = tmp_path / "out", tmp_path / "aside"
    out.mkdir()
    report = RECORDS.write(MIXED, out, spec("records", rejects=aside, **ASKED), policy)
    assert (report.ok, report.passed, report.rejected) == (False, False, 0)
    assert len(RECORDS.read(out, "json", spec("records"))) == 5
    assert list(aside.glob("*")) == []


def test_nothing_is_set_aside_where_nothing_fails_or_nothing_can(tmp_path):
    out, aside = tmp_path / "out", tmp_path / "aside"
    out.mkdir()
    policy = quarantine(max_failure_rows=5)
    report = RECORDS.write([{"id": 1}], out, spec("records", rejects=aside, **ASKED), policy)
    assert (report.ok, report.rejected, list(aside.glob("*"))) == (True, 0, [])
    report = RECORDS.write(MIXED, out, spec("records", **ASKED), policy)
    assert (report.ok, report.rejected) == (False, 0)
    assert not RECORDS.accept(out, spec("records", rejects=aside, **ASKED), policy).ok


def test_a_name_of_reasons_that_is_taken(tmp_path):
    out, aside = tmp_path / "out", tmp_path / "aside"
    out.mkdir()
    given = [{"rejected_because": "x"}]
    RECORDS.write(
        given, out, spec("records", rejects=aside, **ASKED), quarantine(max_failure_rows=1)
    )
    assert json.loads((aside / "data.jsonl").read_bytes())["rejected_because_"] == ["required"]


def test_depths(tmp_path):
    given = [{"id": number if number % 2 else "x"} for number in range(100)]
    one = spec("records", **ASKED)
    sampled = written(given, tmp_path, one, Policy(check="sample", head=10, random=20))
    assert (sampled.depth, sampled.rows, sampled.rows_checked) == ("sample", 100, 30)
    assert sampled.findings[0].rows[:5] == (0, 2, 4, 6, 8)
    assert sampled == written(given, tmp_path, one, Policy(check="sample", head=10, random=20))
    whole = written(given, tmp_path, one, Policy(check="sample", head=10, random=90))
    assert (whole.depth, whole.findings[0].failing) == ("full", 50)
    assert written(given, tmp_path, one, TYPES_ONLY).findings == ()
    assert written(given, tmp_path, one, WARN).ok
    aside = spec("records", rejects=tmp_path / "aside", **ASKED)
    full = RECORDS.write(
        given, tmp_path, aside, Policy(check="sample", on_fail="quarantine", max_failure_rows=50)
    )
    assert (full.depth, full.rejected) == ("full", 50)
    assert len(found(full)) == 1


MEMORY = """
import resource, sys
from pathlib import Path
from wombat.data.artifacts import Spec, load_type
from wombat.schema.policy import Policy
folder = Path(sys.argv[1])
rejects = folder / "aside"
out = folder / "out"
out.mkdir()
schema = {"path": "s", "schema": {"properties": {"n": {"minimum": 10}}}}
spec = Spec("x", "records", options={"json_schema": schema}, rejects=rejects)
policy = Policy(on_fail="quarantine")
kind = load_type("records")
def made(count):
    return ({"n": number, "text": "x" * 1000} for number in range(count))
kind.write(made(2000), out, spec, policy)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = kind.write(made(60_000), out, spec, policy)
kind.check(out, spec, policy)
assert sum(1 for _ in kind.read(out, "iterator", spec)) == 59_990
assert report.rejected == 10, report
assert (out / "data.jsonl").stat().st_size > 60_000_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_records(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 8_000, "60 MB of records took more than 8 MB"


TWICE = {"anyOf": [{"items": {"$ref": "#"}, "type": "array"}] * 2 + [{"type": "string"}]}
ONCE = {"anyOf": [{"items": {"$ref": "#"}, "type": "array"}, {"type": "string"}]}


def nested(levels, value):
    for _ in range(levels):
        value = [value]
    return value


def test_alternatives_in_each_other_take_no_time_or_memory_without_end():
    judge = judge_of({"json_schema": {"path": "a.json", "schema": TWICE}})[1]
    assert list(judge.faults(nested(40, "a"), b"")) == []
    (deep,) = judge.faults(nested(40, 1), b"")
    assert (deep.column, deep.check) == (None, "schema")
    assert [one.check for one in judge.faults(nested(8, 1), b"")] == ["anyOf"]
    once = judge_of({"json_schema": {"path": "a.json", "schema": ONCE}})[1]
    assert [one.check for one in once.faults(nested(40, 1), b"")] == ["anyOf"]


@pytest.mark.parametrize(
    ("schema", "ways"),
    [
        (TWICE, 2),
        (ONCE, 1),
        (SCHEMA, 1),
        (True, 1),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1),
        ({"properties": {"a": {"oneOf": [{"$ref": "#"}, {"$ref": "#"}, {"const": 1}]}}}, 2),
        ({"allOf": [{"$ref": "#/a"}], "if": {"$ref": "#"}, "then": {"items": {}}}, 3),
    ],
)
def test_only_alternatives_that_look_into_a_value_multiply(schema, ways):
    assert Effort(schema).ways == ways
