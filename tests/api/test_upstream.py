"""A store behind a laptop's own: read through, and pushed to."""

from __future__ import annotations

import json
import random

import pytest

from tests.api.sharing import MODELS, TRAIN, built, copied, project, run, session_in
from tests.cli.test_verbs import words
from wombat.api.addresses import resolve
from wombat.api.artifacts import load, put
from wombat.api.overview import list_pipelines
from wombat.api.pulling import pull
from wombat.api.pushing import push
from wombat.api.runs import run_pipeline
from wombat.api.session import open_session
from wombat.api.tagging import tag
from wombat.errors import Absent, StoreUnreachable, UsageFault
from wombat.store import open_store

USES = """\
pipeline: uses
tasks:
  twice:
    run: tasks:twice
    inputs: {model: {artifact: models/model}}
    outputs: {twice: {type: json}}
"""
TWICE = TRAIN + "\n\ndef twice(model: dict) -> dict:\n    return {'twice': model['weight'] * 2}\n"


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return built(tmp_path_factory.mktemp("trained"))


@pytest.fixture
def team(trained, tmp_path):
    """What CI made, in the trusted zone of the team's store."""
    copied(trained, tmp_path)
    return tmp_path / "shared"


@pytest.fixture
def laptop(tmp_path, team):
    root = project(tmp_path / "laptop", "ml", MODELS, TWICE, f"upstream: {team}\n")
    (root / "pipelines" / "uses.yml").write_text(USES)
    return root


def far(team, zone="t"):
    return open_store(str(team), project="ml", zone=zone, create=False)


def test_a_push_tells_how_far_it_is_of_how_much(laptop, team, tmp_path):
    session, folder = open_session(laptop), tmp_path / "big"
    folder.mkdir()
    sizes = [400_000, 700_000, 900_000]
    for number, size in enumerate(sizes):
        (folder / str(number)).write_bytes(random.Random(number).randbytes(size))
        put(session, folder / str(number), f"raw/o{number}")
    told = []
    [done] = push(session, ["raw"], progress=lambda *step: told.append(step))
    assert told[-1] == (done.bytes, done.bytes) == (sum(sizes), sum(sizes))
    assert all(one <= total for one, total in told)
    assert [one for one, _ in told] == sorted(one for one, _ in told)
    told.clear()
    push(session, ["raw"], progress=lambda *step: told.append(step))
    assert told == []


def test_what_is_not_here_is_read_upstream(laptop, team, tmp_path):
    session = open_session(laptop)
    found = resolve(session, "models/model")
    assert (found.store.zone, session.is_upstream(found.store)) == ("t/ml", True)
    pull(session, "models/scores", tmp_path / "scores")
    assert json.loads((tmp_path / "scores" / "eu" / "data.json").read_text())["score"] == 1
    assert load("models/model", start=laptop) == {"weight": 1}
    assert list_pipelines(session).rows[0][-1] == "t/ml (upstream)"
    assert not (laptop / ".wombat" / "store").exists()


def test_what_is_here_comes_first_and_upstream_is_not_asked(laptop, team):
    run(laptop, "models", zone="local", weight="3")
    team.rename(team.with_name("gone"))
    session = open_session(laptop)
    assert load("models/model", start=laptop) == {"weight": 3}
    assert resolve(session, "models/model").store.zone == "local/ml"
    assert run_pipeline(laptop, "uses", jobs=1).error is None
    with pytest.raises(StoreUnreachable, match=r"no store at .*, which is upstream"):
        resolve(session, "models/nothing@v7")
    table = list_pipelines(session)
    assert [row[-1] for row in table.rows] == ["local/ml", "local/ml"]
    assert "no store at" in table.notes[0]


def test_a_run_reads_upstream_without_a_copy(laptop, team):
    result = run_pipeline(laptop, "uses", jobs=1)
    assert result.error is None
    assert load("uses/twice", start=laptop) == {"twice": 2}
    session = open_session(laptop)
    frozen = session.store.header("uses", result.run)["artifacts"]["models/model"]
    assert frozen["zone"] == "t/ml"
    assert (
        list(open_store(str(laptop / ".wombat/store"), project="ml", zone="t").blobs.list("t/"))
        == []
    )


def test_a_trusted_zone_of_the_same_name_gets_a_copy(laptop, team):
    result = run(laptop, "uses", zone="t")
    frozen = session_in(laptop, "t").store.header("uses", result.run)["artifacts"]["models/model"]
    assert frozen["zone"] == "t/ml"
    own = open_store(str(laptop / ".wombat/store"), project="ml", zone="t")
    assert own.find_artifact(frozen["C"]) is not None


def test_a_result_upstream_is_a_hit(laptop, team):
    attempt = far(team).attempts("models", far(team).head("models", "main").run)[0]
    session = open_session(laptop)
    found = session.store.find_result(attempt.record["key"])
    assert found["outputs"]["scores"]["zone"] == "t/ml"
    team.rename(team.with_name("gone"))
    assert open_session(laptop).store.find_result(attempt.record["key"]) is None


