"""The lock: what moves only when it is told to, and the pins that keep it at its producer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.sharing import CONSUMER, MODELS, RANK, built, copied, project, run, session_in
from tests.cli.test_verbs import words
from tests.store.denying import Denying
from wombat.api.addresses import resolve
from wombat.api.artifacts import load, put
from wombat.api.lockfile import FILE, Content, Entry, Lock, read_lock, write_lock
from wombat.api.locking import add, lock, remove
from wombat.api.plans import show_plans
from wombat.api.pulling import pull
from wombat.errors import Absent, Conflict, Invalid, UsageFault
from wombat.store import open_store
from wombat.store.pins import RENEWED, TERM, pins

pytestmark = pytest.mark.slow
MODEL = "ml:models/model@main"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return built(tmp_path_factory.mktemp("trained"))


@pytest.fixture
def ml(trained, tmp_path):
    return copied(trained, tmp_path)


@pytest.fixture
def shop(tmp_path, ml):
    return project(tmp_path / "shop", "shop", CONSUMER, RANK, f"store: {tmp_path / 'shared'}\n")


def here(shop):
    """A new command each time: the file is read again."""
    return session_in(shop, "local")


def states(done):
    return {line.entry.name: line.state for line in done.lines}


def pinned(tmp_path, project="ml"):
    return pins(open_store(str(tmp_path / "shared"), project=project, zone="t").space, project)


def test_a_lock_holds_while_the_ref_moves(ml, shop):
    assert states(lock(here(shop))) == {"model": "new"}
    text = (shop / FILE).read_text()
    run(ml, "models", weight="5")
    run(shop, "shop", zone="local")
    assert load("shop/rank", start=shop) == {"rank": 10}
    done = lock(here(shop))
    assert (states(done), done.stale) == ({"model": "behind"}, False)
    assert (shop / FILE).read_text() == text
    assert states(lock(here(shop), upgrade=["model"])) == {"model": "moved"}
    run(shop, "shop", zone="local")
    assert load("shop/rank", start=shop) == {"rank": 50}


def test_without_a_lock_the_ref_counts(ml, shop):
    run(ml, "models", weight="5")
    run(shop, "shop", zone="local")
    assert load("shop/rank", start=shop) == {"rank": 50}


def test_a_run_says_that_its_input_was_locked(ml, shop):
    lock(here(shop))
    result = run(shop, "shop", zone="local")
    frozen = here(shop).store.header("shop", result.run)["artifacts"][MODEL]
    assert (frozen["ref"]["locked"], frozen["ref"]["seq"], frozen["zone"]) == ("model", 1, "t/ml")


def test_check_tells_what_does_not_fit(ml, shop, tmp_path):
    assert lock(here(shop), write=False).stale
    assert not (shop / FILE).exists()
    lock(here(shop))
    assert not lock(here(shop), write=False).stale
    run(ml, "models", weight="5")
    assert not lock(here(shop), write=False).stale, "behind is no fault"
    assert lock(here(shop), write=False, everything=True).stale
    (shop / "pipelines" / "shop.yml").write_text(CONSUMER.replace("@main", "@other"))
    with pytest.raises(Absent, match="has no '@other'"):
        lock(here(shop), write=False)
    (shop / "pipelines" / "shop.yml").write_text("pipeline: shop\ntasks: {one: {shell: date}}\n")
    done = lock(here(shop), write=False)
    assert (states(done), done.stale) == ({"model": "dropped"}, True)
    lock(here(shop))
    assert read_lock(shop).entries == {}


def test_content_that_nobody_holds_any_more_is_told(ml, shop, tmp_path):
    lock(here(shop))
    run(ml, "models", weight="5")
    content = read_lock(shop).entries["model"].contents[""]
    for file in (tmp_path / "shared").rglob(f"m/**/{content}.*"):
        file.unlink()
    done = lock(here(shop), write=False)
    assert (states(done), done.stale) == ({"model": "gone"}, True)
    with pytest.raises(Absent, match="no store that may be read") as raised:
        _freeze(shop)
    assert raised.value.code == "lock-lost"
    assert "--upgrade model" in raised.value.hint


def _freeze(shop):
    from wombat.api.project import compile_all
    from wombat.api.runs import draft

    return draft(here(shop), compile_all(shop).plans["shop"], {})


def test_the_same_content_elsewhere_will_do(ml, shop, tmp_path):
    """A manifest is where it was found; the content is what counts."""
    lock(here(shop))
    entry = read_lock(shop).entries["model"]
    other = Content(entry.contents[""], "0" * 64)
    write_lock(shop, Lock().having(Entry("model", MODEL, False, entry.facts, other)))
    assert _freeze(shop)["artifacts"][MODEL]["C"] == other.content


def test_add_and_remove(ml, shop):
    line = add(here(shop), "ml:models/scores[us]@main", name="us")
    assert (line.state, line.entry.added, line.pin) == ("new", True, "pinned")
    assert add(here(shop), "ml:models/scores[us]@main").state == "kept"
    add(here(shop), MODEL)
    assert set(read_lock(shop).entries) == {"us", "model"}
    for text, name in ((MODEL, "other"), ("ml:models/scores@main", "us")):
        with pytest.raises(UsageFault, match="expected another name") as raised:
            add(here(shop), text, name=name)
        assert raised.value.code == "lock-name"
    assert remove(here(shop), "us")[1]
    entry, gone = remove(here(shop), MODEL)
    assert (entry.name, gone) == ("model", False)
    assert not read_lock(shop).entries["model"].added
    with pytest.raises(UsageFault, match=r"no entry 'modle'.*one of model") as raised:
        remove(here(shop), "modle")
    assert raised.value.hint == "did you mean 'model'?"
    assert states(lock(here(shop))) == {"model": "kept"}


@pytest.mark.parametrize(
    ("name", "hint"),
    [("Model", "--as model"), ("a b", "--as a-b"), ("", None), ("1", None), ("x" * 64, None)],
)
def test_an_entry_has_a_name_that_can_be_written(ml, shop, capsys, monkeypatch, name, hint):
    monkeypatch.chdir(shop)
    code, _, err = words(capsys, "add", MODEL, "--as", name)
    assert (code, "error[lock-name]" in err, "can't be the name" in err) == (2, True, True), err
    assert hint is None or hint in err
    assert not (shop / FILE).exists()


def test_names_that_are_taken_get_longer(ml, shop):
    names = [
        add(here(shop), text).entry.name
        for text in (MODEL, "ml:models/train.model@main", "ml:models/train.model")
    ]
    assert names == ["model", "models-model", "ml-models-model"]


def test_parts_are_locked_together(ml, shop):
    entry = add(here(shop), "ml:models/scores@main").entry
    assert set(entry.contents) == {"us", "eu"}
    assert read_lock(shop).entries["scores"] == entry


def test_ones_own_artifacts_are_locked_where_that_is_asked_for(ml, shop, tmp_path):
    file = tmp_path / "limits.json"
    uses = CONSUMER.replace(MODEL, "raw/limits").replace("model:", "model:")
    (shop / "pipelines" / "shop.yml").write_text(uses)
    for weight in (1, 2):
        file.write_text(json.dumps({"weight": weight}))
        put(session_in(shop, "t"), file, "raw/limits", kind="json")
        if weight == 1:
            assert add(session_in(shop, "t"), "shop:raw/limits").entry.address == "raw/limits"
    run(shop, "shop", zone="t")
    with_lock = resolve(session_in(shop, "t"), "shop/rank")
    assert with_lock.store.read_file(next(with_lock.artifacts())[1], "data.json") == b'{"rank":10}'
    assert states(lock(session_in(shop, "t"))) == {"limits": "behind"}


@pytest.mark.parametrize("zone", ["t", "local"])
def test_what_is_locked_is_pinned_at_its_producer(ml, shop, tmp_path, zone):
    done = lock(session_in(shop, zone))
    assert [line.pin for line in done.lines] == ["pinned"]
    [pin] = pinned(tmp_path)
    assert (pin.consumer, pin.address) == ("shop", MODEL)
    assert pin.value["run"] == read_lock(shop).entries["model"].facts["run"]
    [artifact] = pin.artifacts()
    assert (artifact.content, artifact.zone) == (
        read_lock(shop).entries["model"].contents[""],
        "t/ml",
    )
    assert [line.pin for line in lock(session_in(shop, zone)).lines] == ["held"]
    assert len(pinned(tmp_path)) == 1


def test_what_is_not_pinned_is_said(ml, shop, capsys, monkeypatch):
    (shop / "pipelines" / "shop.yml").write_text(CONSUMER.replace("models/model", "local/model"))
    text = MODELS.replace("pipeline: models", "pipeline: local")
    (ml / "pipelines" / "local.yml").write_text(text)
    run(ml, "local", zone="local", weight="7")
    monkeypatch.chdir(shop)
    code, out, _ = words(capsys, "lock")
    assert (code, "; not pinned: versions of trusted zones are" in out) == (0, True), out


def test_an_untrusted_run_pins_nothing(ml, shop, tmp_path):
    assert [line.pin for line in lock(session_in(shop, "u")).lines] == ["not-ours"]
    assert pinned(tmp_path) == []


def test_where_the_pin_may_not_be_written_the_lock_stands_without(ml, shop, monkeypatch, tmp_path):
    import wombat.store.open as opening

    real = opening.open_blobs
    monkeypatch.setattr(opening, "open_blobs", lambda at: Denying(real(at), write=("x/",)))
    assert [line.pin for line in lock(here(shop)).lines] == ["denied"]
    assert pull(here(shop), MODEL, tmp_path / "model").fetched
    assert pinned(tmp_path) == []


def test_pulling_of_another_project_subscribes(ml, shop, tmp_path):
    pull(here(shop), MODEL, tmp_path / "model")
    assert [pin.address for pin in pinned(tmp_path)] == [MODEL]
    pull(session_in(ml, "t"), "models/model", tmp_path / "own")
    assert len(pinned(tmp_path)) == 1


def test_a_trusted_run_renews_what_it_relies_on(ml, shop, tmp_path, monkeypatch):
    lock(here(shop))
    later = datetime.now(UTC) + TERM - RENEWED + timedelta(days=2)

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return later

    monkeypatch.setattr("wombat.api.subscribing.datetime", Later)
    run(shop, "shop", zone="local")
    assert len(pinned(tmp_path)) == 1
    monkeypatch.setenv("WOMBAT_ZONE", "t")
    assert show_plans(shop).outline.tasks  # looking holds on to nothing
    assert len(pinned(tmp_path)) == 1
    monkeypatch.delenv("WOMBAT_ZONE")
    run(shop, "shop", zone="t")
    assert len(pinned(tmp_path)) == 2
    assert max(pin.until for pin in pinned(tmp_path)) > later + RENEWED


def test_broken_pipelines_are_said_and_nothing_is_dropped(ml, shop):
    lock(here(shop))
    text = (shop / FILE).read_text()
    (shop / "pipelines" / "shop.yml").write_text("pipeline: shop\ntasks: [")
    with pytest.raises(Invalid):
        lock(here(shop))
    assert (shop / FILE).read_text() == text


def test_a_fork_of_the_producer_is_said(ml, shop, monkeypatch):
    def forked(*_):
        raise Conflict("'main' was published twice at once", code="ref-fork")

    monkeypatch.setattr("wombat.api.locking.resolve", forked)
    with pytest.raises(Conflict):
        lock(here(shop))


def test_the_words_of_the_command_line(ml, shop, capsys, monkeypatch):
    monkeypatch.chdir(shop)
    code, _, err = words(capsys, "lock", "--check")
    assert (code, "is stale" in err) == (1, True)
    assert words(capsys, "lock")[0] == 0
    assert words(capsys, "lock", "--check")[0] == 0
    run(ml, "models", weight="5")
    code, out, _ = words(capsys, "lock", "--check")
    assert (code, "is newer" in out) == (0, True)
    text = (shop / FILE).read_text()
    for options in (["-U", "model"], ["--upgrade-all"]):
        code, out, err = words(capsys, "lock", "--check", *options)
        assert (code, "model@main): would move to run" in out) == (1, True), out
        wanted = " ".join(["wombat lock", *options]).replace("-U", "--upgrade")
        assert f"expected what '{wanted}' writes" in err
    assert (shop / FILE).read_text() == text
    code, out, _ = words(capsys, "remove", "model")
    assert (code, "nothing changed" in out, (shop / FILE).read_text()) == (0, True, text)
    code, out, _ = words(capsys, "lock", "--upgrade-all", "--json")
    [entry] = json.loads(out)["entries"]
    assert (entry["state"], entry["seq"]) == ("moved", 2)
    code, out, _ = words(capsys, "add", "ml:models/scores[us]@main", "--as", "us")
    assert (code, out.startswith("us (ml:models/scores[us]@main): locked at run")) == (0, True)
    assert words(capsys, "remove", "us")[1] == "us (ml:models/scores[us]@main): removed\n"
    assert words(capsys, "add", "ml:models/nothing@main")[0] == 17
    assert words(capsys, "remove", "nothing")[0] == 2
    code, out, _ = words(capsys, "ls", "ml:", "--all", "--json")
    assert {pin["consumer"] for pin in json.loads(out)["pins"]} == {"shop"}
