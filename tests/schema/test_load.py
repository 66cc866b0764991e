"""Schema files: what they mean, and every mistake at its place."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from wombat.errors import Diagnostics
from wombat.language.source import Mapping, parse_documents
from wombat.schema.load import load_schemas, read_policies, read_schema
from wombat.schema.model import Column, Pattern, schema_from_json
from wombat.schema.policy import Policy, policy_from_json, resolve_policy
from wombat.schema.rules import Custom, Drift, Rule
from wombat.schema.types import KINDS, NEEDED, LogicalType


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
order: exact
key: [order_id]
unique: [[order_id, at]]
rows: {min: 1, max: 1000000}
columns:
  order_id: {type: int64, min: 1, not_in: [13]}
  status: {type: enum, of: [new, paid], default: new}
  note: string?
  code: {type: string, match: "[A-Z]+", length: [1, null], in: [A, no], tags: [short]}
  rate: {type: float32, gt: 0, lt: 0.1, severity: warn, fill_null: 0.05}
  price: {type: decimal, precision: 12, scale: 2, max: 99.5}
  at: {type: timestamp, unit: ms, timezone: UTC, min: 2026-01-01T00:00:00+01:00}
  mail: {type: string, pii: true, required: false, nullable: true, unique: true}
  path: {type: string, starts_with: a/, ends_with: .csv, contains: "-"}
  paid_at: {type: timestamp, unit: ms, timezone: UTC, nullable: true}
  lines:
    type: list
    of: {type: struct, fields: {sku: string, count: int16?, price: {type: decimal, precision: 5}}}
    length: [1, 100]
    checks: [{python: "shop.checks:lines", args: {most: 5, kinds: [a, null]}}]
patterns:
  - {match: "x_[0-9]+", type: float64, nullable: true, min: 0, at_least: 2}
rules:
  - {name: paid_later, compare: [paid_at, ge, at]}
  - {name: dear, compare: [price, lt, {value: 50}], severity: warn}
  - {name: own, python: "shop.checks:whole", args: {limit: 0.5}}
drift:
  - {column: price, psi: 0.2}
  - {rows: [0.5, 2], against: main, severity: warn}
policies:
  production: {check: sample, sample: {head: 5}, on_fail: warn, cases: 3, cast: safe}
  nightly: {on_fail: quarantine, max_failure_rate: 0.5, max_failure_rows: 7}
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
        "production": {
            "check": "sample", "sample": {"head": 5}, "on_fail": "warn", "cases": 3, "cast": "safe"
        },
        "nightly": {"on_fail": "quarantine", "max_failure_rate": 0.5, "max_failure_rows": 7},
    }  # fmt: skip
    assert (schema.ordered, schema.rows) == (True, (1, 1000000))
    assert columns["order_id"].not_in == (13,)
    assert columns["status"].default == "new"
    assert columns["rate"].fill_null == 0.05000000074505806
    path = columns["path"]
    assert (path.starts_with, path.ends_with, path.contains) == ("a/", ".csv", "-")
    lines = columns["lines"]
    assert str(lines.type) == "list[struct[sku: string, count: int16?, price: decimal[5, 0]]]"
    assert lines.length == (1, 100)
    args = (("kinds", ["a", None]), ("most", 5))
    assert lines.custom == (Custom("shop.checks:lines", args),)
    assert schema.patterns == (
        Pattern("x_[0-9]+", Column(LogicalType("float64"), nullable=True, min=0.0), 2),
    )
    price = columns["price"].type
    assert schema.rules == (
        Rule("paid_later", "paid_at", "ge", "at"),
        Rule("dear", "price", "lt", value=Decimal("50.00"), type=price, severity="warn"),
        Rule("own", custom=Custom("shop.checks:whole", (("limit", 0.5),))),
    )
    assert schema.drift == (
        Drift("psi", "price", 0.2),
        Drift("rows", None, (0.5, 2.0), "main", "warn"),
    )
    assert schema_from_json(json.loads(json.dumps(schema.to_json()))) == schema


def test_the_digest_is_of_what_is_checked():
    schema, _ = read(FULL)
    same = (
        FULL.replace("title: Orders\n", "")
        .replace("owner: shop\n", "")
        .replace("head: 5", "head: 6")
    )
    assert read(same)[0].digest == schema.digest
    for ignored in ("  - {column: price, psi: 0.2}\n", ", tags: [short]", "  nightly: {on_fail: q"):
        line = next(one for one in FULL.splitlines(keepends=True) if ignored.strip() in one)
        less = FULL.replace(ignored if ignored in ", tags: [short]" else line, "")
        assert read(less)[0].digest == schema.digest, ignored
    lines = FULL.splitlines()
    lines.insert(14, lines.pop(12))
    moved = "\n".join(lines)
    assert read(moved)[0].digest != schema.digest  # the order is asked for
    loose = "order: any"
    free = read(FULL.replace("order: exact", loose))[0]
    assert read(moved.replace("order: exact", loose))[0].digest == free.digest != schema.digest
    for a, b in [
        ("min: 1,", "min: 2,"), ("string?", "string"), ("ms", "us"), ("pii: true, ", ""),
        ("max: 1000000", "max: 1"), ("count: int16?", "count: int16"), ("most: 5", "most: 6"),
        ("at_least: 2", "at_least: 1"), ("x_[0-9]+", "x_[0-9]"), ("value: 50", "value: 51"),
        ("paid_at, ge", "paid_at, gt"), ("not_in: [13]", "not_in: [14]"),
        ("limit: 0.5", "limit: 1"),
        ("default: new", "default: paid"), ("fill_null: 0.05", "fill_null: 0.06"),
        ("ends_with: .csv", "ends_with: .CSV"), ("extra: allow", "extra: forbid"),
    ]:  # fmt: skip
        assert read(FULL.replace(a, b))[0].digest != schema.digest, (a, b)


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in NEEDED])
def test_short_forms(kind):
    schema, mistakes = read(f"schema: a\ncolumns:\n  x: {kind}\n  y: {kind}?\n")
    assert mistakes == []
    assert schema.columns["x"].type == schema.columns["y"].type
    assert (schema.columns["x"].nullable, schema.columns["y"].nullable) == (False, True)


MISTAKES = {
    "x: int": "unknown-type",
    "x: {type: integer}": "unknown-type",
    "x: {type: list}": "type-parameters",
    "x: list": "type-parameters",
    "x: struct": "type-parameters",
    "x: {type: list, of: list}": "type-parameters",
    "x: {type: list, of: any}": "type-parameters",
    "x: {type: list, of: {type: enum, of: [a]}}": "type-parameters",
    "x: {type: list, of: [int64]}": "wrong-type",
    "x: {type: list, of: int}": "unknown-type",
    "x: {type: list, of: {type: int}}": "unknown-type",
    "x: {type: list, of: {type: int64, min: 1}}": "unknown-key",
    "x: {type: struct, fields: {}}": "wrong-type",
    "x: {type: struct, fields: {'': int64}}": "wrong-type",
    "x: {type: struct, fields: {a: {type: struct, fields: {b: strng}}}}": "unknown-type",
    "x: {type: list, of: int64, unique: true}": "check-type",
    "x: {type: list, of: int64, min: 1}": "check-type",
    "x: {type: list, of: int64, default: 1}": "check-type",
    "x: {type: struct, fields: {a: int64}, length: 1}": "check-type",
    "x: decimal(12,2)": "unknown-type",
    "x: {type: decimal(12, 2)}": "unknown-type",
    "x: {type: list, of: decimal(12, 2)}": "unknown-type",
    "x: string[]": "unknown-type",
    "x: timestamp[us]": "unknown-type",
    "x: {type: enum, of: [1, null]}": "wrong-type",
    "x: {type: enum, of: new}": "wrong-type",
    "x: {type: enum, of: []}": "wrong-type",
    "x: {type: enum, of: {new: 1}}": "wrong-type",
    "x: {type: binary, default: a}": "check-type",
    "x: {type: any, fill_null: a}": "check-type",
    "x: {type: float32, not_in: [1]}": "check-type",
    "x: {type: float32, equals: 1}": "check-type",
    "x: {type: int8, equals: 200}": "constant-type",
    "x: {type: int8, not_in: [200]}": "constant-type",
    "x: {type: int8, default: 200}": "constant-type",
    "x: {type: int8, fill_null: a}": "constant-type",
    "x: {type: int8, default: null}": "wrong-type",
    "x: {type: int8, min: null}": "wrong-type",
    "x: {type: int8, starts_with: a}": "check-type",
    "x: {type: enum, of: [a], contains: a}": "check-type",
    "x: {type: string, starts_with: ''}": "invalid-value",
    "x: {type: int8, min: 3, default: 2}": "default-invalid",
    "x: {type: string, not_in: [a], fill_null: a}": "default-invalid",
    "x: {type: string, match: 'b+', default: a}": "default-invalid",
    "x: {type: int8, unique: true, default: 2}": "default-invalid",
    "x: {type: int8, unique: true, fill_null: 2}": "default-invalid",
    "x: {type: int8, in: [1, 2], min: 3}": "never-holds",
    "x: {type: int8, in: [1, 2], equals: 3}": "never-holds",
    "x: {type: int8, equals: 3, not_in: [3]}": "never-holds",
    "x: {type: int8, min: 1, max: 2, not_in: [1, 2]}": "never-holds",
    "x: {type: bool, not_in: [true, false]}": "never-holds",
    "x: {type: enum, of: [a, b], not_in: [a, b]}": "never-holds",
    "x: {type: string, starts_with: abc, length: 2}": "never-holds",
    "x: {type: string, ends_with: abc, length: [0, 2]}": "never-holds",
    "x: {type: string, contains: abc, length: [0, 2]}": "never-holds",
    "x: {type: string, in: [abc, d], starts_with: b}": "never-holds",
    "x: {type: string, match: '[a-z]+', starts_with: X}": "never-holds",
    "x: {type: string, match: '[a-z]+', ends_with: X}": "never-holds",
    "x: {type: string, match: '[a-z]+', contains: X}": "never-holds",
    "x: {type: string, match: '[a-z]{3}', length: 2}": "never-holds",
    "x: {type: string, match: 'a|b', not_in: [a, b]}": "never-holds",
    "x: {type: string, match: 'a^b'}": "never-holds",
    "x: {type: decimal, precision: 2, scale: 0, min: 99, not_in: [99]}": "never-holds",
    "x: {type: date, min: 9999-12-30, not_in: [9999-12-30, 9999-12-31]}": "never-holds",
    "x: {type: int8, gt: 1, lt: 2}": "bounds-empty",
    "x: {type: int8, gt: 127}": "bounds-empty",
    "x: {type: uint8, lt: 0}": "bounds-empty",
    "x: {type: date, gt: 2026-01-01, lt: 2026-01-02}": "bounds-empty",
    "x: {type: decimal, precision: 3, scale: 1, gt: 0.1, lt: 0.2}": "bounds-empty",
    "x: {type: duration, unit: s, gt: 1s, lt: 2s}": "bounds-empty",
    "x: {type: float64, gt: 1, max: 1}": "bounds-empty",
    "x: {type: int8, checks: [{python: a.b}]}": "invalid-function",
    "x: {type: int8, checks: [{args: {a: 1}}]}": "missing-key",
    "x: {type: int8, checks: [{python: 'a:b', args: {a-b: 1}}]}": "invalid-name",
    "x: {type: int8, checks: [{python: 'a:b', args: {a: yes}}]}": "yaml-boolean",
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
    "extends: b": "unknown-schema",
    "extends: [a, b]": "invalid-name",
    "python: a:B": "python-columns",
    "python: a/b.py": "invalid-function",
    "source: abc": "python-columns",
    "order: strict": "invalid-value",
    "rows: 5": "wrong-type",
    "rows: {}": "invalid-length",
    "rows: {min: 2, max: 1}": "bounds-empty",
    "rows: {min: -1}": "invalid-value",
    "patterns: [{type: int8}]": "missing-key",
    "patterns: [{match: '(', type: int8}]": "pattern-syntax",
    "patterns: [{match: a, type: int8, default: 1}]": "check-type",
    "patterns: [{match: a, type: int8, required: false}]": "check-type",
    "patterns: [{match: a, type: int8}, {match: a, type: int16}]": "rule-duplicate",
    "patterns: [{match: a, type: int8, at_least: -1}]": "invalid-value",
    "rules: [{name: r}]": "rule-compare",
    "rules: [{name: r, compare: [x, ge, o], python: 'a:b'}]": "rule-compare",
    "rules: [{name: r, compare: [x, ge, o], args: {a: 1}}]": "rule-compare",
    "rules: [{name: r, compare: [x, '>=', o]}]": "rule-compare",
    "rules: [{name: r, compare: [x, ge, 0]}]": "rule-compare",
    "rules: [{name: r, compare: [x, ge, {vale: 0}]}]": "rule-compare",
    "rules: [{name: r, compare: [x, ge]}]": "wrong-type",
    "rules: [{name: r, compare: [x, ge, x]}]": "rule-column",
    "rules: [{name: r, compare: [x, ge, y]}]": "rule-column",
    "rules: [{name: r, compare: [y, ge, {value: 1}]}]": "rule-column",
    "rules: [{name: r, compare: [x, ge, {value: 1.5}]}]": "constant-type",
    "rules: [{name: R 1, compare: [x, ge, o]}]": "invalid-name",
    "rules: [{name: r, compare: [x, ge, o]}, {name: r, compare: [o, ge, x]}]": "rule-duplicate",
    "drift: [{psi: 1}]": "drift-bounds",
    "drift: [{column: x}]": "drift-bounds",
    "drift: [{column: x, psi: 1, mean: 1}]": "drift-bounds",
    "drift: [{column: x, rows: [0.5, 2]}]": "drift-bounds",
    "drift: [{rows: [2, 3]}]": "drift-bounds",
    "drift: [{rows: [0, .inf]}]": "drift-bounds",
    "drift: [{rows: 2}]": "wrong-type",
    "drift: [{column: y, psi: 1}]": "rule-column",
    "drift: [{column: x, psi: 0}]": "invalid-value",
    "drift: [{column: x, null_rate: 1.5}]": "invalid-value",
    "drift: [{column: x, mean: 1, against: ''}]": "drift-bounds",
    "drift: [{column: x, mean: 1}, {column: x, mean: 2}]": "rule-duplicate",
    "policies: {production: {max_failure_rate: 2}}": "invalid-value",
    "policies: {production: {max_failure_rows: -1}}": "invalid-value",
    "policies: {production: {on_fail: warn, max_failure_rows: 1}}": "policy-thresholds",
    "policies: {production: {columns: {y: {min: 1}}}}": "policy-patch",
    "policies: {production: {columns: {x: {mni: 1}}}}": "unknown-key",
    "policies: {production: {columns: []}}": "wrong-type",
    "policies: {production: {extra: allow}}": "policy-diverges",
    "policies: {staging: {columns: {x: {nullable: true}}}}": "policy-diverges",
    "allow_divergence: ''": "invalid-value",
    "extra: ignore": "invalid-value",
    "policies: {production: {check: all}}": "invalid-value",
    "policies: {production: {cases: 21}}": "invalid-value",
    "policies: {production: {cast: true}}": "invalid-value",
    "policies: {production: {on_fail: quarantined}}": "invalid-value",
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


def test_no_mistake_follows_from_another():
    for broken in ("int", "{type: int64, mni: 1}", "{type: list}", "[]"):
        schema, mistakes = read(
            f"schema: a\nkey: [x]\nunique: [[x, y]]\ncolumns:\n  x: {broken}\n  y: int64\n"
            "rules:\n"
            "  - {name: r, compare: [x, lt, y]}\n"
            "  - {name: q, compare: [y, lt, x]}\n"
            "  - {name: p, compare: [x, lt, {value: 1}]}\n"
            "drift:\n  - {column: x, psi: 1}\n"
            "policies: {production: {columns: {x: {min: 1}}}}\n"
        )
        assert schema is None
        assert [place.partition(":")[0] for _, place in mistakes] == ["5"], broken


COMPARED = {
    "[s, eq, t]": None,
    "[s, ne, {value: a}]": None,
    "[b, eq, c]": None,
    "[b, eq, {value: true}]": None,
    "[s, eq, e]": None,
    "[e, eq, {value: u}]": None,
    "[f, lt, g]": None,
    "[f, eq, g]": None,
    "[i, ge, j]": None,
    "[s, lt, t]": "check-type",
    "[b, lt, c]": "check-type",
    "[l, eq, l2]": "check-type",
    "[l, eq, {value: 1}]": "check-type",
    "[a, eq, {value: 1}]": "check-type",
    "[f, ne, {value: 1}]": "check-type",
    "[e, eq, {value: w}]": "constant-type",
    "[i, lt, f]": "rule-column",
    "[s, eq, b]": "rule-column",
    "[d, lt, m]": "rule-column",
}


@pytest.mark.parametrize(("compared", "code"), COMPARED.items(), ids=list(COMPARED))
def test_what_rules_compare(compared, code):
    schema, mistakes = read(
        "schema: a\ncolumns:\n  s: string\n  t: string?\n  b: bool\n  c: bool\n"
        "  e: {type: enum, of: [u, v]}\n  f: float32\n  g: float64\n  i: int8\n  j: uint64\n"
        "  l: {type: list, of: int8}\n  l2: {type: list, of: int8}\n  a: any\n  d: date\n"
        f"  m: timestamp\nrules: [{{name: r, compare: {compared}}}]\n"
    )
    assert [found for found, _ in mistakes] == ([code] if code else [])
    assert (schema is None) is bool(code)


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
    assert resolve_policy("development") == Policy(check="sample", cast="safe", on_fail="warn")
    assert resolve_policy("production") == Policy(check="full", on_fail="error")
    assert resolve_policy("staging") == resolve_policy("production")
    project = {"development": {"check": "full", "sample": {"head": 1, "seed": 7}}}
    schema = {"development": {"on_fail": "error"}, "production": {"check": "none"}}
    task = {"development": {"sample": {"random": 2}}}
    found = resolve_policy("development", project, schema, task)
    assert found == Policy(check="full", cast="safe", on_fail="error", head=1, seed=7, random=2)
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


TOGETHER = {
    "[x, lt, y]; [x, gt, y]": True,
    "[x, lt, y]; [y, lt, x]": True,
    "[x, le, y]; [y, le, x]": False,
    "[x, le, y]; [y, le, x]; [x, ne, y]": True,
    "[x, eq, y]; [x, ne, y]": True,
    "[x, lt, y]; [y, lt, z]; [z, lt, x]": True,
    "[x, lt, y]; [y, eq, z]; [z, le, x]": True,
    "[x, le, y]; [y, le, z]; [z, le, x]": False,
    "[x, lt, y]; [x, lt, z]; [y, lt, z]": False,
    "[x, lt, {value: 3}]; [x, gt, {value: 2}]": True,
    "[x, lt, {value: 4}]; [x, gt, {value: 2}]": False,
    "[x, eq, {value: 3}]; [x, ne, {value: 3}]": True,
    "[small, gt, large]": True,
    "[small, eq, large]": True,
    "[small, lt, large]": False,
    "[small, ge, {value: 6}]": True,
    "[small, ge, {value: 5}]": False,
    "[kind, eq, {value: z}]": True,
    "[kind, ne, {value: a}]": False,
    "[flag, ne, {value: true}]; [flag, ne, {value: false}]": True,
    "[soft, gt, {value: 9}]": False,
}


@pytest.mark.parametrize(("rules", "never"), TOGETHER.items())
def test_rules_that_no_row_meets_are_told(rules: str, never: bool):
    lines = [f"  - {{name: r{n}, compare: {one}}}" for n, one in enumerate(rules.split("; "))]
    text = (
        "schema: s\ncolumns:\n  x: int64\n  y: int64\n  z: int64\n"
        "  small: {type: int64, max: 5}\n  large: {type: int64, min: 6}\n"
        "  soft: {type: int64, max: 5, severity: warn}\n"
        "  kind: {type: string, in: [a, b]}\n  flag: bool\nrules:\n" + "\n".join(lines)
    ) + "\n"
    found = [code for code, _ in read(text)[1]]
    assert found[:1] == (["never-holds"] if never else [])


def test_a_rule_that_warns_forbids_nothing():
    text = "schema: s\ncolumns: {x: int64, y: int64}\nrules:\n"
    text += "  - {name: a, compare: [x, lt, y]}\n"
    text += "  - {name: b, compare: [x, gt, y], severity: warn}\n"
    assert read(text)[1] == []


@pytest.mark.parametrize(
    ("column", "least", "never"),
    [
        ("{type: bool, unique: true}", 2, False),
        ("{type: bool, unique: true}", 3, True),
        ("{type: bool, unique: true, nullable: true}", 3, False),
        ("{type: bool, unique: true, nullable: true}", 4, True),
        ("{type: int8, unique: true, min: 120}", 8, False),
        ("{type: int8, unique: true, min: 120}", 9, True),
        ("{type: int8, unique: true, min: 120, severity: warn}", 9, False),
        ("{type: int8, unique: true, min: 120, required: false}", 9, False),
        ("{type: string, unique: true}", 1000, False),
    ],
)
def test_rows_have_values_enough_where_each_stands_once(column: str, least: int, never: bool):
    text = f"schema: s\nrows: {{min: {least}}}\ncolumns:\n  x: {column}\n"
    assert [code for code, _ in read(text)[1]] == (["never-holds"] if never else [])