def test_a_damaged_upstream_is_never_delivered(laptop, team, tmp_path):
    for file in team.rglob("m/**/*.*"):
        file.chmod(0o644)
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(Exception, match="damaged") as raised:
        pull(open_session(laptop), "models/model", tmp_path / "model")
    assert raised.value.exit_code == 14
    assert not (tmp_path / "model").exists()


def test_a_tag_keeps_nothing_that_lies_upstream(laptop):
    with pytest.raises(UsageFault, match="upstream alone") as raised:
        tag(open_session(laptop), "models@main", "v1")
    assert raised.value.code == "not-here"


def test_a_tag_keeps_nothing_that_lies_in_another_zone(team, trained, tmp_path):
    """A merge request's job reads the trusted zone, and a tag of its own would root nothing."""
    root = project(tmp_path / "other", "ml", MODELS, TRAIN, f"store: {team}\n")
    session = session_in(root, "u")
    assert resolve(session, "models/model").store.zone == "t/ml"
    with pytest.raises(UsageFault, match=r"lies in t/ml.* keep none") as raised:
        tag(session, "models@main", "v1")
    assert raised.value.code == "not-here"
    assert far(team, "u").tags("models") == []
    assert tag(session_in(root, "t"), "models@main", "v1").published.outcome == "published"


def test_ls_goes_on_where_upstream_does_not_answer(laptop, monkeypatch):
    run(laptop, "models", zone="local")

    def refused(self):
        raise StoreUnreachable("no answer from store.example")

    monkeypatch.setattr("wombat.api.session.Session._upstream", refused)
    table = list_pipelines(open_session(laptop))
    assert [row[-1] for row in table.rows] == ["local/ml"]
    assert table.notes == ("upstream wasn't asked: no answer from store.example",)


def test_push_sends_a_run_whole(laptop, team):
    result = run(laptop, "models", zone="local", weight="3")
    [done] = push(open_session(laptop))
    assert (done.published.outcome, done.zone, done.new) == ("published", "u/ml", 3)
    store = far(team, "u")
    head = store.head("models", "main")
    assert (head.run, sorted(head.outputs)) == (result.run, ["score.scores", "train.model"])
    model = head.outputs["train.model"]
    assert store.read_file(_artifact(store, model), "data.json") == b'{"weight":3}'
    attempts = store.attempts("models", result.run)
    assert {(one.task, one.part) for one in attempts} == {
        ("train", None),
        ("score", "us"),
        ("score", "eu"),
    }
    assert store.find_result(attempts[0].record["key"])["outputs"]
    assert store.header("models", result.run)["project"] == "ml"
    assert [one["run"] for one in store.segments("models")] == [result.run]
    assert far(team).head("models", "main").run != result.run, "the trusted zone is untouched"


def _artifact(store, value):
    from wombat.store import Artifact

    return Artifact.from_json(value)


def test_push_again_sends_nothing(laptop, team):
    run(laptop, "models", zone="local", weight="3")
    list(push(open_session(laptop)))
    before = sorted(far(team).blobs.list(""))
    [again] = push(open_session(laptop))
    assert (again.published.outcome, again.new) == ("already", 0)
    assert [key for key in sorted(far(team).blobs.list("")) if key not in before] == []


def test_what_upstream_has_is_not_sent_and_the_trusted_zone_is_pointed_to(laptop, team):
    run(laptop, "models", zone="local")  # comes out as in CI
    [done] = push(open_session(laptop))
    assert (done.new, len(done.sent)) == (0, 3)
    head = far(team, "u").head("models", "main")
    assert head.outputs["train.model"]["zone"] == "t/ml"
    assert not list(far(team, "u").blobs.list("u/ml/m/"))
    there = open_store(str(team), project="ml", zone="u", readable=("t",))
    assert there.manifest(_artifact(there, head.outputs["train.model"])).files == 1


def test_a_push_outbids_no_pipeline_to_come(laptop, team):
    run(laptop, "models", zone="local", weight="3")
    store = far(team)
    before = store.head("models", "main")
    [done] = push(open_session(laptop), zone="t")
    assert done.published.outcome == "published"
    head = store.head("models", "main")
    assert (head.seq, head.order) == (2, before.order)
    later = store.publish(
        pipeline="models",
        branch="main",
        run="ci",
        plan="0" * 64,
        order=head.order,
        commit=None,
        time=head.time,
        outputs=head.outputs,
    )
    assert later.outcome == "published"
    [again] = push(open_session(laptop), zone="t")
    assert again.published.outcome == "already"


def test_what_was_put_is_added_to_what_stands_there(laptop, team, tmp_path):
    theirs = open_session(laptop.parent / "ml")
    file = tmp_path / "file"
    for name in ("a", "b"):
        file.write_text(f"their {name}")
        with_zone = session_in(theirs.root, "t")
        put(with_zone, file, f"raw/{name}")
    for text in ("my a", "my newer a"):
        file.write_text(text)
        put(open_session(laptop), file, "raw/a")
    [done] = push(open_session(laptop), ["raw"], zone="t")
    assert (done.published.outcome, done.new) == ("published", 1)
    head = far(team).head("raw", "main")
    texts = {
        n: far(team).read_file(_artifact(far(team), v), "file") for n, v in head.outputs.items()
    }
    assert texts == {"a": b"my newer a", "b": b"their b"}
    [again] = push(open_session(laptop), ["raw"], zone="t")
    assert (again.published.outcome, again.new) == ("already", 0)


