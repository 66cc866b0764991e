"""Large schemas load in a time that grows with them, and what would take too long is refused."""

from __future__ import annotations

import time

import pytest

from wombat.api.reading import read_project
from wombat.errors import Diagnostics


def loaded(folder, text):
    (folder / "schemas").mkdir(exist_ok=True)
    (folder / "schemas/a.yml").write_text(text)
    sink = Diagnostics()
    began = time.process_time()
    found = read_project(folder, sink)
    return found.schemas, list(sink), time.process_time() - began


def listed(count):
    return ", ".join(f"member_{n}" for n in range(count))


LISTS = {
    "an enumeration": "schema: a\ncolumns: {{k: {{type: enum, of: [{}]}}}}\n",
    "a list of texts": "schema: a\ncolumns: {{k: {{type: string, in: [{}]}}}}\n",
    "texts that are none": "schema: a\ncolumns: {{k: {{type: string, not_in: [{}]}}}}\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("what", LISTS)
def test_members_take_a_time_that_grows_with_them(tmp_path, what):
    """Ten times as many: 10 is linear, 100 is quadratic."""
    text = LISTS[what]
    _, found, few = loaded(tmp_path, text.format(listed(3_000)))
    _, more_found, many = loaded(tmp_path, text.format(listed(30_000)))
    assert (found, more_found) == ([], [])
    assert many < 35 * few


def test_a_member_that_stands_twice_is_found_far_apart(tmp_path):
    _, found, _ = loaded(tmp_path, LISTS["an enumeration"].format(f"{listed(500)}, member_0"))
    assert ["stands twice" in one.message for one in found] == [True]


def varied(columns, profiles):
    names = "".join(f"  c{n}: int64\n" for n in range(columns))
    layers = "".join(f"  p{n}: {{columns: {{c0: {{min: {n}}}}}}}\n" for n in range(profiles))
    return f"schema: a\ncolumns:\n{names}policies:\n{layers}"


@pytest.mark.slow
def test_profiles_of_a_wide_schema_have_a_limit(tmp_path):
    schemas, found, _ = loaded(tmp_path, varied(10, 40))
    assert (len(schemas["a"].schema.variants), found) == (40, [])
    _, found, took = loaded(tmp_path, varied(2000, 300))
    (said,) = (one for one in found if one.code == "policy-patch")
    assert "50,000 columns in all of them together" in said.message
    assert took < 60


def test_a_digest_doesnt_hang_on_variants(tmp_path):
    schemas, _, _ = loaded(tmp_path, varied(3, 2))
    schema = schemas["a"].schema
    alone, _, _ = loaded(tmp_path, varied(3, 2).partition("policies:")[0])
    assert schema.digest == alone["a"].schema.digest
    assert schema.digest != schema.in_profile("p1").digest
