"""What a CI run begins: by what started it, and by what the refs hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from wombat.api.jobs import execute, publish
from wombat.api.project import compile_all
from wombat.api.runs import run_pipeline
from wombat.api.selecting import choose
from wombat.api.session import open_session
from wombat.errors import Absent, Conflict, TaskFailed, UsageFault
from wombat.plan.select import UNREADABLE, differences

GITLAB = {
    "GITLAB_CI": "true",
    "CI_SERVER_HOST": "gitlab.example.com",
    "CI_DEFAULT_BRANCH": "main",
    "CI_PROJECT_PATH": "group/shop",
    "CI_PROJECT_ID": "71",
}
EVENTS = {
    "push": {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"},
    "tag": {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": "v1"},
    "web": {"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BRANCH": "main"},
    "schedule": {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main"},
    "merge request": {
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": "3",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature",
    },
}
NAMES = ("one", "two", "three")


class Gitlab:
    """Pipelines of a server one after the other, each with its own number."""

    def __init__(self, root, tmp_path, monkeypatch):
        self.root, self.patch, self.number = root, monkeypatch, 0
        self.store = str(tmp_path / "store")
        self.set = set()

    def event(self, name, **more):
        self.number += 1
        zone = "u" if name == "merge request" else "t"
        found = {**GITLAB, **EVENTS[name], "WOMBAT_STORE": self.store, "WOMBAT_ZONE": zone, **more}
        numbers = ("CI_PIPELINE_ID", "CI_PIPELINE_IID", "CI_JOB_ID")
        found |= dict.fromkeys(numbers, str(self.number))
        for gone in self.set - found.keys():
            self.patch.delenv(gone)
        for key, value in found.items():
            self.patch.setenv(key, value)
        self.set = set(found)

    def compile(self, event, *, named=(), due=False, now=None, **more):
        self.event(event, **more)
        chosen = choose(compile_all(self.root), named=named, due=due, now=now)
        chosen.begin()
        return chosen

    def run(self, frozen):
        """Does what the child would."""
        self.patch.setenv("WOMBAT_RUN", frozen.selection.run)
        for name in frozen.selection.pipelines:
            execute(self.root, name, "load")
            assert publish(self.root, name).outcome == "published"
        self.patch.delenv("WOMBAT_RUN")
        return frozen


@pytest.fixture
def gitlab(tmp_path, monkeypatch):
    root = tmp_path / "project"
    (root / "pipelines").mkdir(parents=True)
    (root / "lib").mkdir()
    (root / "lib" / "__init__.py").touch()
    (root / "lib" / "far.py").write_text("def value():\n    return 1\n")
    (root / "lib" / "near.py").write_text("from lib.far import value\n")
    for name in NAMES:
        uses = "from lib.near import value\n" if name != "three" else "value = int\n"
        (root / f"{name}_tasks.py").write_text(f"{uses}def load():\n    return value()\n")
        (root / "pipelines" / f"{name}.yml").write_text(
            f"pipeline: {name}\ntasks:\n  load: {{run: {name}_tasks:load, "
            "outputs: {rows: {type: json}}}\n"
        )
    return Gitlab(root, tmp_path, monkeypatch)


def edit(gitlab, path, before, after):
    file = gitlab.root / path
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


def headers(gitlab):
    found = (gitlab.root.parent / "store").rglob("header")
    return sorted((path.parts[-3], path.parts[-2]) for path in found)


def test_what_differs_from_the_ref_is_selected_and_nothing_else(gitlab):
    first = gitlab.run(gitlab.compile("push"))
    assert first.selection.pipelines == ("one", "three", "two")
    assert set(first.reasons.values()) == {("nothing is published yet",)}

    again = gitlab.compile("push")
    assert (again.selection.pipelines, again.reasons) == ((), {})
    assert sorted(again.selection.unchanged) == sorted(NAMES)
    assert len(headers(gitlab)) == 3  # an unchanged push leaves nothing behind

    edit(gitlab, "lib/far.py", "return 1", "return 2")  # two imports away
    changed = gitlab.run(gitlab.compile("push"))
    assert changed.selection.pipelines == ("one", "two")
    assert changed.reasons["one"] == ("task load", "code lib/far.py")

    edit(gitlab, "three_tasks.py", "def load", "# said otherwise\ndef load")
    assert gitlab.compile("push").reasons == {}
    edit(gitlab, "three_tasks.py", "value()", "value(0)")
    assert gitlab.compile("push").reasons == {"three": ("task load", "code three_tasks.py")}


def test_a_plan_that_only_reads_otherwise_repeats_what_stands(gitlab):
    gitlab.run(gitlab.compile("push"))
    said = "description: x\nparams: {n: {type: int, default: 1}}\ntasks:\n"
    edit(gitlab, "pipelines/one.yml", "tasks:\n", said)
    assert gitlab.compile("push").selection.pipelines == ()


def test_a_failed_run_is_selected_again(gitlab):
    gitlab.run(gitlab.compile("push"))
    edit(gitlab, "one_tasks.py", "value()", "value() + 1")
    assert gitlab.compile("push").selection.pipelines == ("one",)  # and nothing runs
    assert gitlab.compile("push").selection.pipelines == ("one",)


def test_a_merge_request_compares_with_its_branch_else_with_the_default_one(gitlab):
    gitlab.run(gitlab.compile("push"))
    assert gitlab.compile("merge request").selection.pipelines == ()
    edit(gitlab, "lib/far.py", "return 1", "return 2")
    asked = gitlab.compile("merge request")
    assert (asked.selection.pipelines, asked.selection.zone) == (("one", "two"), "u")
    gitlab.run(asked)
    assert gitlab.compile("merge request").selection.pipelines == ()
    assert gitlab.compile("push").selection.pipelines == (
        "one",
        "two",
    )  # computed anew when trusted


def test_a_merge_request_is_untrusted_whatever_a_variable_says(gitlab):
    found = gitlab.compile("merge request", WOMBAT_ZONE="t")
    assert found.selection.zone == "u"
    assert not list((gitlab.root.parent / "store").glob("t/*/runs"))


def test_on_says_which_run_by_themselves_and_which_by_a_click(gitlab):
    edit(gitlab, "pipelines/one.yml", "tasks:\n", "on: {merge_request: run}\ntasks:\n")
    edit(gitlab, "pipelines/two.yml", "tasks:\n", "on: {merge_request: off, push: off}\ntasks:\n")
    found = gitlab.compile("merge request").selection
    assert (found.pipelines, found.clicked) == (("one",), ("three",))
    assert gitlab.compile("push").selection.pipelines == ("one", "three")
    assert gitlab.compile("web").selection.pipelines == ("one", "three", "two")


def test_who_starts_a_run_by_hand_means_all_or_what_is_named(gitlab):
    gitlab.run(gitlab.compile("push"))
    assert gitlab.compile("push", WOMBAT_PIPELINES="two").selection.pipelines == ()
    assert len(gitlab.compile("web").selection.pipelines) == 3
    named = gitlab.compile("web", WOMBAT_PIPELINES=" two, three ,").selection
    assert named.pipelines == ("three", "two")
    assert len(gitlab.compile("web", WOMBAT_PIPELINES=" ").selection.pipelines) == 3
    with pytest.raises(UsageFault, match="no pipeline"):
        gitlab.compile("web", WOMBAT_PIPELINES="tow")
    for text, said in (("tow", "no pipeline 'tow'"), ("two/lod", "no such task; expected load")):
        with pytest.raises(UsageFault, match=said):
            gitlab.compile("web", WOMBAT_FORCE=text)


def test_a_schedule_runs_what_it_names(gitlab):
    gitlab.run(gitlab.compile("push"))
    said = {"CI_PIPELINE_SCHEDULE_DESCRIPTION": "wombat: two"}
    assert gitlab.compile("schedule", **said).selection.pipelines == ("two",)
    assert gitlab.compile("schedule", WOMBAT_PIPELINES="one").selection.pipelines == ("one",)


def test_a_tick_runs_what_is_due_once(gitlab):
    edit(gitlab, "pipelines/two.yml", "tasks:\n", 'schedule: {cron: "0 3 * * *"}\ntasks:\n')
    edit(
        gitlab,
        "pipelines/one.yml",
        "tasks:\n",
        'schedule: {cron: "0 3 * * *"}\non: {schedule: off}\ntasks:\n',
    )
    now = datetime.now(UTC)
    due = gitlab.compile("schedule", now=now)
    assert (due.selection.pipelines, due.reasons) == (("two",), {"two": ("its schedule is due",)})
    assert gitlab.compile("schedule", now=now).selection.pipelines == ()
    assert gitlab.compile("push", due=True, now=now).selection.pipelines == ()


def test_a_tag_has_refs_of_its_own(gitlab):
    gitlab.run(gitlab.compile("push"))
    tagged = gitlab.run(gitlab.compile("tag"))
    assert len(tagged.selection.pipelines) == 3
    assert gitlab.compile("tag").selection.pipelines == ()
    refs = {
        path.parts[-3:-1]
        for path in (gitlab.root.parent / "store" / "t").glob("shop/refs/one/*/*/*")
    }
    assert refs == {("heads", "main"), ("tags", "v1")}


def test_a_pipeline_that_lacks_something_holds_up_no_other(gitlab):
    edit(gitlab, "pipelines/one.yml", "tasks:\n", "params: {day: {type: string}}\ntasks:\n")
    (gitlab.root / "pipelines" / "two.yml").write_text(
        "pipeline: two\ntasks:\n  load: {shell: 'cp $WOMBAT_INPUT_A $WOMBAT_OUTPUT_B', "
        "inputs: {a: {artifact: three/rows}}, outputs: {b: {type: json}}}\n"
    )
    found = gitlab.compile("push")
    assert found.selection.pipelines == ("three",)
    assert "needs a value of day" in found.reasons["one"][0]
    assert found.reasons["two"][0].startswith("waits: ")
    gitlab.run(found)
    assert gitlab.compile("push").selection.pipelines == ("two",)
    with pytest.raises(UsageFault, match="day"):
        gitlab.compile("web", WOMBAT_PIPELINES="one")
    given = gitlab.compile("web", WOMBAT_PIPELINES="one", WOMBAT_PARAMS="'day=mo nday'")
    assert given.selection.pipelines == ("one",)


@pytest.mark.parametrize("text", ["day", "day='x", "day=1 day=2", "night=1"])
def test_parameters_that_cannot_be_read(gitlab, text):
    edit(gitlab, "pipelines/one.yml", "tasks:\n", "params: {day: {type: string}}\ntasks:\n")
    with pytest.raises(UsageFault):
        gitlab.compile("web", WOMBAT_PARAMS=text)
    assert not headers(gitlab)


def test_an_artifact_that_moved_selects_its_readers(gitlab):
    (gitlab.root / "pipelines" / "two.yml").write_text(
        "pipeline: two\ntasks:\n  load: {shell: 'cp $WOMBAT_INPUT_A $WOMBAT_OUTPUT_B', "
        "inputs: {a: {artifact: three/rows}}, outputs: {b: {type: json}}}\n"
    )
    gitlab.run(gitlab.compile("push"))
    gitlab.run(gitlab.compile("push"))
    assert gitlab.compile("push").selection.pipelines == ()
    edit(gitlab, "three_tasks.py", "value()", "value('7')")
    gitlab.run(gitlab.compile("push"))
    assert gitlab.compile("push").reasons == {"two": ("artifact three/rows",)}


def test_a_named_pipeline_that_cannot_begin_says_why(gitlab):
    (gitlab.root / "pipelines" / "two.yml").write_text(
        "pipeline: two\ntasks:\n  load: {shell: 'true', inputs: {a: {artifact: three/rows}}}\n"
    )
    with pytest.raises(Absent):
        gitlab.compile("push", named=("two",))


def test_a_revert_while_the_change_is_under_way_runs(gitlab):
    gitlab.run(gitlab.compile("push"))
    edit(gitlab, "lib/far.py", "return 1", "return 2")
    under_way = gitlab.compile("push")
    edit(gitlab, "lib/far.py", "return 2", "return 1")  # as the ref holds it
    reverted = gitlab.compile("push")
    said = (f"run {under_way.selection.run} may still be published",)
    assert reverted.reasons == {"one": said, "two": said}
    gitlab.run(reverted)
    edit(gitlab, "lib/far.py", "return 1", "return 2")  # in that run's own checkout
    gitlab.patch.setenv("WOMBAT_RUN", under_way.selection.run)
    execute(gitlab.root, "one", "load")
    assert publish(gitlab.root, "one").outcome == "superseded"
    gitlab.patch.delenv("WOMBAT_RUN")
    edit(gitlab, "lib/far.py", "return 2", "return 1")
    assert gitlab.compile("push").selection.pipelines == ()


EFFECT = "  tell: {shell: 'test ! -e \"$PWD/broken\"', inputs: {rows: load}}\n"


def test_an_effect_that_failed_is_a_reason_to_run_again(gitlab):
    (gitlab.root / "wombat.yml").write_text("profiles: {production: {effects: true}}\n")
    file = gitlab.root / "pipelines" / "one.yml"
    file.write_text(file.read_text() + EFFECT)
    (gitlab.root / "broken").touch()
    first = gitlab.run(gitlab.compile("push"))
    assert gitlab.compile("push").selection.pipelines == ()  # it may be about to begin
    gitlab.patch.setenv("WOMBAT_RUN", first.selection.run)
    with pytest.raises(TaskFailed):
        execute(gitlab.root, "one", "tell")
    gitlab.patch.delenv("WOMBAT_RUN")
    gitlab.event("push")
    assert choose(compile_all(gitlab.root)).reasons == {"one": ("effect tell isn't done",)}
    later = datetime.now(UTC) + timedelta(hours=3)
    (gitlab.root / "broken").unlink()
    gitlab.patch.setenv("WOMBAT_RUN", first.selection.run)
    execute(gitlab.root, "one", "tell")
    gitlab.patch.delenv("WOMBAT_RUN")
    assert gitlab.compile("push", now=later).selection.pipelines == ()


def test_an_effect_that_never_began_is_a_reason_after_a_while(gitlab):
    (gitlab.root / "wombat.yml").write_text("profiles: {production: {effects: true}}\n")
    file = gitlab.root / "pipelines" / "one.yml"
    file.write_text(file.read_text() + EFFECT)
    gitlab.run(gitlab.compile("push"))
    later = datetime.now(UTC) + timedelta(hours=3)
    assert gitlab.compile("push", now=later).reasons == {"one": ("effect tell isn't done",)}


def test_an_effect_that_is_new_or_another_runs_though_the_outputs_stay(gitlab):
    (gitlab.root / "wombat.yml").write_text("profiles: {production: {effects: true}}\n")
    plain = (
        "pipeline: three\ntasks:\n  load: {run: three_tasks:load, outputs: {rows: {type: json}}}\n"
    )
    tell = "  tell: {shell: 'true # once', inputs: {rows: load}}\n"
    file = gitlab.root / "pipelines" / "three.yml"
    file.write_text(plain)
    gitlab.run(gitlab.compile("push"))
    file.write_text(f"{plain}  # only a word for people\ndescription: Three\n")
    assert gitlab.compile("push").selection.pipelines == ()
    for text in (tell, tell.replace("once", "twice")):
        file.write_text(plain + text)
        found = gitlab.compile("push")
        assert found.selection.pipelines == ("three",)
        assert found.reasons["three"][0] == "effect tell may do something else"
        gitlab.run(found)
        execute(gitlab.root, "three", "tell", run=found.selection.run)
        assert gitlab.compile("push").selection.pipelines == ()


def test_an_effect_is_forced_by_its_name_alone(gitlab):
    file = gitlab.root / "pipelines" / "one.yml"
    file.write_text(file.read_text() + EFFECT)
    for said, meant in (("one", ["load"]), ("one/tell", ["tell"])):
        asked = gitlab.compile("web", WOMBAT_FORCE=said).selection
        assert open_session(gitlab.root).store.header("one", asked.run)["anew"] == meant


def test_effects_are_for_trusted_zones(gitlab):
    (gitlab.root / "wombat.yml").write_text("profiles: {production: {effects: true}}\n")
    assert gitlab.compile("push").selection.effects
    assert not gitlab.compile("tag", WOMBAT_ZONE="u").selection.effects
    asked = gitlab.compile("merge request", WOMBAT_PROFILE="production", WOMBAT_ZONE="t")
    assert not asked.selection.effects


def test_another_profile_is_another_run(gitlab):
    gitlab.run(gitlab.compile("web", WOMBAT_PROFILE="development"))
    assert set(gitlab.compile("push").reasons.values()) == {
        ("profile production, not development",)
    }


def test_what_jobs_run_in_belongs_to_a_run_unless_a_lock_file_says_what_it_needs(gitlab):
    gitlab.run(gitlab.compile("push"))
    image = "gitlab: {image: 'registry.example.com/ds@sha256:0f'}\n"
    (gitlab.root / "wombat.yml").write_text(image)
    lock = gitlab.root / "requirements.txt"
    lock.write_text("numpy==2.1.0\n")  # which no task needs
    assert gitlab.compile("push").selection.pipelines == ()
    lock.unlink()
    assert set(gitlab.compile("push").reasons.values()) == {("the plan", "installed image")}


def test_nobody_outbids_the_pipelines_to_come(gitlab):
    gitlab.run(gitlab.compile("push", WOMBAT_ORDER="999999999"))
    edit(gitlab, "lib/far.py", "return 1", "return 2")
    assert gitlab.run(gitlab.compile("push")).selection.pipelines == ("one", "two")
    gitlab.event("push")
    for name in list(gitlab.set):  # a laptop on the trusted zone
        if name not in {"WOMBAT_STORE", "WOMBAT_ZONE"}:
            gitlab.patch.delenv(name)
            gitlab.set.discard(name)
    gitlab.patch.setenv("WOMBAT_PROJECT", "shop")
    assert run_pipeline(gitlab.root, "three", force=True).published.outcome == "published"
    gitlab.patch.delenv("WOMBAT_PROJECT")
    edit(gitlab, "three_tasks.py", "value()", "value('7')")
    assert gitlab.run(gitlab.compile("push")).selection.pipelines == ("three",)


def test_a_merge_request_from_the_default_branch_is_no_default_branch(gitlab):
    named = {"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "main"}
    gitlab.run(gitlab.compile("merge request", **named))
    refs = [
        path.parts[-2] for path in (gitlab.root.parent / "store" / "u").glob("shop/refs/one/*/*/*")
    ]
    assert refs == ["mr%3A3"]
    assert len(gitlab.compile("merge request").selection.pipelines) == 3  # main holds nothing


@pytest.mark.parametrize(
    "said", ["wombat: two,", "Wombat: two", "wombat: two (nightly)", "wombat:"]
)
def test_a_schedule_that_means_wombat_and_cannot_be_read_is_an_error(gitlab, said):
    with pytest.raises(UsageFault) as caught:
        gitlab.compile("schedule", CI_PIPELINE_SCHEDULE_DESCRIPTION=said)
    assert caught.value.code == "schedule-name"
    with pytest.raises(UsageFault, match="no pipeline 'tow'"):
        gitlab.compile("schedule", CI_PIPELINE_SCHEDULE_DESCRIPTION="wombat: tow")


def test_somebody_elses_schedule_starts_nothing(gitlab):
    edit(gitlab, "pipelines/two.yml", "tasks:\n", 'schedule: {cron: "0 3 * * *"}\ntasks:\n')
    scan = {"CI_PIPELINE_SCHEDULE_DESCRIPTION": "Nightly dependency scan"}
    assert gitlab.compile("schedule", **scan).selection.pipelines == ()
    tick = {"CI_PIPELINE_SCHEDULE_DESCRIPTION": "wombat tick"}
    assert gitlab.compile("schedule", **tick).selection.pipelines == ("two",)


def test_two_repositories_of_one_name_are_told_apart(gitlab):
    gitlab.run(gitlab.compile("push"))
    other = {"CI_PROJECT_PATH": "elsewhere/shop", "CI_PROJECT_ID": "72"}
    for event in ("push", "web"):
        with pytest.raises(Conflict, match=r"example\.com #71") as caught:
            gitlab.compile(event, **other)
        assert caught.value.code == "project-taken"
    renamed = gitlab.compile("push", CI_PROJECT_PATH="elsewhere/shop")
    assert renamed.selection.pipelines == ()


def test_nothing_has_begun_until_the_child_can_be_written(gitlab):
    gitlab.event("push")
    chosen = choose(compile_all(gitlab.root))
    assert chosen.selection.pipelines
    assert not headers(gitlab)


def test_one_that_cannot_begin_holds_up_no_other(gitlab):
    (gitlab.root / "three_tasks.py").write_text("def load(n: str):\n    return n\n")
    (gitlab.root / "pipelines" / "three.yml").write_text(
        "pipeline: three\ntasks:\n  load: {run: three_tasks:load, foreach: {n: [a, b]}, "
        "outputs: {rows: {type: json}}}\n"
    )
    (gitlab.root / "pipelines" / "two.yml").write_text(
        "pipeline: two\ntasks:\n  load: {shell: 'true', inputs: {a: {artifact: three/rows}}}\n"
    )
    chosen = gitlab.compile("push")
    gitlab.patch.setenv("WOMBAT_RUN", chosen.selection.run)
    execute(gitlab.root, "three", "load", parts=("a", "b"))
    publish(gitlab.root, "three")
    gitlab.patch.delenv("WOMBAT_RUN")
    found = gitlab.compile("push")
    assert "several parts" in found.reasons["two"][0]
    assert found.selection.pipelines == ("one",)


def test_a_store_in_ci_is_one_that_all_jobs_see(gitlab):
    for path in ("relative/store", "~/store"):
        with pytest.raises(UsageFault) as caught:
            gitlab.compile("push", WOMBAT_STORE=path)
        assert caught.value.code == "store-not-shared"
    first = gitlab.compile("push")
    assert first.new_store == gitlab.store
    assert gitlab.compile("push").new_store is None


def test_a_header_that_cannot_be_compared_is_a_difference(gitlab):
    header = {"plan_digest": "x", "order": 1}
    now = {"plan_digest": "y", "plan": {"tasks": []}}
    assert differences(now, header) == (UNREADABLE,)
