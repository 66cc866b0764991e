"""Refs from the outside: tags, closed branches, forks and their mending, times and runs."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.api.conftest import PIPELINE, TASKS
from tests.api.sharing import without_ci
from tests.cli.test_verbs import words
from wombat.api.addresses import resolve
from wombat.api.artifacts import put
from wombat.api.listing import show_log
from wombat.api.overview import list_pipelines, list_refs
from wombat.api.promoting import promote
from wombat.api.runs import run_pipeline
from wombat.api.session import open_session
from wombat.api.tagging import close, tag
from wombat.ci import Told
from wombat.errors import Absent, Conflict, StoreDamaged, UsageFault
from wombat.executor.publish import publish_run
from wombat.store import Change, Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A project that has run once; each test has a copy of it."""
    folder = tmp_path_factory.mktemp("first") / "project"
    (folder / "pipelines").mkdir(parents=True)
    (folder / "pipelines" / "shop.yml").write_text(PIPELINE)
    (folder / "tasks.py").write_text(TASKS)
    with without_ci():
        result = run_pipeline(folder, "shop", jobs=2)
    assert result.error is None
    return folder, result


@pytest.fixture
def root(first, tmp_path):
    return Path(shutil.copytree(first[0], tmp_path / "project"))


@pytest.fixture
def ran(root, first):
    return first[1]


def test_a_tag_stays_while_its_branch_moves(session, root, ran):
    done = tag(session, "shop@main", "v1")
    assert (done.published.outcome, done.version.run, done.was) == ("published", ran.run, None)
    second = run_pipeline(root, "shop", given={"factor": "3"}, jobs=1)
    assert resolve(session, "shop/page@v1").ref.run == ran.run
    assert resolve(session, "shop/page@tag:v1").ref.run == ran.run
    assert resolve(session, "shop/page@main").ref.run == second.run
    assert tag(session, f"shop@run:{ran.run}", "v1").published.outcome == "already"
    assert session.store.tags("shop") == ["v1"]


def test_a_tag_is_moved_only_by_force_and_remembers(session, root, ran):
    tag(session, "shop", "good")
    second = run_pipeline(root, "shop", given={"factor": "3"}, jobs=1)
    with pytest.raises(Conflict, match=f"names run {ran.run}") as raised:
        tag(session, "shop", "good")
    assert raised.value.code == "tag-exists"
    moved = tag(session, "shop", "good", force=True)
    assert (moved.version.run, moved.was) == (second.run, ran.run)
    back = tag(session, f"shop@run:{ran.run}", "good", force=True)
    assert (back.published.outcome, back.was) == ("published", second.run)
    again = tag(session, "shop", "good", force=True)
    assert again.published.outcome == "published"
    runs = [row[2] for row in show_log(session, "shop@tag:good", None).rows]
    assert runs == [second.run, ran.run, second.run, ran.run]


def test_what_can_not_be_tagged(session, ran):
    for text in ("shop/page", "other:shop@main"):
        with pytest.raises(UsageFault, match="pipeline of this project"):
            tag(session, text, "v1")
    with pytest.raises(Absent, match="has no '@mian'"):
        tag(session, "shop@mian", "v1")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a b",
        "a\n",
        "a\x1b[1m",
        "run:ci-1",
        "tag:v1",
        "branch:x",
        "asof:2026",
        "blake3:" + "0" * 64,
        "other:x",
        "../x",
        "x/./y",
        "/x",
        "x/",
        "x//y",
        "..",
        "-x",
        "x" * 201,
        "\ud800",
    ],
)
def test_a_tag_has_a_name_that_addresses_can_say(session, ran, name):
    with pytest.raises(UsageFault, match="can't be a tag; expected a name") as raised:
        tag(session, "shop@main", name)
    assert raised.value.code == "tag-name"
    assert session.store.tags("shop") == []


def test_no_tag_is_called_as_a_branch_is(session, root, ran, monkeypatch):
    head = session.store.head("shop", "main")
    session.store.commit_ref(_change(head, "feature", "other", 1))
    trusted = replace(open_session(root).store.space, zone=f"t/{session.project}")
    release = replace(_change(head, "release", "other", 1), outputs={})
    Store(trusted, session.store.address).commit_ref(release)
    here = replace(session, surroundings=_on(session, "topic"))
    for name in ("main", "feature", "topic", "release"):
        with pytest.raises(UsageFault, match=f"'{name}' is a branch") as raised:
            tag(here, "shop@branch:main", name)
        assert raised.value.code == "tag-name"
        assert session.store.tags("shop") == []
    assert tag(here, "shop@branch:main", "models/v1").published.outcome == "published"
    assert resolve(here, "shop/page@models/v1").ref.run == ran.run


