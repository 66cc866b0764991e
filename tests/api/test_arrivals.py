"""What a ref really holds: a frame that doesn't suit its input starts nothing."""

from __future__ import annotations

import json

import pytest

from tests.api.frames import MADE, TAKEN, TAKER, maker, publish, taker, write
from tests.api.sharing import environment, run, session_in
from wombat.api.locking import lock
from wombat.api.project import check
from wombat.api.selecting import choose
from wombat.cli.entry import run as command
from wombat.errors import Invalid

pytestmark = pytest.mark.slow
STRICT = "policies: {development: {on_fail: error}}\n"
NULLS = MADE.replace("min: 0}", "min: 0, nullable: true}")


@pytest.fixture
def crm(tmp_path):
    return maker(tmp_path, NULLS)


@pytest.fixture
def shop(tmp_path, crm):
    root = taker(tmp_path)
    write(root, {"schemas/all.yml": TAKEN + STRICT})
    return root


def test_a_run_is_refused_before_it_begins(shop):
    with pytest.raises(Invalid) as caught:
        run(shop, "report", zone="local")
    (said,) = caught.value.diagnostics
    assert (said.code, said.place.path) == ("edge-refuted", "pipelines/report.yml")
    assert "as its run recorded it in development" in said.message
    assert said.table == (("id", "age"), ("1", "null"))
    assert list(session_in(shop, "local").store.ref_log("report", "main", "heads")) == []


def test_where_a_profile_only_warns_it_begins(shop):
    write(shop, {"schemas/all.yml": TAKEN})
    assert run(shop, "report", zone="local").published


def test_what_suits_it_begins(crm, shop):
    write(crm, {"schemas/all.yml": MADE})
    publish(crm)
    assert run(shop, "report", zone="local").published


def test_what_is_locked_is_what_counts(crm, shop):
    write(crm, {"schemas/all.yml": MADE})
    publish(crm)
    lock(session_in(shop, "local"))
    write(crm, {"schemas/all.yml": NULLS})
    publish(crm)
    assert run(shop, "report", zone="local").published


@pytest.mark.parametrize("named", [(), ("report",)])
def test_ci_lets_it_wait_unless_it_is_named(shop, tmp_path, named):
    given = {
        "GITLAB_CI": "true", "CI_PIPELINE_ID": "3", "CI_PIPELINE_IID": "3",
        "CI_COMMIT_SHA": "a" * 40,
        "CI_COMMIT_BRANCH": "main", "CI_PROJECT_PATH": "x/shop", "CI_PIPELINE_SOURCE": "push",
        "WOMBAT_STORE": str(tmp_path / "shared"), "WOMBAT_ZONE": "t",
    }  # fmt: skip
    with environment(**given):
        if named:
            with pytest.raises(Invalid):
                choose(check(shop), named=named)
            return
        chosen = choose(check(shop))
    assert (chosen.headers, chosen.selection.pipelines) == ([], ())
    assert chosen.reasons["report"][0].startswith("waits: crm:crm/customers@main → ages")
    assert [(one.code, one.severity) for one in chosen.refused] == [("edge-refuted", "warning")]


def test_plan_says_what_the_ref_holds_where_it_is_asked(crm, shop, capsys):
    assert command(["plan", "-C", str(shop)]) == 0
    assert "report.customers, unknown" in capsys.readouterr().out
    assert command(["plan", "--stored", "-C", str(shop)]) == 10
    said = capsys.readouterr()
    assert "1 edge: 1 refuted" in said.out
    assert "'age' may be null" in said.err
    write(crm, {"schemas/all.yml": MADE})
    publish(crm)
    assert command(["plan", "--stored", "--json", "-C", str(shop)]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["counts"]["proven"] == 1


@pytest.mark.parametrize("address", ["crm:crm/nothing@main", "crm:crm/customers@nowhere"])
def test_what_isnt_there_yet_is_unknown(shop, address, capsys):
    write(shop, {"pipelines/report.yml": TAKER.replace("crm:crm/customers@main", address)})
    assert command(["plan", "--stored", "-C", str(shop)]) == 0
    assert "1 edge: 1 unknown" in capsys.readouterr().out
