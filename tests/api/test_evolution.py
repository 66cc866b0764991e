"""A schema that changed in a checkout, judged by those who take it: here, and in other projects."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.api.frames import (
    MADE,
    MAKER,
    TAKEN,
    TAKER,
    commit,
    git,
    maker,
    publish,
    taker,
    write,
)
from tests.api.sharing import environment, session_in
from wombat.api.evolution import against, compare
from wombat.api.locking import add, lock, remove
from wombat.api.project import check
from wombat.api.pulling import pull
from wombat.cli.entry import run
from wombat.errors import UsageFault
from wombat.store import open_store
from wombat.store.pins import pins

pytestmark = pytest.mark.slow
NULLS = MADE.replace("min: 0}", "min: 0, nullable: true}")
GONE = MADE.replace("  age: {type: int64, min: 0}\n", "")
ADDED = MADE + "  name: string\n"
CHECKED = "{type: int64, checks: [{python: 'rules:old'}]}"


@pytest.fixture
def crm(tmp_path):
    return maker(tmp_path)


@pytest.fixture
def shop(tmp_path, crm):
    root = taker(tmp_path)
    lock(session_in(root, "local"))
    return root


def changed(crm, schema):
    write(crm, {"schemas/all.yml": schema})
    return against(crm, "HEAD")


def codes(found):
    return [(one.code, one.severity) for one in found.diagnostics]


def test_a_change_that_breaks_a_consumer_elsewhere_names_it_and_a_row(crm, shop):
    found = changed(crm, NULLS)
    assert (found.changed, found.asked) == (("crm/load.customers",), 1)
    assert codes(found) == [("schema-breaking", "error")]
    (said,) = found.diagnostics
    assert "shop (report/ages.customers)" in said.message
    assert (said.place.path, said.place.line) == ("schemas/all.yml", 5)
    assert said.table == (("id", "age"), ("1", "null"))
    assert "new major version" in said.hint


@pytest.mark.parametrize("schema", [MADE, ADDED, MADE.replace("min: 1}", "min: 1, max: 9}")])
def test_what_suits_every_consumer_is_no_mistake(crm, shop, schema):
    assert codes(changed(crm, schema)) == []


def test_only_what_a_consumer_takes_counts(crm, shop):
    """It takes the age alone: the other column may become what it likes."""
    found = changed(crm, MADE.replace("id: {type: int64, min: 1}", "id: string"))
    assert (codes(found), found.asked) == ([], 1)


def test_a_column_that_goes_is_told_where_it_stood(crm, shop):
    (said,) = changed(crm, GONE).diagnostics
    assert (said.code, said.place.path) == ("schema-breaking", "schemas/all.yml")
    assert "'age'" in said.message


def test_an_output_that_goes_breaks_who_takes_it(crm, shop):
    write(crm, {"pipelines/crm.yml": MAKER.replace("customers:", "clients:")})
    found = against(crm, "HEAD")
    assert codes(found) == [("schema-breaking", "error")]
    assert "isn't made any more" in found.diagnostics[0].message


def test_a_new_major_beside_the_old_breaks_nobody(crm, shop):
    beside = MAKER.replace(
        "outputs: {customers: crm.customers}",
        "outputs: {customers: crm.customers, customers_2: crm.customers.v2}",
    )
    second = NULLS.replace("crm.customers", "crm.customers.v2").replace('"1.0"', '"2.0"')
    write(crm, {"pipelines/crm.yml": beside})
    assert codes(changed(crm, f"{MADE}---\n{second}")) == []


def test_without_a_consumer_it_is_a_note(crm):
    found = changed(crm, NULLS)
    assert codes(found) == [("schema-changed", "note")]
    assert "nobody is known to take it" in found.diagnostics[0].message


def test_a_consumer_that_was_mended_doesnt_hold_anybody_up(crm, shop):
    write(shop, {"schemas/all.yml": TAKEN.replace("int64", "int64?")})
    lock(session_in(shop, "local"))
    assert codes(changed(crm, NULLS)) == []
    write(shop, {"schemas/all.yml": TAKEN})
    lock(session_in(shop, "local"))
    assert codes(changed(crm, NULLS)) == [("schema-breaking", "error")]


def test_a_consumer_that_takes_it_no_more_is_forgotten(crm, shop):
    write(shop, {"pipelines/report.yml": "pipeline: report\ntasks: {x: {shell: x}}\n"})
    lock(session_in(shop, "local"))
    assert codes(changed(crm, NULLS)) == [("schema-changed", "note")]


def test_a_pull_expects_what_was_recorded(crm, tmp_path):
    root = taker(tmp_path)
    pull(session_in(root, "local"), "crm:crm/customers@main", tmp_path / "got")
    (said,) = changed(crm, NULLS).diagnostics
    assert (said.code, "shop (pull)" in said.message) == ("schema-breaking", True)
    assert codes(changed(crm, ADDED)) == []


def test_an_entry_that_no_task_takes_expects_it_too(crm, tmp_path):
    root = taker(tmp_path)
    write(root, {"pipelines/report.yml": "pipeline: report\ntasks: {x: {shell: x}}\n"})
    add(session_in(root, "local"), "crm:crm/customers@main")
    assert "shop (wombat.lock (customers))" in changed(crm, NULLS).diagnostics[0].message
    remove(session_in(root, "local"), "customers")
    assert codes(against(crm, "HEAD")) == [("schema-changed", "note")]


def test_a_consumers_cast_counts(crm, shop):
    wide = TAKEN + "policies: {production: {cast: safe}}\n"
    small = MADE.replace("age: {type: int64, min: 0}", "age: {type: int32, min: 0}")
    assert codes(changed(crm, small)) == [("schema-breaking", "error")]
    write(shop, {"schemas/all.yml": wide})
    lock(session_in(shop, "local"))
    assert codes(changed(crm, small)) == []


def test_what_was_proven_and_isnt_known_any_more_is_a_warning(crm, shop):
    """The same check in both projects, known by its code: then the producer's is taken away."""
    for root in (crm, shop):
        write(root, {"rules.py": "def old(ages):\n    return ages > 17\n"})
    write(shop, {"schemas/all.yml": f"schema: report.customers\ncolumns: {{age: {CHECKED}}}\n"})
    lock(session_in(shop, "local"))
    write(crm, {"schemas/all.yml": MADE.replace("{type: int64, min: 0}", CHECKED)})
    commit(crm)
    assert codes(against(crm, "HEAD")) == []
    found = changed(crm, MADE)
    assert codes(found) == [("schema-doubtful", "warning")]
    assert "shop (report/ages.customers)" in found.diagnostics[0].message