def _on(session, branch):
    told = Told(branch, session.surroundings.default_branch, None)
    return replace(session.surroundings, checkout=told)


def test_a_closed_branch_names_nothing_but_its_runs_do(session, root, ran):
    tag(session, "shop", "v1")
    moment = resolve(session, "shop/page").ref.time
    assert close(session, "shop@main").outcome == "published"
    assert close(session, "shop@main") is None
    for text in ("shop/page", "shop/page@main", "shop/page@branch:main"):
        with pytest.raises(Absent, match="was closed") as raised:
            resolve(session, text)
        assert raised.value.code == "ref-closed"
        assert f"@run:{ran.run}" in raised.value.hint
    for text in (f"@run:{ran.run}", "@v1", f"@asof:{moment}"):
        assert resolve(session, f"shop/page{text}").ref.run == ran.run
    log = show_log(session, "shop@main", None)
    assert [row[-1] for row in log.rows] == [
        "closed",
        "numbers.numbers, page.numbers, page.page, split.frame, split.note",
    ]
    again = run_pipeline(root, "shop", jobs=1)
    assert again.published.outcome == "published"
    assert resolve(session, "shop/page@main").ref.run == again.run


def test_another_branch_than_the_closed_one_is_next_in_turn(session, root, ran):
    head = session.store.head("shop", "main")
    session.store.commit_ref(_change(head, "feature", "other", 1))
    close(session, "shop@feature")
    assert resolve(open_session(root), "shop/page").ref.branch == "main"
    with pytest.raises(UsageFault, match="names no branch"):
        close(session, "shop")
    with pytest.raises(Absent, match="has no '@nothing'"):
        close(session, "shop@nothing")


def test_the_newest_at_a_time_is_of_the_current_branch_first(session, root, ran, monkeypatch):
    head = session.store.head("shop", "main")
    store = session.store
    for run, day, order in (("old", "2026-01-01", 0), ("new", "2026-03-01", 1)):
        time = f"{day}T00:00:00Z"
        store.commit_ref(replace(_change(head, "feature", run, order), time=time))
    told = Told("feature", session.surroundings.default_branch, None)
    around = replace(session.surroundings, checkout=told)
    here = replace(session, surroundings=around)
    assert resolve(here, "shop/page@asof:2026-02-01").ref.run == "old"
    assert resolve(here, "shop/page@asof:2026-03-01T00:00Z").ref.run == "new"
    assert resolve(here, f"shop/page@asof:{head.time}").ref.branch == "feature"
    with pytest.raises(Absent):
        resolve(here, "shop/page@asof:2025-01-01")


