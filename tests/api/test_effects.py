"""Tasks without outputs: when they happen, and when they don't. And the way back to a run."""

from __future__ import annotations

import pytest

from wombat.api.addresses import resolve
from wombat.api.jobs import execute, publish
from wombat.api.promoting import promote
from wombat.api.runs import run_pipeline
from wombat.api.session import open_session
from wombat.errors import Absent, Conflict, UsageFault

PIPELINE = """\
pipeline: shop
params: {n: {type: int, default: 1}}
tasks:
  make:
    run: tasks:make
    with: {n: $params.n}
    outputs: {number: {type: json}}
  tell:
    run: tasks:tell
    inputs: {number: make}
  after:
    shell: 'echo after >> "$PWD/told.txt"'
    needs: [tell]
"""
TASKS = """\
from pathlib import Path


def make(n: int):
    return n


def tell(number):
    with Path("told.txt").open("a") as told:
        told.write(f"{number}\\n")
"""


@pytest.fixture
def shop(tmp_path):
    root = tmp_path / "shop"
    (root / "pipelines").mkdir(parents=True)
    (root / "pipelines" / "shop.yml").write_text(PIPELINE)
    (root / "tasks.py").write_text(TASKS)
    (root / "wombat.yml").write_text("profiles: {production: {effects: true}}\n")
    return root


def told(root):
    file = root / "told.txt"
    return file.read_text().split() if file.exists() else []


def start(root, n, profile="production"):
    """A run whose effects have still to come; its id."""
    done = run_pipeline(root, "shop", given={"n": str(n)}, profile=profile)
    assert done.published
    assert done.published.outcome == "published"
    return done.run


def states(root, run):
    store = open_session(root).store
    return {one.task: one.record.get("reason") for one in store.attempts("shop", run)}


def test_effects_follow_the_publish_where_the_profile_allows_and_somebody_asks(shop):
    assert run_pipeline(shop, "shop", profile="production").published
    assert told(shop) == []
    done = run_pipeline(shop, "shop", profile="production", effects=True)
    assert told(shop) == ["1", "after"]
    assert set(done.done) == {("make", None), ("tell", None), ("after", None)}
    with pytest.raises(UsageFault, match="development allows no effects"):
        run_pipeline(shop, "shop", effects=True)
    with pytest.raises(UsageFault, match="has no outputs"):
        run_pipeline(shop, "shop", task="tell", profile="production")


def test_what_was_done_for_the_same_inputs_is_not_done_again(shop):
    for _ in range(2):
        again = run_pipeline(shop, "shop", profile="production", effects=True)
    assert told(shop) == ["1", "after"]
    assert states(shop, again.run)["tell"] == "the same was done for the same inputs"
    run_pipeline(shop, "shop", profile="production", effects=True, given={"n": "2"})
    assert told(shop) == ["1", "after", "2", "after"]


def versions(root):
    return [one.seq for one in open_session(root).store.ref_log("shop", "main")]


def test_effects_of_what_stands_need_no_new_version(shop):
    """Also those that nobody asked for when it was published, and what failed then."""
    broken = TASKS.replace("with Path", 'Path("ready").read_text()\n    with Path')
    (shop / "tasks.py").write_text(broken)
    first = run_pipeline(shop, "shop", profile="production")
    failed = run_pipeline(shop, "shop", profile="production", effects=True)
    assert failed.error is not None
    (shop / "ready").touch()
    for count in (2, 0):
        done = run_pipeline(shop, "shop", profile="production", effects=True)
        assert (done.run, done.stands.seq, done.published) == (first.run, 1, None)
        assert sum("reason" not in one.record for unit, one in done.done.items()) == count + 1
        assert set(done.reused) == {("make", None)}
    assert (told(shop), versions(shop)) == (["1", "after"], [1])


@pytest.mark.parametrize("what", ["effect", "parameter", "profile", "gone"])
def test_effects_that_differ_from_those_of_what_stands_get_a_run_of_their_own(shop, what):
    (shop / "wombat.yml").write_text(
        "profiles: {production: {effects: true}, staging: {effects: true}}\n"
    )
    file = shop / "pipelines" / "shop.yml"
    file.write_text(
        PIPELINE.replace("params: {", "params: {m: {type: int, default: 1}, ").replace(
            "    inputs: {number: make}\n", "    inputs: {number: make}\n    with: {m: $params.m}\n"
        )
    )
    (shop / "tasks.py").write_text(TASKS.replace("(number)", "(number, m)"))
    words = {"profile": "production", "given": {"m": "1"}}
    run_pipeline(shop, "shop", effects=True, **words)
    if what == "effect":
        (shop / "tasks.py").write_text(TASKS.replace("(number)", "(number, m=2)"))
    if what == "gone":
        file.write_text(file.read_text().partition("  after:")[0])
    words |= {"parameter": {"given": {"m": "2"}}, "profile": {"profile": "staging"}}.get(what, {})
    again = run_pipeline(shop, "shop", effects=True, **words)
    assert again.published.seq == 2
    assert told(shop).count("1") == (1 if what == "gone" else 2)


@pytest.mark.slow
def test_force_does_effects_anew_once(shop):
    for _ in range(2):
        forced = run_pipeline(shop, "shop", profile="production", effects=True, force=True)
    assert told(shop) == ["1", "after"] * 2
    (skipped,) = execute(shop, "shop", "tell", run=forced.run)
    assert skipped.record["state"] == "skipped"
    run_pipeline(shop, "shop", profile="production", force=True)
    run_pipeline(shop, "shop", profile="production", effects=True)
    assert told(shop) == ["1", "after"] * 2, "nobody forced an effect"


