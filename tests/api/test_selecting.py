"""What a CI run begins: by what started it, and by what the refs hold."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from wombat.api.jobs import execute, publish
from wombat.api.project import compile_all
from wombat.api.selecting import freeze
from wombat.errors import Absent, UsageFault

GITLAB = {
    "GITLAB_CI": "true",
    "CI_SERVER_HOST": "gitlab.example.com",
    "CI_DEFAULT_BRANCH": "main",
    "CI_PROJECT_PATH": "group/shop",
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
        return freeze(compile_all(self.root), named=named, due=due, now=now)

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
    assert changed.reasons["one"] == ("load", "code lib/far.py")

    edit(gitlab, "three_tasks.py", "def load", "# said otherwise\ndef load")
    assert gitlab.compile("push").reasons == {"three": ("code three_tasks.py",)}


def test_a_failed_run_is_selected_again(gitlab):
    gitlab.run(gitlab.compile("push"))
    edit(
        gitlab,
        "pipelines/one.yml",
        "tasks:\n",
        "description: x\nparams: {n: {type: int, default: 1}}\ntasks:\n",
    )
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
    assert len(gitlab.compile("web").selection.pipelines) == 3
    named = gitlab.compile("web", WOMBAT_PIPELINES="two, three").selection
    assert named.pipelines == ("three", "two")
    assert gitlab.compile("push", WOMBAT_PIPELINES="two").selection.pipelines == ()
    with pytest.raises(UsageFault, match="no pipeline"):
        gitlab.compile("web", WOMBAT_PIPELINES="tow")


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