def test_a_frozen_input_goes_with_its_run(laptop, team, tmp_path):
    run(laptop, "models", zone="local", weight="9")
    result = run(laptop, "uses", zone="local")
    [done] = push(open_session(laptop), ["uses"])
    store = far(team, "u")
    frozen = store.header("uses", result.run)["artifacts"]["models/model"]
    assert "zone" not in frozen
    assert store.read_file(_artifact(store, frozen), "data.json") == b'{"weight":9}'
    assert done.new == 2


def test_what_can_not_be_pushed(laptop, tmp_path, team):
    with pytest.raises(Absent, match="no store"):
        list(push(open_session(laptop)))
    run(laptop, "models", zone="local")
    for text in ("models/model", "other:models"):
        with pytest.raises(UsageFault, match="pipeline of this project"):
            list(push(open_session(laptop), [text]))
    with pytest.raises(Absent, match="has no '@nothing'"):
        list(push(open_session(laptop), ["models@nothing"]))
    (laptop / "wombat.yml").write_text("project: ml\n")
    with pytest.raises(UsageFault, match="no upstream is set") as raised:
        list(push(open_session(laptop)))
    assert raised.value.code == "upstream-not-set"


def test_in_ci_the_file_names_no_upstream(laptop, team, monkeypatch):
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("WOMBAT_STORE", str(laptop / "store"))
    assert not open_session(laptop).has_upstream
    monkeypatch.setenv("WOMBAT_UPSTREAM", str(team))
    assert open_session(laptop).has_upstream


def test_the_words_of_the_command_line(laptop, capsys, monkeypatch):
    monkeypatch.chdir(laptop)
    code, _, err = words(capsys, "push")
    assert code == 17
    run(laptop, "models", zone="local", weight="3")
    code, out, err = words(capsys, "push", "models")
    assert code == 0, err
    assert "3 artifacts sent" in err
    assert "stands upstream" in out
    code, out, _ = words(capsys, "push", "--json")
    [tree] = json.loads(out)
    assert (tree["outcome"], tree["sent"], tree["there"], tree["zone"]) == ("already", 0, 3, "u/ml")
    code, out, _ = words(capsys, "config", "show", "--origin")
    assert "wombat.yml" in next(line for line in out.splitlines() if line.startswith("upstream"))


def test_doctor_looks_at_upstream(laptop, team):
    from wombat.api.doctor import examine

    [found] = [one for one in examine(laptop) if one.about == "upstream"]
    assert (found.state, "zone t/ml, 1 published" in found.text) == ("good", True)
    team.rename(team.with_name("gone"))
    [found] = [one for one in examine(laptop) if one.about == "upstream"]
    assert (found.state, "no store at" in found.text) == ("wrong", True)


def test_a_push_that_was_stopped_before_its_ref_goes_on(laptop, team, monkeypatch):
    """Everything but the ref landed; the next push of the same run brings it about."""
    import wombat.store.refs as refs
    from wombat.errors import OutcomeUnknown

    result = run(laptop, "models", zone="local", weight="3")

    def lost(*_, **__):
        raise OutcomeUnknown("nobody can say")

    with monkeypatch.context() as patch:
        patch.setattr(refs, "commit", lost)
        with pytest.raises(OutcomeUnknown):
            list(push(open_session(laptop)))
    assert far(team, "u").head("models", "main") is None
    before = len(far(team, "u").attempts("models", result.run))
    [done] = push(open_session(laptop))
    assert (done.published.outcome, done.new) == ("published", 0)
    assert far(team, "u").head("models", "main").run == result.run
    assert len(far(team, "u").attempts("models", result.run)) == before, "each attempt once"


def test_a_put_whose_push_was_stopped_goes_with_the_next(laptop, team, monkeypatch, tmp_path):
    """What it chose stands upstream in no branch: the second put may not take it for pushed."""
    import wombat.store.refs as refs
    from wombat.errors import OutcomeUnknown

    def lost(*_, **__):
        raise OutcomeUnknown("nobody can say")

    file = tmp_path / "orders"
    file.write_text("orders")
    put(open_session(laptop), file, "raw/orders")
    with monkeypatch.context() as patch:
        patch.setattr(refs, "commit", lost)
        with pytest.raises(OutcomeUnknown):
            list(push(open_session(laptop), ["raw"]))
    file.write_text("prices")
    put(open_session(laptop), file, "raw/prices")
    with monkeypatch.context() as patch:
        patch.setattr(refs, "commit", lost)
        with pytest.raises(OutcomeUnknown):
            list(push(open_session(laptop), ["raw"]))
    [done] = push(open_session(laptop), ["raw"])
    assert done.published.outcome == "published"
    assert sorted(far(team, "u").head("raw", "main").outputs) == ["orders", "prices"]
    [again] = push(open_session(laptop), ["raw"])
    assert (again.published.outcome, again.new) == ("already", 0)