def test_a_volatile_effect_is_done_in_every_run(shop):
    text = PIPELINE.replace("    needs: [tell]", "    needs: [tell]\n    volatile: true")
    (shop / "pipelines" / "shop.yml").write_text(text)
    for _ in range(2):
        run_pipeline(shop, "shop", profile="production", effects=True)
    assert told(shop) == ["1", "after", "after"]


def test_the_world_is_as_the_last_one_left_it(shop):
    for n in ("1", "2", "1"):
        run_pipeline(shop, "shop", profile="production", effects=True, given={"n": n})
    assert [one for one in told(shop) if one != "after"] == ["1", "2", "1"]


def test_two_pipelines_with_the_same_effect_both_do_it(shop):
    text = PIPELINE.replace("pipeline: shop", "pipeline: other")
    (shop / "pipelines" / "other.yml").write_text(text)
    for name in ("shop", "other"):
        run_pipeline(shop, name, profile="production", effects=True)
    assert told(shop) == ["1", "after", "1", "after"]


def test_after_a_promotion_an_effect_is_done_again(shop):
    first, second = start(shop, 1), start(shop, 2)
    for run in (second,):
        execute(shop, "shop", "tell", run=run)
    promote(shop, first)
    execute(shop, "shop", "tell", run=first)
    promote(shop, second)
    execute(shop, "shop", "tell", run=second)
    (again,) = execute(shop, "shop", "tell", run=second)
    assert told(shop) == ["2", "1", "2"]
    assert again.record["state"] == "skipped"


def test_what_failed_is_done_again(shop):
    (shop / "tasks.py").write_text(TASKS.replace("with Path", "1 / 0\n    with Path"))
    failed = run_pipeline(shop, "shop", profile="production", effects=True)
    assert failed.error is not None
    assert failed.published
    assert [unit[0] for unit in failed.skipped] == ["after"]
    (shop / "tasks.py").write_text(TASKS)
    run_pipeline(shop, "shop", profile="production", effects=True)
    assert told(shop) == ["1", "after"]


def test_what_was_done_in_one_profile_was_not_done_in_another(shop):
    (shop / "wombat.yml").write_text(
        "profiles: {production: {effects: true}, staging: {effects: true}}\n"
    )
    for profile in ("production", "staging", "production"):
        run_pipeline(shop, "shop", profile=profile, effects=True)
    assert told(shop) == ["1", "after", "1", "after"]


def test_the_effect_of_a_superseded_run_does_not_happen(shop):
    older = start(shop, 1)
    newer = start(shop, 2)
    (skipped,) = execute(shop, "shop", "tell", run=older)
    assert skipped.record["state"] == "skipped"
    assert skipped.record["reason"] == f"superseded by run {newer}"
    execute(shop, "shop", "tell", run=newer)
    assert told(shop) == ["2"]


def test_an_effect_waits_for_the_publish(shop):
    done = run_pipeline(shop, "shop", profile="production", publish=False)
    with pytest.raises(Conflict, match="isn't published") as caught:
        execute(shop, "shop", "tell", run=done.run)
    assert caught.value.code == "not-published"
    publish(shop, "shop", run=done.run)
    execute(shop, "shop", "tell", run=done.run)
    assert told(shop) == ["1"]


def test_an_effect_tells_of_what_was_published_not_of_a_later_attempt(shop):
    (shop / "tasks.py").write_text(TASKS.replace("return n", "import time; return time.time_ns()"))
    file = shop / "pipelines" / "shop.yml"
    file.write_text(file.read_text().replace("  make:\n", "  make:\n    volatile: true\n"))
    run = start(shop, 1)
    first = open_session(shop).store.published("shop", run)["outputs"]["make.number"]["C"]
    (again,) = execute(shop, "shop", "make", run=run)
    assert again.record["outputs"]["number"]["C"] != first
    (done,) = execute(shop, "shop", "tell", run=run)
    assert done.record["inputs"] == {"number": first}


def test_a_profile_without_effects_skips_them_in_a_job(shop):
    run = start(shop, 1, profile="development")
    (skipped,) = execute(shop, "shop", "tell", run=run)
    assert skipped.record["reason"] == "profile development allows no effects here"
    assert told(shop) == []


def test_promote_is_the_way_back_and_the_next_run_goes_on_top(shop):
    session = open_session(shop)

    def newest():
        return session.readable[0].read_file(
            (found := resolve(open_session(shop), "shop/number")).artifact(found.value), "data.json"
        )

    first, second = start(shop, 1), start(shop, 2)
    assert newest() == b"2"
    (back,) = promote(shop, first)
    assert back.published.outcome == "published"
    assert newest() == b"1"
    (twice,) = promote(shop, first, pipeline="shop")
    assert twice.published.outcome == "already"
    assert promote(shop, second)[0].published.outcome == "published"
    assert promote(shop, first)[0].published.outcome == "published"  # to and fro, each a version
    start(shop, 3)
    assert newest() == b"3"
    assert [one.run for one in session.store.ref_log("shop", "main")][1:] == [
        first, second, first, second, first,
    ]  # fmt: skip


def test_what_was_never_published_is_not_promoted(shop):
    done = run_pipeline(shop, "shop", publish=False)
    start(shop, 2)
    for run in (done.run, "nowhere"):
        with pytest.raises(Absent):
            promote(shop, run)


def test_a_misspelt_profile_is_refused(shop):
    with pytest.raises(UsageFault, match="no profile 'prodution'") as caught:
        run_pipeline(shop, "shop", profile="prodution")
    assert caught.value.code == "unknown-profile"
    assert caught.value.hint == "did you mean 'production'?"
    assert not (shop / ".wombat" / "store" / "local").exists()
