"""What the lock records of others' frames, and the edges that are proven by it without a store."""

from __future__ import annotations

import json
import shutil
import tomllib

import pytest

from tests.api.frames import MADE, TAKEN, TAKER, maker, publish, taker, write
from tests.api.sharing import session_in
from wombat.api.lockfile import FILE
from wombat.api.locking import lock, remove
from wombat.api.project import check
from wombat.schema.model import schema_from_json

pytestmark = pytest.mark.slow
SCHEMA = "schemas/locked/customers.json"


@pytest.fixture
def crm(tmp_path):
    return maker(tmp_path)


@pytest.fixture
def shop(tmp_path, crm):
    root = taker(tmp_path)
    lock(session_in(root, "local"))
    return root


def codes(found):
    return [one.code for one in found.diagnostics]


def edge(found):
    return found.plans["report"].edges[0]


def test_the_lock_records_what_the_run_recorded(shop):
    entry = tomllib.loads((shop / FILE).read_text())["artifact"]["customers"]
    text = (shop / SCHEMA).read_text()
    schema = schema_from_json(json.loads(text))
    assert (schema.name, schema.version, str(schema.digest)) == (
        "crm.customers", "1.0", entry["schema_digest"],
    )  # fmt: skip
    assert entry["schema_profile"] == "development"
    assert text.count("\n") > 10


def test_the_edge_is_proven_without_the_store(shop, tmp_path):
    shutil.rmtree(tmp_path / "shared")
    found = check(shop)
    assert codes(found) == []
    assert edge(found).verdict == "proven"
    assert "as wombat.lock has it" in edge(found).reason
    assert found.plans["report"].schemas[edge(found).producer_schema]["schema"] == "crm.customers"


def test_an_upgrade_that_breaks_is_refused_where_it_is_taken(crm, shop):
    write(crm, {"schemas/all.yml": MADE.replace("min: 0}", "min: 0, nullable: true}")})
    publish(crm)
    assert codes(check(shop)) == []
    lock(session_in(shop, "local"), everything=True)
    found = check(shop)
    assert codes(found) == ["edge-refuted"]
    (said,) = found.diagnostics
    assert said.related[0][0].path == SCHEMA
    assert said.table[0] == ("id", "age")
    assert "null" in said.table[1]


@pytest.mark.parametrize("harm", ["gone", "changed", "no JSON"])
def test_a_file_that_isnt_the_locks_is_told_and_written_again(shop, harm):
    file, before = shop / SCHEMA, (shop / SCHEMA).read_text()
    if harm == "gone":
        file.unlink()
    else:
        file.write_text(before.replace('"min": 0', '"min": 5') if harm == "changed" else "{")
    assert "lock-schema" in codes(check(shop))
    assert lock(session_in(shop, "local"), write=False).stale
    assert lock(session_in(shop, "local")).lines[0].state != "moved"
    assert file.read_text() == before
    assert not lock(session_in(shop, "local"), write=False).stale


def test_an_older_lock_catches_up(shop):
    text = (shop / FILE).read_text()
    lines = [one for one in text.splitlines(keepends=True) if not one.startswith("schema_")]
    (shop / FILE).write_text("".join(lines))
    shutil.rmtree(shop / "schemas" / "locked")
    assert edge(check(shop)).verdict == "unknown"
    assert lock(session_in(shop, "local"), write=False).stale
    lock(session_in(shop, "local"))
    assert (shop / FILE).read_text() == text
    assert edge(check(shop)).verdict == "proven"


def test_what_nothing_takes_goes(shop):
    write(shop, {"pipelines/report.yml": "pipeline: report\ntasks: {x: {shell: x}}\n"})
    lock(session_in(shop, "local"))
    assert not (shop / "schemas" / "locked").exists()


def test_a_removed_entry_takes_its_file_along(shop):
    write(shop, {"pipelines/report.yml": "pipeline: report\ntasks: {x: {shell: x}}\n"})
    remove(session_in(shop, "local"), "customers")
    assert not (shop / SCHEMA).exists()


@pytest.mark.parametrize(
    ("word", "verdict"), [("crm.customers@1", "proven"), ("crm.customers@2", None)]
)
def test_anothers_schema_is_named_through_the_lock(shop, word, verdict):
    write(shop, {"pipelines/report.yml": TAKER.replace("report.customers", word)})
    found = check(shop)
    assert codes(found) == ([] if verdict else ["unknown-schema"])
    if verdict:
        assert edge(found).verdict == verdict


def test_an_own_schema_of_that_name_comes_first(shop):
    own = TAKEN.replace("report.customers", "crm.customers").replace("age: int64", "id: string")
    write(shop, {
        "schemas/all.yml": own,
        "pipelines/report.yml": TAKER.replace("report.customers", "crm.customers"),
    })  # fmt: skip
    assert codes(check(shop)) == ["edge-refuted"]
