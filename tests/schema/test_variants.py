"""What a profile changes in a schema, and production against development."""

from __future__ import annotations

import pytest

from tests.schema.test_load import read
from wombat.errors import Diagnostics
from wombat.language.source import parse_documents
from wombat.schema.load import read_schema
from wombat.schema.model import schema_from_json

BODY = """\
schema: shop.orders
columns:
  id: {type: int64, min: 1}
  note: string?
  code: {type: string, length: [1, 9], pii: true}
"""


def test_a_profile_changes_words_and_takes_some_away():
    schema, mistakes = read(
        BODY + "policies:\n"
        "  production:\n"
        "    on_fail: quarantine\n"
        "    columns: {id: {max: 5}, note: string, code: {length: [2, 3]}}\n"
        "  development: {columns: {id: {min: null}}}\n"
        "  staging: {check: full}\n"
    )
    assert mistakes == []
    strict = schema.in_profile("production")
    assert (strict.columns["id"].min, strict.columns["id"].max) == (1, 5)
    assert not strict.columns["note"].nullable
    assert (strict.columns["code"].length, strict.columns["code"].pii) == ((2, 3), True)
    assert list(strict.columns) == list(schema.columns)
    assert schema.in_profile("development").columns["id"].min is None
    assert schema.in_profile("staging") is schema
    assert schema.policies["production"] == {"on_fail": "quarantine"}
    assert len({schema.digest, strict.digest, schema.in_profile("development").digest}) == 3
    assert schema_from_json(schema.to_json()) == schema


def test_extra_by_profile():
    schema, mistakes = read(BODY + "policies: {development: {extra: allow}}\n")
    assert mistakes == []
    assert schema.in_profile("development").extra == "allow"
    assert schema.extra is None


def test_mistakes_stand_in_what_changes():
    told = Diagnostics()
    text = BODY + "policies:\n  production:\n    columns:\n      id: {max: 0}\n      cod: string\n"
    (document,) = parse_documents(text.encode(), "s.yml", told)
    assert read_schema(document, told) is None
    assert [(d.code, str(d.place)) for d in told] == [("policy-patch", "s.yml:10:7")]
    text = text.replace("      cod: string\n", "")
    told = Diagnostics()
    (document,) = parse_documents(text.encode(), "s.yml", told)
    assert read_schema(document, told) is None
    (one,) = told
    assert (one.code, str(one.place)) == ("bounds-empty", "s.yml:9:17")
    assert [said for _, said in one.related] == ["in production"]


def policies(**columns: str) -> str:
    layers = "".join(
        f"  {profile}: {{columns: {{{words}}}}}\n" for profile, words in columns.items()
    )
    return BODY + f"policies:\n{layers}"


NARROW = [
    policies(production="id: {max: 5}"),
    policies(production="note: string"),
    policies(production="id: {min: 2}, code: {length: [2, 3]}"),
    policies(development="id: {min: 0}"),
    policies(development="note: {default: '-'}"),
    policies(production="code: {equals: abc}"),
    policies(production="id: {severity: error}", development="id: {severity: warn}"),
    policies(staging="id: {max: 5}"),
]
WIDE = [
    policies(production="id: {min: 0}"),
    policies(production="id: {min: null}"),
    policies(production="id: {nullable: true}"),
    policies(production="id: {required: false}"),
    policies(production="code: null"),
    policies(production="id: {type: int32}"),
    policies(production="id: {severity: warn}"),
    policies(production="code: {match: '[a-z]{1,9}'}", development="code: {match: 'x+'}"),
    policies(development="id: {max: 5}"),
    policies(development="code: {unique: true}"),
    policies(development="note: {fill_null: '-'}"),
    policies(development="note: {default: '-'}", production="note: {required: false}"),
    policies(staging="id: {min: 0}"),
    BODY + "policies: {production: {extra: allow}}\n",
]  # fmt: skip


@pytest.mark.parametrize("text", NARROW)
def test_profiles_may_be_narrower_than_development(text):
    schema, mistakes = read(text)
    assert mistakes == []
    assert schema is not None
    _, mistakes = read(text.replace("columns:", "allow_divergence: because\ncolumns:", 1))
    assert [code for code, _ in mistakes] == ["divergence-unneeded"]


@pytest.mark.parametrize("text", WIDE)
def test_profiles_must_not_be_wider(text):
    schema, mistakes = read(text)
    assert schema is None
    assert {code for code, _ in mistakes} == {"policy-diverges"}
    schema, mistakes = read(text.replace("columns:", "allow_divergence: because\ncolumns:", 1))
    assert mistakes == []
    assert schema.allow_divergence == "because"


def test_a_divergence_shows_a_frame_and_both_places():
    told = Diagnostics()
    text = policies(production="id: {min: 0}", development="id: {min: 5}")
    (document,) = parse_documents(text.encode(), "s.yml", told)
    assert read_schema(document, told) is None
    (one,) = told
    assert str(one.place) == "s.yml:7:26"
    assert [str(place) for place, _ in one.related] == ["s.yml:8:27"]
    assert "id" in one.table[0]
    assert int(one.table[1][one.table[0].index("id")]) < 5


def test_values_made_up_for_personal_columns_are_shown():
    told = Diagnostics()
    text = policies(production="code: {equals: secret}", development="code: {equals: hidden}")
    (document,) = parse_documents(text.encode(), "s.yml", told)
    assert read_schema(document, told) is None
    assert "secret" in str([one.table for one in told])  # it stands in the schema, too