def test_what_never_suited_is_a_note(crm, shop):
    write(shop, {"schemas/all.yml": TAKEN.replace("int64", "string")})
    lock(session_in(shop, "local"))
    assert codes(changed(crm, NULLS)) == [("schema-doubtful", "note")]


def test_an_output_of_another_type_breaks_who_takes_it(crm, shop):
    text = MAKER.replace("customers: crm.customers", "customers: {type: json}")
    write(crm, {"pipelines/crm.yml": text})
    (said,) = against(crm, "HEAD").diagnostics
    assert (said.code, "is a json, was a dataframe" in said.message) == ("schema-breaking", True)


def test_own_tasks_that_take_what_was_published_are_asked(crm):
    own = TAKER.replace("crm:crm/", "crm/").replace("report.customers", "mine")
    mine = "---\nschema: mine\ncolumns: {age: int64}\n"
    write(crm, {"pipelines/report.yml": own, "schemas/all.yml": MADE + mine})
    commit(crm)
    found = changed(crm, NULLS + mine)
    assert [one.about[1:3] for one in found.diagnostics] == [("crm", "report/ages.customers")]
    assert "edge-refuted" in [one.code for one in check(crm).diagnostics]


def test_pins_stay_what_they_are(crm, shop, tmp_path):
    space = open_store(str(tmp_path / "shared"), project="crm", zone="t").space
    assert len(pins(space, "crm")) == 1


@pytest.mark.parametrize("harm", ["no JSON", "no schema", "another's address"])
def test_what_another_project_wrote_is_not_trusted(crm, shop, tmp_path, harm):
    from datetime import UTC, datetime

    from wombat.store.expectations import expect

    space = open_store(str(tmp_path / "shared"), project="crm", zone="t").space
    place = {"place": "evil\x1b[2J", "expected": {"columns": 7} if harm == "no schema" else []}
    address = "ml:crm/customers@main" if harm == "another's address" else "crm:crm/customers@main"
    places = "x" if harm == "no JSON" else [place]
    given = {"address": address, "kind": "tasks", "places": places}
    expect(space, "crm", "evil", now=datetime.now(UTC), **given)
    found = changed(crm, NULLS)
    assert codes(found) == [("schema-breaking", "error")]
    assert found.asked == (1 if harm in ("no JSON", "another's address") else 2)


def test_without_a_store_it_says_who_was_not_asked(crm, shop, tmp_path):
    shutil.rmtree(tmp_path / "shared")
    found = changed(crm, NULLS)
    assert codes(found) == [("schema-changed", "note"), ("schema-unasked", "note")]
    assert "other projects weren't asked" in found.diagnostics[1].message


