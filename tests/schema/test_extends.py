"""Schemas that extend others: own words win, the rest adds up, mistakes stand where they are."""

from __future__ import annotations

from wombat.errors import Diagnostics
from wombat.schema.load import load_schemas

BASE = """\
schema: shop.base
version: "2.1"
title: Base
owner: shop
tags: [core]
key: [id]
unique: [[id, at]]
order: exact
extra: allow
rows: {min: 1}
columns:
  id: {type: int64, min: 1, nullable: true}
  at: {type: timestamp, unit: ms, timezone: UTC}
  code: {type: string, match: "[A-Z]+", length: [1, 5]}
  note: string?
patterns:
  - {match: "x_.*", type: float64}
rules:
  - {name: early, compare: [at, lt, {value: 2030-01-01T00:00Z}]}
  - {name: small, compare: [id, lt, {value: 100}]}
drift:
  - {column: id, mean: 1}
policies:
  development: {on_fail: warn, sample: {head: 5, seed: 1}}
  production: {columns: {id: {max: 50}}}
"""


def load(tmp_path, *texts: str):
    sink = Diagnostics()
    files = []
    for number, text in enumerate(texts):
        file = tmp_path / f"{number}.yml"
        file.write_text(text)
        files.append((file, file.name))
    return load_schemas(files, sink), [(d.code, str(d.place)) for d in sink]


CHILD = """\
schema: shop.child
extends: shop.base@2
tags: [core, more]
columns:
  at: {timezone: Europe/Berlin}
  code: {length: null, min: 1, type: int64, match: null}
  note: string
  size: int32
patterns:
  - {match: "x_.*", type: float32}
  - {match: "y_.*", type: int8}
rules:
  - {name: early, compare: [size, gt, {value: 0}]}
  - {name: third, compare: [id, ne, code]}
drift:
  - {column: id, mean: 2}
  - {rows: [0.5, 2]}
policies:
  development: {check: full, sample: {head: 7}}
"""
WRITTEN_OUT = """\
schema: shop.child
tags: [core, more]
owner: shop
key: [id]
unique: [[id, at]]
order: exact
extra: allow
rows: {min: 1}
columns:
  id: {type: int64, min: 1, nullable: true}
  at: {type: timestamp, unit: ms, timezone: Europe/Berlin}
  code: {type: int64, min: 1}
  note: string
  size: int32
patterns:
  - {match: "x_.*", type: float32}
  - {match: "y_.*", type: int8}
rules:
  - {name: small, compare: [id, lt, {value: 100}]}
  - {name: early, compare: [size, gt, {value: 0}]}
  - {name: third, compare: [id, ne, code]}
drift:
  - {column: id, mean: 2}
  - {rows: [0.5, 2]}
policies:
  development: {check: full, on_fail: warn, sample: {head: 7, seed: 1}}
  production: {columns: {id: {max: 50}}}
"""


def test_it_is_the_schema_written_out_whole(tmp_path):
    for order in ((BASE, CHILD), (CHILD, BASE)):
        found, mistakes = load(tmp_path, *order)
        assert mistakes == []
        whole, mistakes = load(tmp_path, WRITTEN_OUT)
        assert mistakes == []
        ours, theirs = found["shop.child"].schema, whole["shop.child"].schema
        assert ours == theirs
        assert list(ours.columns) == list(theirs.columns)
        assert ours.digest == theirs.digest
        assert ours.in_profile("production").columns["id"].max == 50


def test_what_is_said_of_itself_alone_is_not_inherited(tmp_path):
    found, _ = load(tmp_path, BASE, "schema: b\nextends: shop.base\n")
    schema = found["b"].schema
    assert (schema.version, schema.title, schema.owner) == (None, None, "shop")


def test_chains_and_places(tmp_path):
    found, mistakes = load(
        tmp_path,
        "schema: c\nextends: b\ncolumns: {z: int8}\n",
        "schema: a\ncolumns:\n  x: int64\n  y: {type: int64, min: 3}\n",
        "schema: b\nextends: a\ncolumns:\n  y: {max: 9}\n",
    )
    assert mistakes == []
    assert list(found["c"].schema.columns) == ["x", "y", "z"]
    assert (found["c"].schema.columns["y"].min, found["c"].schema.columns["y"].max) == (3, 9)
    document = found["c"].document
    assert str(document.at("columns", "x")) == "1.yml:3:6"
    assert str(document.at("columns", "y", "min")) == "1.yml:4:25"
    assert str(document.key_at("columns", "y", "max")) == "2.yml:4:7"
    assert str(document.at("columns", "z")) == "0.yml:3:14"


def test_another_key_keeps_the_one_before_unique(tmp_path):
    found, mistakes = load(
        tmp_path,
        "schema: a\nkey: [x]\ncolumns: {x: {type: int64, nullable: true}, y: int64, w: string}\n",
        "schema: b\nextends: a\nkey: [y, w]\n",
        "schema: c\nextends: a\nkey: null\n",
        "schema: d\nextends: a\nkey: [x]\n",
    )
    assert mistakes == []
    b = found["b"].schema
    assert (b.key, b.unique, b.columns["x"].nullable) == (("y", "w"), (("x",),), False)
    assert (found["c"].schema.key, found["c"].schema.unique) == ((), ())
    assert (found["d"].schema.key, found["d"].schema.unique) == (("x",), ())


