"""The JSON Schema for editors takes what is right, and marks what is wrong."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.schema.test_load import FULL, read
from wombat.schema.editor import schema_json_schema, schema_text

ROOT = Path(__file__).parents[2]
CHECKER = jsonschema.Draft7Validator(schema_json_schema())
MORE = "policies: {production: {columns: {x: {max: null}}}}"
RIGHT = [
    "columns: {x: int64?}",
    "columns: {x: {type: list, of: int64?}}",
    "columns: {x: {type: list, of: {type: decimal, precision: 3, nullable: true}}}",
    "columns: {x: {type: struct, fields: {a: string, b: {type: list, of: date}}}}",
    "columns: {x: {type: enum, of: [a, b], default: a, not_in: [b]}}",
    "columns: {x: {type: string, starts_with: a, ends_with: b, contains: c, equals: acb}}",
    "columns: {x: int64}\npatterns: [{match: 'y.*', type: float64, at_least: 1}]",
    "columns: {x: int64, y: int64}\nrules: [{name: r, compare: [x, lt, y]}]",
    "columns: {x: int64}\nrules: [{name: r, compare: [x, lt, {value: 1}], severity: warn}]",
    "columns: {x: int64}\nrules: [{name: r, python: 'a.b:c', args: {x: [1]}}]",
    "columns: {x: {type: int64, checks: [{python: 'a.b:c', args: {x: 1}}]}}",
    "columns: {x: int64}\ndrift: [{column: x, psi: 0.2}, {rows: [0.5, 2], against: main}]",
    "columns: {x: int64}\nrows: {min: 1}\norder: exact",
    "columns: {x: int64}\npolicies: {production: {columns: {x: {max: 5}}, extra: forbid}}",
    "columns: {x: {type: int64, max: 5}}\nallow_divergence: it is meant\n" + MORE,
    "columns: {x: int64}\npolicies: {a: {on_fail: quarantine, max_failure_rate: 0.1, cast: safe}}",
    "extends: b@2",
    "extends: b\ncolumns: {x: {min: 1}, y: null, z: {max: null}}",
    "python: 'a.b:C'",
]
WRONG = [
    "key: [x]",
    "columns: {x: int}",
    "columns: {x: {type: int64, mni: 1}}",
    "columns: {x: {type: string, length: x}}",
    "columns: {x: decimal}",
    "columns: {x: list}",
    "columns: {x: int64}\nextends: B",
    "columns: {x: {type: list, of: lst}}",
    "columns: {x: {type: list, of: {type: int64, min: 1}}}",
    "columns: {x: {type: struct, fields: [a]}}",
    "columns: {x: {min: 1}}",
    "columns: {x: null}",
    "columns: {x: {type: string, starts_with: ''}}",
    "columns: {x: {type: int64, checks: [{python: a}]}}",
    "columns: {x: {type: int64, default: null}}",
    "columns: {x: int64}\npatterns: [{type: int64}]",
    "columns: {x: int64}\nrules: [{compare: [x, lt, y]}]",
    "columns: {x: int64}\nrules: [{name: r, compare: [x, '<', y]}]",
    "columns: {x: int64}\nrules: [{name: r, compare: [x, lt, 1]}]",
    "columns: {x: int64}\ndrift: [{column: x, psi: 0}]",
    "columns: {x: int64}\ndrift: [{rows: [1]}]",
    "columns: {x: int64}\nrows: {least: 1}",
    "columns: {x: int64}\norder: strict",
    "columns: {x: int64}\npolicies: {production: {on_fail: ignore}}",
    "columns: {x: int64}\npolicies: {production: {columns: {x: {mni: 5}}}}",
    "columns: {x: int64}\npolicies: {production: {max_failure_rate: 2}}",
    "columns: {x: int64}\nversion: v1",
    "extends: b@x",
    "python: a.b.C",
]


def loaded(text: str):
    return yaml.load(text, Loader=yaml.CSafeLoader)  # the one in Python stops at `?`


def test_it_is_a_schema_and_always_the_same():
    CHECKER.check_schema(schema_json_schema())
    assert schema_text() == schema_text()


def test_the_projects_own_files_are_right():
    files = list(ROOT.glob("schemas/*/*.yml"))
    assert files
    for file in files:
        for tree in yaml.safe_load_all(file.read_text()):
            CHECKER.validate(tree)


def test_every_word_is_known():
    # a time in quotes, as YAML 1.1 editors need it
    text = FULL.replace("2026-01-01T00:00:00+01:00", '"2026-01-01T00:00Z"')
    CHECKER.validate(loaded(text))


@pytest.mark.parametrize("body", RIGHT)
def test_it_takes_what_is_right(body):
    CHECKER.validate(loaded(f"schema: a\n{body}\n"))
    if "extends" not in body and not body.startswith("python"):
        assert read(f"schema: a\n{body}\n")[1] == []


@pytest.mark.parametrize("body", WRONG)
def test_it_marks_what_is_wrong(body):
    assert not CHECKER.is_valid(loaded(f"schema: a\n{body}\n"))
    assert read(f"schema: a\n{body}\n")[1]


def closed(tree):
    """Every mapping of a fixed set of words."""
    if isinstance(tree, list):
        return [one for item in tree for one in closed(item)]
    if not isinstance(tree, dict):
        return []
    own = [tree] if "properties" in tree and tree.get("type") == "object" else []
    return own + [one for item in tree.values() for one in closed(item)]


def test_it_is_closed():
    found = closed(schema_json_schema())
    assert len(found) > 10
    assert all(one["additionalProperties"] is False for one in found)
