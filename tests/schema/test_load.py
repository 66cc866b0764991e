"""Schema files: what they mean, and every mistake at its place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
import yaml

from wombat.errors import Diagnostics
from wombat.language.source import Mapping, parse_documents
from wombat.schema.editor import schema_json_schema, schema_text
from wombat.schema.load import load_schemas, read_policies, read_schema
from wombat.schema.model import schema_from_json
from wombat.schema.policy import Policy, policy_from_json, resolve_policy
from wombat.schema.types import KINDS, LogicalType

ROOT = Path(__file__).parents[2]


def read(text: str):
    sink = Diagnostics()
    (document,) = parse_documents(text.encode(), "s.yml", sink)
    return read_schema(document, sink), [(d.code, f"{d.place.line}:{d.place.column}") for d in sink]


FULL = """\
schema: shop.orders
version: "2.1"
title: Orders
description: What was bought
owner: shop
tags: [core]
extra: allow
key: [order_id]
unique: [[order_id, at]]
columns:
  order_id: {type: int64, min: 1}
  status: {type: enum, of: [new, paid]}
  note: string?
  code: {type: string, match: "[A-Z]+", length: [1, null], in: [A, no]}
  rate: {type: float32, gt: 0, lt: 0.1, severity: warn}
  price: {type: decimal, precision: 12, scale: 2, max: 99.5}
  at: {type: timestamp, unit: ms, timezone: UTC, min: 2026-01-01T00:00:00+01:00}
  mail: {type: string, pii: true, required: false, nullable: true, unique: true}
policies:
  production: {check: sample, sample: {head: 5}, on_fail: warn, cases: 3}