@pytest.mark.parametrize("revision", ["nowhere", "-x", "--upload-pack=x", "HEAD:tasks.py"])
def test_a_revision_that_isnt_there(crm, revision):
    with pytest.raises(UsageFault) as caught:
        against(crm, revision)
    assert caught.value.code == "against-unknown"


def test_without_a_merge_request_a_revision_is_asked_for(crm):
    with pytest.raises(UsageFault) as caught:
        against(crm)
    assert caught.value.code == "against-missing"


def test_the_worktree_and_the_index_stay_as_they_are(crm, shop):
    write(crm, {"schemas/all.yml": NULLS, "new.txt": "x"})
    git(crm, "add", "new.txt")
    before = git(crm, "status", "--porcelain"), git(crm, "stash", "list")
    against(crm, "HEAD")
    assert (git(crm, "status", "--porcelain"), git(crm, "stash", "list")) == before


def test_a_project_below_its_repository(tmp_path):
    root = maker(tmp_path / "repository")
    shutil.rmtree(root / ".git")
    commit(root.parent)
    assert codes(changed(root, NULLS)) == [("schema-changed", "note")]


def test_the_old_code_never_runs(crm, tmp_path):
    write(crm, {"tasks.py": f"open({str(tmp_path / 'sung')!r}, 'w')\n\n\ndef load(): ...\n"})
    commit(crm)
    changed(crm, NULLS)
    assert not (tmp_path / "sung").exists()


def test_links_of_the_old_revision_lead_nowhere(crm):
    """Neither where they point nor what they say: this one's text is a schema."""
    (crm / "schemas" / "a.yml").symlink_to("schema: crm.customers\ncolumns: {id: string}\n")
    commit(crm)
    (crm / "schemas" / "a.yml").unlink()
    assert against(crm, "HEAD").changed == ()


def test_a_merge_request_is_held_against_its_target(crm, shop, tmp_path, capsys):
    """A shallow clone, as CI has it: the target's commit is fetched."""
    base = git(crm, "rev-parse", "HEAD").strip()
    git(crm, "checkout", "-q", "-b", "change")
    write(crm, {"schemas/all.yml": NULLS})
    head = commit(crm)
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", "-b", "change", f"file://{crm}", str(clone)],
        check=True, capture_output=True,
    )  # fmt: skip
    git(crm, "config", "uploadpack.allowAnySHA1InWant", "true")
    given = {
        "GITLAB_CI": "true", "CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "CI_COMMIT_SHA": head, "CI_PIPELINE_ID": "3", "CI_PIPELINE_IID": "3",
        "CI_PROJECT_PATH": "x/crm", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "change",
        "WOMBAT_STORE": str(tmp_path / "shared"), "WOMBAT_ZONE": "u",
    }  # fmt: skip
    with environment(**given):
        assert run(["check", "--against", "--format", "markdown", "-C", str(clone)]) == 10
        told = capsys.readouterr().out
        assert "shop (report/ages.customers)" in told
        assert "null" in told
        out = str(clone / "out")
        words = ["compile", "--to", "gitlab", "--out", out, "--select", "--against"]
        assert run([*words, "-C", str(clone)]) == 10
        entries = json.loads((clone / "out" / "codequality.json").read_text())
        assert [one["check_name"] for one in entries] == ["schema-breaking"]
        assert "shop (report/ages.customers)" in entries[0]["description"]
        assert not (clone / "out" / "child.yml").exists()


def test_check_counts_what_was_held_against_whom(crm, shop, capsys):
    write(crm, {"schemas/all.yml": ADDED})
    assert run(["check", "--against", "HEAD", "-C", str(crm)]) == 0
    said = capsys.readouterr().out
    assert said.endswith("; since HEAD 1 output changed, held against 1 place known to take it\n")
    assert run(["check", "--against", "HEAD", "--json", "-C", str(crm)]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["against"] == {"revision": "HEAD", "changed": ["crm/load.customers"], "asked": 1}


def test_two_schemas_are_compared(crm):
    from wombat.api.reading import read_project
    from wombat.errors import Diagnostics
    from wombat.plan.offers import offers

    def schema(text):
        write(crm, {"schemas/all.yml": text})
        written = read_project(crm, Diagnostics())
        return offers(written.spec, written.schemas, written.stored)["crm/load.customers"].schema

    old, new = schema(MADE), schema(NULLS)
    found = compare(old, new)
    assert (found.consumers_safe.kind, found.old_data_readable.kind) == ("refuted", "proven")


def test_publishing_again_changes_nothing_here(crm, shop):
    publish(crm)
    assert codes(changed(crm, NULLS)) == [("schema-breaking", "error")]