def test_a_put_on_a_closed_branch_begins_anew(session, root, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
        put(session, tmp_path / name, f"raw/{name}")
        if name == "a":
            close(session, "raw@main")
    assert sorted(session.store.head("raw", "main").outputs) == ["b"]


def _change(head, branch, run, order, **more):
    return Change(
        pipeline="shop",
        branch=branch,
        run=run,
        plan="0" * 64,
        order=order,
        commit=None,
        time=head.time,
        outputs=head.outputs,
        **more,
    )


@pytest.fixture
def forked(root, ran):
    """Two records at the top, as a store without conditional writes leaves them."""
    form = root / ".wombat" / "store" / "wombat.json"
    told = json.loads(form.read_text()) | {"create": "none"}
    form.chmod(0o644)
    form.write_text(json.dumps(told))
    store = open_session(root).store
    head = store.head("shop", "main")
    for run in ("left", "right"):
        _fork(store, _change(head, "main", run, head.order), head)
    return root


def _fork(store, change, head):
    from wombat.store.journal import create_record
    from wombat.store.refs import _next

    record = _next(store.space, change, [head])
    create_record(store.space, record.name, "ref", record.to_body())
    body = {"plan": change.plan, "order": change.order, "commit": None, "time": change.time}
    more = {"branch": "main", "chosen": {}, "outputs": dict(change.outputs)}
    from wombat.store.runs import record_all

    record_all(store.space, "shop", change.run, body | more)


def test_a_fork_is_never_chosen_from_and_always_shown(forked):
    session = open_session(forked)
    with pytest.raises(Conflict, match="'left' and 'right'") as raised:
        resolve(session, "shop/page")
    assert (raised.value.code, raised.value.exit_code) == ("ref-fork", 15)
    assert resolve(session, "shop/page@run:left").ref.run == "left"
    assert list_pipelines(session).rows[0][1] == "main (fork)"
    [line] = [row for row in list_refs(session).rows if row[1] == "branch"]
    assert (line[3], set(line[5].split())) == ("fork", {"left", "right"})
    assert [row[-1] for row in show_log(session, "shop@main", 2).rows] == ["fork", "fork"]


def test_promoting_one_of_the_two_mends_a_fork(forked):
    [done] = promote(forked, "left")
    assert done.published.outcome == "published"
    head = open_session(forked).store.head("shop", "main")
    assert (head.run, len(head.parents)) == ("left", 2)
    assert promote(forked, "left")[0].published.outcome == "already"


def test_the_next_run_mends_a_fork(forked):
    result = run_pipeline(forked, "shop", jobs=1)
    assert result.error is None
    head = open_session(forked).store.head("shop", "main")
    assert (head.run, len(head.parents)) == (result.run, 2)


def test_a_run_that_was_superseded_is_still_named(session, ran):
    head = session.store.head("shop", "main")
    late = session.store.publish(
        pipeline="shop",
        branch="main",
        run="late",
        plan="0" * 64,
        order=head.order - 1,
        commit=None,
        time=head.time,
        outputs=head.outputs,
    )
    assert late.outcome == "superseded"
    assert resolve(session, "shop/page@run:late").ref.run == "late"
    with pytest.raises(UsageFault, match="is no run"):
        resolve(session, "shop/page@run:a/b")


def test_a_run_of_a_git_tag_is_promoted_to_its_tag(session, root, ran):
    head = session.store.head("shop", "main")
    for run, order in (("t1", 1), ("t2", 2)):
        session.store.publish(
            pipeline="shop",
            branch="v2",
            kind="tags",
            run=run,
            plan="0" * 64,
            order=order,
            commit=None,
            time=head.time,
            outputs=head.outputs,
        )
    assert resolve(session, "shop/page@run:t1").ref.kind == "tags"
    [done] = promote(root, "t1")
    assert done.published.outcome == "published"
    assert session.store.head("shop", "v2", "tags").run == "t1"
    assert session.store.branches("shop") == ["main"]


def test_the_words_of_the_command_line(root, ran, capsys, monkeypatch):
    monkeypatch.chdir(root)
    code, out, _ = words(capsys, "tag", "shop@main", "v1")
    assert (code, out) == (0, f"shop@v1 is run {ran.run}\n")
    code, out, _ = words(capsys, "tag", "shop@main", "v1")
    assert (code, out) == (0, f"shop@v1 named run {ran.run} already\n")
    assert words(capsys, "tag", "shop/page", "v1")[0] == 2
    code, out, _ = words(capsys, "ls", "shop@v1", "--json")
    assert json.loads(out)["run"] == ran.run
    code, out, _ = words(capsys, "close", "shop@main")
    assert (code, out) == (0, "shop@main is closed\n")
    assert words(capsys, "close", "shop@main")[1] == "shop@main was closed before\n"
    code, out, _ = words(capsys, "ls", "--json")
    shop = json.loads(out)["shop"]
    assert (shop["branches"], shop["closed"], shop["tags"]) == ([], ["main"], ["v1"])
    code, out, _ = words(capsys, "ls", "--all")
    assert "branch  main  closed" in out
    assert words(capsys, "ls", "shop", "--all")[0] == 2
    code, _, err = words(capsys, "pull", "shop/page@main")
    assert (code, "ref-closed" in err) == (17, True)


def test_a_late_publish_names_the_tasks_to_run_again(session, root, ran):
    """Eight days later, as it were, when a collection took away what the page's task made."""
    store = session.store
    header = store.header("shop", ran.run)
    page = next(a for a in store.attempts("shop", ran.run) if a.task == "page")
    zone = root / ".wombat" / "store" / store.zone
    shutil.rmtree(zone / "refs")
    (zone / "runs" / "shop" / ran.run / "all").unlink()
    for file in zone.rglob("*"):
        then = file.stat().st_mtime - 8 * 86400
        os.utime(file, (then, then))
    for value in page.record["outputs"].values():
        next((zone / "m").rglob(f"{value['C']}.{value['M']}")).unlink()
    with pytest.raises(StoreDamaged, match="what 'page' made is gone") as raised:
        publish_run(open_session(root).store, header)
    assert raised.value.exit_code == 14
    assert open_session(root).store.head("shop", "main") is None