"""


def test_every_word_is_meant():
    schema, mistakes = read(FULL)
    assert mistakes == []
    columns = schema.columns
    assert list(columns)[:3] == ["order_id", "status", "note"]
    assert columns["note"].nullable
    assert columns["status"].type == LogicalType("enum", of=("new", "paid"))
    assert columns["code"].within == ("A", "no")
    assert columns["code"].length == (1, None)
    assert columns["rate"].lt == 0.10000000149011612
    assert str(columns["price"].max) == "99.50"
    assert columns["at"].min == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert schema.policies == {
        "production": {"check": "sample", "sample": {"head": 5}, "on_fail": "warn", "cases": 3}
    }
    assert schema_from_json(schema.to_json()) == schema


def test_the_digest_is_of_what_is_checked():
    schema, _ = read(FULL)
    same = (
        FULL.replace("title: Orders\n", "")
        .replace("owner: shop\n", "")
        .replace("head: 5", "head: 6")
    )
    assert read(same)[0].digest == schema.digest
    lines = FULL.splitlines()
    moved = "\n".join([*lines[:10], lines[12], *lines[10:12], *lines[13:]])
    assert read(moved)[0].digest == schema.digest
    for a, b in [("min: 1", "min: 2"), ("string?", "string"), ("ms", "us"), ("pii: true, ", "")]:
        assert read(FULL.replace(a, b))[0].digest != schema.digest


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("decimal", "enum")])
def test_short_forms(kind):
    schema, mistakes = read(f"schema: a\ncolumns:\n  x: {kind}\n  y: {kind}?\n")
    assert mistakes == []
    assert schema.columns["x"].type == schema.columns["y"].type
    assert (schema.columns["x"].nullable, schema.columns["y"].nullable) == (False, True)


MISTAKES = {
    "x: int": "unknown-type",
    "x: {type: integer}": "unknown-type",
    "x: {type: list}": "unknown-type",
    'x: {type: "string?"}': "unknown-type",
    "x: decimal": "type-parameters",
    "x: {type: decimal}": "type-parameters",
    "x: {type: decimal, precision: 2, scale: 3}": "type-parameters",
    "x: {type: decimal, precision: 39}": "invalid-value",
    "x: {type: enum}": "type-parameters",
    "x: {type: enum, of: [a, a]}": "type-parameters",
    "x: {type: string, of: [a]}": "type-parameters",
    "x: {type: timestamp, timezone: not a zone}": "type-parameters",
    "x: {type: timestamp, unit: m}": "invalid-value",
    "x: {type: int8, max: 128}": "constant-type",
    "x: {type: uint64, min: -1}": "constant-type",
    "x: {type: int64, min: 1.0}": "constant-type",
    "x: {type: int64, in: [1, '2']}": "constant-type",
    "x: {type: int64, in: [true]}": "constant-type",
    "x: {type: string, in: [null]}": "constant-type",
    "x: {type: bool, in: [1]}": "constant-type",
    "x: {type: float64, max: .inf}": "constant-type",
    "x: {type: float32, max: 1e300}": "constant-type",
    "x: {type: decimal, precision: 3, scale: 1, max: 0.25}": "constant-type",
    "x: {type: decimal, precision: 3, scale: 1, max: 100}": "constant-type",
    "x: {type: decimal, precision: 3, scale: 1, max: 1e999999}": "constant-type",
    "x: {type: date, min: 2026-13-01}": "constant-type",
    "x: {type: timestamp, timezone: UTC, min: 2026-01-01T00:00}": "constant-type",
    "x: {type: timestamp, unit: s, min: '2026-01-01T00:00:00.5'}": "constant-type",
    "x: {type: time, min: '12:00Z'}": "constant-type",
    "x: {type: duration, unit: s, min: 5ms}": "constant-type",
    "x: {type: enum, of: [a], in: [b]}": "constant-type",
    "x: {type: float64, in: [1.0]}": "check-type",
    "x: {type: string, min: a}": "check-type",
    "x: {type: int64, match: a}": "check-type",
    "x: {type: any, min: 1}": "check-type",
    "x: {type: int64, length: 3}": "check-type",
    "x: {type: string, match: '(?=a)'}": "pattern-syntax",
    "x: {type: string, length: [3, 1]}": "invalid-length",
    "x: {type: string, length: [null, null]}": "invalid-length",
    "x: {type: string, length: -1}": "invalid-length",
    "x: {type: int64, min: 3, max: 2}": "bounds-empty",
    "x: {type: int64, min: 2, lt: 2}": "bounds-empty",
    "x: {type: int64, in: []}": "wrong-type",
    "x: {type: int64, min: [1]}": "wrong-type",
    "x: {type: int64, nullable: yes}": "wrong-type",
    "x: {type: int64, severity: warning}": "invalid-value",
    "x: {type: int64, mni: 1}": "unknown-key",
    "x: {type: int64, starts_with: a}": "unknown-key",
    "x: [int64]": "wrong-type",
}


@pytest.mark.parametrize(("line", "code"), MISTAKES.items(), ids=list(MISTAKES))
def test_mistakes_in_a_column(line, code):
    schema, mistakes = read(f"schema: a.b\ncolumns:\n  ok: int64\n  {line}\n")
    assert schema is None
    assert [found for found, _ in mistakes] == [code]
    assert mistakes[0][1].startswith("4:")


AROUND = {
    "key: [y]": "key-column",
    "key: [o]": "key-column",
    "key: [x, x]": "key-column",
    "key: []": "invalid-value",
    "unique: [[x, y]]": "key-column",
    "unique: [x]": "wrong-type",
    "version: 2": "invalid-value",
    "extends: b": "unknown-key",
    "python: a:B": "unknown-key",
    "rules: []": "unknown-key",
    "extra: ignore": "invalid-value",
    "policies: {production: {check: all}}": "invalid-value",
    "policies: {production: {cases: 21}}": "invalid-value",
    "policies: {production: {cast: safe}}": "unknown-key",
    "policies: {production: {on_fail: quarantine}}": "invalid-value",
}


@pytest.mark.parametrize(("line", "code"), AROUND.items(), ids=list(AROUND))
def test_mistakes_around_columns(line, code):
    text = f"schema: a.b\n{line}\ncolumns:\n  x: int64\n  o: {{type: int64, required: false}}\n"
    schema, mistakes = read(text)
    assert schema is None
    assert [found for found, _ in mistakes] == [code]
    assert mistakes[0][1].startswith("2:")


@pytest.mark.parametrize(
    "text",
    [
        "schema: a\n",
        "columns: {a: int64}\n",
        "schema: a\ncolumns: {}\n",
        "schema: A\ncolumns: {a: int64}\n",
        "[]\n",
        "x\n",
    ],
)
def test_documents_that_are_no_schema(text):
    schema, mistakes = read(text)
    assert schema is None
    assert mistakes


def test_every_mistake_at_once():
    _, mistakes = read(
        "schema: a\nkey: [z]\ncolumns:\n"
        "  a: {type: int8, max: 300, min: -300}\n"
        "  b: {type: string, match: '(', min: 1}\n"
    )
    assert mistakes == [
        ("key-column", "2:7"),
        ("constant-type", "4:24"),
        ("constant-type", "4:34"),
        ("pattern-syntax", "5:28"),
        ("check-type", "5:38"),
    ]


def test_files_and_duplicates(tmp_path):
    (tmp_path / "a.yml").write_text(
        "schema: a\ncolumns: {x: int64}\n---\nschema: b\ncolumns: {x: int64}\n"
    )
    (tmp_path / "b.yml").write_text("schema: a\nversion: '2.0'\ncolumns: {x: int64}\n")
    sink = Diagnostics()
    found = load_schemas([(tmp_path / n, n) for n in ("a.yml", "b.yml")], sink)
    assert sorted(found) == ["a", "b"]
    places = sorted(str(d.place) for d in sink if d.code == "duplicate-schema")
    assert places == ["a.yml:1:9", "b.yml:1:9"]
    assert found["b"].document.at("columns", "x").line == 5


def test_majors_and_near_names(tmp_path):
    (tmp_path / "a.yml").write_text("schema: shop.orders\nversion: '2.1'\ncolumns: {x: int64}\n")
    found = load_schemas([(tmp_path / "a.yml", "a.yml")], Diagnostics())
    assert "shop.orders@2" in found
    assert "shop.orders@1" not in found
    assert "shop" not in found
    assert "shop.orders" in (found.near("shop.order") or "")
    assert "2.1" in (found.near("shop.orders@3") or "")


def test_policies_resolve_in_layers():
    assert resolve_policy("development") == Policy(check="sample", on_fail="warn")
    assert resolve_policy("production") == Policy(check="full", on_fail="error")
    assert resolve_policy("staging") == resolve_policy("production")
    project = {"development": {"check": "full", "sample": {"head": 1, "seed": 7}}}
    schema = {"development": {"on_fail": "error"}, "production": {"check": "none"}}
    task = {"development": {"sample": {"random": 2}}}
    found = resolve_policy("development", project, schema, task)
    assert found == Policy(check="full", on_fail="error", head=1, seed=7, random=2)
    assert policy_from_json(found.to_json()) == found


def test_policies_outside_a_schema():
    sink = Diagnostics()
    text = b"project: a\npolicies:\n  production: {check: full}\n  development: {chekc: full}\n"
    (document,) = parse_documents(text, "wombat.yml", sink)
    assert isinstance(document.root, Mapping)
    node = document.root["policies"]  # type: ignore[index]
    assert read_policies(node, "wombat.yml", sink) == {}
    assert [(d.code, str(d.place)) for d in sink] == [("unknown-key", "wombat.yml:4:17")]
    del node["development"]  # type: ignore[arg-type, union-attr]
    assert read_policies(node, "wombat.yml", Diagnostics()) == {"production": {"check": "full"}}


def test_the_editor_accepts_what_is_right_and_marks_what_is_wrong():
    checker = jsonschema.Draft7Validator(schema_json_schema())
    checker.check_schema(schema_json_schema())
    assert schema_text() == schema_text()
    for file in [*ROOT.glob("schemas/*/*.yml")]:
        for tree in yaml.safe_load_all(file.read_text()):
            checker.validate(tree)
    # a time in quotes, as YAML 1.1 editors need it
    checker.validate(
        yaml.safe_load(FULL.replace("2026-01-01T00:00:00+01:00", '"2026-01-01T00:00Z"'))
    )
    for line in (
        "x: int",
        "x: {type: int64, mni: 1}",
        "x: {type: string, length: x}",
        "x: decimal",
    ):
        tree = yaml.safe_load(f"schema: a\ncolumns:\n  {line}\n")
        assert not checker.is_valid(tree), line
