"""Another project's artifacts, with nothing but the store."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.api.sharing import CONSUMER, RANK, built, copied, project, run, session_in
from tests.cli.test_verbs import words
from tests.store.denying import Denying
from wombat.api.addresses import resolve
from wombat.api.artifacts import load
from wombat.api.listing import list_outputs, show_artifact
from wombat.api.overview import list_pipelines
from wombat.api.pulling import pull
from wombat.ci import Told
from wombat.errors import Absent, StoreDenied
from wombat.store import open_store


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return built(tmp_path_factory.mktemp("trained"))


@pytest.fixture
def ml(trained, tmp_path):
    return copied(trained, tmp_path)


@pytest.fixture
def shop(tmp_path):
    return project(tmp_path / "shop", "shop", CONSUMER, RANK, f"store: {tmp_path / 'shared'}\n")


@pytest.mark.parametrize("zone", ["t", "u", "local"])
def test_a_task_reads_another_project_in_its_trusted_zone(ml, shop, zone):
    run(shop, "shop", zone=zone)
    session = session_in(shop, zone)
    found = resolve(session, "shop/rank")
    assert json.loads(found.store.read_file(next(found.artifacts())[1], "data.json")) == {
        "rank": 10
    }
    header = session.store.header("shop", found.ref.run)
    frozen = header["artifacts"]["ml:models/model@main"]
    assert frozen["zone"] == "t/ml"
    assert frozen["ref"]["branch"] == "main"


def test_every_way_to_read_it(ml, shop, tmp_path, monkeypatch):
    session = session_in(shop, "local")
    done = pull(session, "ml:models/model@main", tmp_path / "model")
    assert json.loads((tmp_path / "model" / "data.json").read_text()) == {"weight": 1}
    assert done.files == 1
    assert load("ml:models/train.model@main", start=shop) == {"weight": 1}
    assert load("ml:models/scores[us]", start=shop) == {"region": "us", "score": 1}
    outputs = list_outputs(session, "ml:models@main")
    assert outputs.heading.startswith("ml:models@main, run ")
    assert outputs.tree["zone"] == "t/ml"
    shown = show_artifact(session, "ml:models/model")
    assert shown.heading == "ml:models/model"
    assert list_pipelines(session, "ml").rows[0][0] == "models"
    content = shown.tree["C"]
    assert resolve(session, f"ml:models/model@blake3:{content}").value["C"] == content


@pytest.mark.parametrize("zone", ["t", "u"])
def test_what_a_project_makes_untrusted_or_on_laptops_is_its_own(ml, shop, zone):
    for other in ("u", "local"):
        run(ml, "models", zone=other, weight="7")
    frozen = resolve(session_in(shop, zone), "ml:models/model@main")
    assert frozen.store.zone == "t/ml"
    assert frozen.store.read_file(next(frozen.artifacts())[1], "data.json") == b'{"weight":1}'


def test_a_moving_ref_does_not_move_a_run(ml, shop):
    from wombat.api.project import compile_all
    from wombat.api.runs import draft
    from wombat.executor.header import ensure_header

    plan = compile_all(shop).plans["shop"]

    def begun(number):
        session = session_in(shop, "local")
        return ensure_header(session.store, draft(session, plan, {}, run=number))["artifacts"]

    before = begun("r1")
    run(ml, "models", weight="5")
    assert begun("r1") == before
    assert begun("r2") != before


def test_what_an_address_of_another_project_can_miss(ml, shop):
    session = session_in(shop, "t")
    for text, said, hint in (
        (
            "mll:models/model",
            "project 'mll' has published nothing.*there is ml",
            "did you mean 'ml'?",
        ),
        ("ml:model/model", "project 'ml' has no pipeline 'model'; there is models", "'models'?"),
        ("ml:models/modell", "models has no output 'modell'; there are", "'model'?"),
        ("ml:models/modle", "models has no output 'modle'; there are", "'model'?"),
        ("ml:models/model@mian", "models has no '@mian'; there is the branch main", "'main'?"),
    ):
        with pytest.raises(Absent, match=said) as raised:
            resolve(session, text)
        assert hint in (raised.value.hint or ""), text


def test_a_name_that_no_branch_has_is_told_before_the_branch(ml, shop):
    """The consumer's default branch is another than the producer's."""
    session = session_in(shop, "t")
    told = Told("trunk", "trunk", None)
    session = replace(session, surroundings=replace(session.surroundings, checkout=told))
    for text, said, hint in (
        ("ml:models/mode", "models has no output 'mode'; there are", "'model'?"),
        ("ml:models/train.mode", "models has no output 'train.mode'; there are", "'train.model'?"),
        ("ml:models/model", "models has no branch 'trunk'; there is the branch main", "@main"),
    ):
        with pytest.raises(Absent, match=said) as raised:
            resolve(session, text)
        assert hint in (raised.value.hint or ""), text


@pytest.mark.parametrize("more", [[], ["--all"]])
def test_a_project_that_is_not_there_is_not_empty(ml, shop, capsys, monkeypatch, more):
    monkeypatch.chdir(shop)
    code, out, err = words(capsys, "ls", "mll:", *more)
    assert (code, out, "there is ml" in err, "did you mean 'ml'?" in err) == (17, "", True, True)
    assert words(capsys, "ls", "ml:", *more)[0] == 0
    assert words(capsys, "ls", *more)[0] == 0


def test_what_was_pulled_has_its_project_s_name(ml, shop, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(shop)
    code, out, _ = words(capsys, "pull", "ml:models/model@main", "-o", str(tmp_path / "model"))
    assert (code, out.startswith("ml:models/train.model@main, run ")) == (0, True)


def test_a_project_that_may_not_be_read_is_denied_and_not_absent(ml, shop, monkeypatch):
    import wombat.store.open as opening

    real = opening.open_blobs
    monkeypatch.setattr(
        opening, "open_blobs", lambda address: Denying(real(address), read=("t/ml/", "t/"))
    )
    with pytest.raises(StoreDenied, match="project 'ml' can't be read") as raised:
        resolve(session_in(shop, "local"), "ml:models/model@main")
    assert raised.value.exit_code == 13
    assert "t/ml/" in raised.value.hint


def test_a_project_of_ones_own_name_is_ones_own(ml):
    assert resolve(session_in(ml, "t"), "ml:models/model").value == (
        resolve(session_in(ml, "t"), "models/model").value
    )


def test_nothing_of_the_other_project_is_written(ml, shop, tmp_path):
    store = open_store(str(tmp_path / "shared"), project="ml", zone="t")
    before = sorted(store.blobs.list("t/ml/"))
    run(shop, "shop", zone="local")
    assert sorted(store.blobs.list("t/ml/")) == before