def test_a_column_is_taken_away_by_null_alone(tmp_path):
    base = "schema: a\ncolumns: {x: int64, y: int64}\n"
    found, mistakes = load(tmp_path, base, "schema: b\nextends: a\ncolumns: {y: null}\n")
    assert (list(found["b"].schema.columns), mistakes) == (["x"], [])
    _, mistakes = load(tmp_path, base, "schema: b\nextends: a\ncolumns:\n  y:\n")
    assert mistakes == [("wrong-type", "1.yml:4:5")]
    _, mistakes = load(tmp_path, base, "schema: b\nextends: a\ncolumns: {z: null}\n")
    assert mistakes == [("wrong-type", "1.yml:3:14")]


def test_a_class_is_not_inherited(tmp_path):
    found, mistakes = load(
        tmp_path,
        "schema: a\npython: m:A\nsource: abc\ncolumns: {x: int64}\n",
        "schema: b\nextends: a\n",
    )
    assert mistakes == []
    assert (found["a"].schema.python, found["a"].schema.source) == ("m:A", "abc")
    assert (found["b"].schema.python, found["b"].schema.source) == (None, None)


def test_mistakes_with_words_of_the_base_stand_where_it_is_overridden(tmp_path):
    base = "schema: a\ncolumns:\n  x: {type: string, match: b+}\n  y: int64\n"
    sink = Diagnostics()
    for number, text in enumerate((base, "schema: b\nextends: a\ncolumns: {x: int64}\n")):
        (tmp_path / f"{number}.yml").write_text(text)
    load_schemas([(tmp_path / f"{n}.yml", f"{n}.yml") for n in (0, 1)], sink)
    (one,) = sink
    assert (one.code, str(one.place)) == ("check-type", "1.yml:3:14")
    told = [(str(place), said) for place, said in one.related]
    assert told == [("0.yml:3:28", "in a, which is extended")]


def test_what_is_broken_is_told_once(tmp_path):
    found, mistakes = load(
        tmp_path,
        "schema: a\ncolumns: {x: int}\n",
        "schema: b\nextends: a\n",
        "schema: c\nextends: b\nkey: [x]\n",
    )
    assert mistakes == [("unknown-type", "0.yml:2:14")]
    assert list(found) == []
    assert all(found.broken(name) for name in "abc")


def test_circles_are_told_at_each_of_theirs_alone(tmp_path):
    found, mistakes = load(
        tmp_path,
        "schema: a\nextends: b\n",
        "schema: b\nextends: a\n",
        "schema: c\nextends: a\n",
        "schema: d\nextends: d\n",
        "schema: e\ncolumns: {x: int64}\n",
    )
    assert mistakes == [("extends-circle", f"{n}.yml:2:10") for n in (0, 1, 3)]
    assert list(found) == ["e"]
    assert all(found.broken(name) for name in "abcd")


def test_versions_and_near_names(tmp_path):
    _, mistakes = load(tmp_path, BASE, "schema: b\nextends: shop.base@1\n")
    assert mistakes == [("unknown-schema", "1.yml:2:10")]
    _, mistakes = load(tmp_path, BASE, "schema: b\nextends: shop.bas\n")
    assert mistakes == [("unknown-schema", "1.yml:2:10")]


REFERENCE = "schema: a\npython: m:A\nowner: us\npolicies: {production: {cases: 1}}\n"
IMPORTED = 'schema: a\nversion: "1.0"\npython: m:A\nsource: abc\ncolumns: {x: int64}\n'


def test_a_class_by_name_takes_the_imported_body(tmp_path):
    for order in ((REFERENCE, IMPORTED), (IMPORTED, REFERENCE)):
        found, mistakes = load(tmp_path, *order)
        assert mistakes == []
        schema = found["a"].schema
        assert (schema.python, schema.source, schema.owner) == ("m:A", "abc", "us")
        assert (list(schema.columns), schema.version) == (["x"], "1.0")
        assert schema.policies == {"production": {"cases": 1}}
        assert not found.pending


def test_a_class_by_name_is_extended_as_any_other(tmp_path):
    child = "schema: b\nextends: a@1\n"
    for order in ((child, REFERENCE, IMPORTED), (child, IMPORTED, REFERENCE)):
        found, mistakes = load(tmp_path, *order)
        assert mistakes == []
        assert (list(found["b"].schema.columns), found["b"].schema.owner) == (["x"], "us")


def test_a_class_that_is_not_imported_is_pending(tmp_path):
    found, mistakes = load(tmp_path, REFERENCE, "schema: b\nextends: a\n")
    assert mistakes == []
    assert list(found) == []
    assert found.pending["a"].at("python").line == 2
    assert found.broken("a")
    assert found.broken("b")
    found, mistakes = load(tmp_path, REFERENCE, IMPORTED.replace("m:A", "m:B"))
    assert list(found.pending) == ["a"]
