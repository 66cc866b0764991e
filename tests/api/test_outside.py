"""A source that moves: what schedules, people, pushes and merge requests make of it."""

from __future__ import annotations

import pytest

from tests.api.test_selecting import Gitlab
from tests.executor.web import site
from wombat.api.project import compile_all
from wombat.api.runs import run_pipeline
from wombat.api.selecting import choose
from wombat.errors import Conflict, Invalid, SourceUnreachable

PIPELINE = """\
pipeline: shop
schedule: {{cron: "0 3 * * *"}}
tasks:
  load:
    run: tasks:load
    inputs: {{landing: {{url: "{url}"{more}}}}}
    outputs: {{rows: {{type: json}}}}
"""
CODE = """\
from pathlib import Path


def load(landing: Path) -> list:
    return landing.read_text().splitlines()
"""


@pytest.fixture
def there():
    with site() as one:
        one.put(b"a\n", etag='"1"')
        yield one


@pytest.fixture
def gitlab(tmp_path, monkeypatch, there):
    root = tmp_path / "project"
    (root / "pipelines").mkdir(parents=True)
    (root / "tasks.py").write_text(CODE)
    found = Gitlab(root, tmp_path, monkeypatch)
    write(found, there)
    return found


def write(gitlab, there, more=""):
    text = PIPELINE.format(url=there.url(), more=more)
    (gitlab.root / "pipelines" / "shop.yml").write_text(text)


def etags(chosen):
    return [one["etag"] for header in chosen.headers for one in header["sources"].values()]


def test_a_source_that_moved_starts_schedules_and_no_push(gitlab, there):
    gitlab.run(gitlab.compile("push"))
    there.put(b"a\nb\n", etag='"2"')
    there.asked.clear()
    for event in ("push", "merge request"):
        again = gitlab.compile(event)
        assert again.selection.unchanged == ("shop",)
    assert there.asked == []
    on_schedule = gitlab.run(gitlab.compile("schedule"))
    assert etags(on_schedule) == ['"2"']
    assert gitlab.compile("push").selection.unchanged == ("shop",)

    there.put(b"c\n", etag='"3"')
    tag = gitlab.compile("tag")  # its ref holds nothing, and the default branch knows the source
    assert etags(tag) == ['"2"']
    assert etags(gitlab.compile("web")) == ['"3"']


def test_who_has_to_read_a_source_that_moved_reads_what_is_there(gitlab, there):
    """What was seen is in no bucket that would keep it: with it the run could only fail."""
    (first,) = gitlab.run(gitlab.compile("push")).headers
    (gitlab.root / "tasks.py").write_text(CODE.replace("splitlines", "split"))
    (changed,) = gitlab.compile("push").headers
    assert changed["sources"] == first["sources"]
    there.put(b"b\n", etag='"2"')
    pushed = gitlab.compile("push")
    assert (etags(pushed), pushed.selection.pipelines) == (['"2"'], ("shop",))
    gitlab.run(pushed)
    there.put(b"c\n", etag='"3"')
    write(gitlab, there, ", refresh: never")
    (gitlab.root / "tasks.py").write_text(CODE)
    assert etags(gitlab.compile("push")) == ['"2"']


def test_refresh_says_otherwise(gitlab, there):
    write(gitlab, there, ", refresh: never")
    gitlab.run(gitlab.compile("push"))
    there.put(b"b\n", etag='"2"')
    assert etags(gitlab.compile("web")) == ['"1"']
    write(gitlab, there, ", refresh: always")
    gitlab.run(gitlab.compile("push"))
    there.put(b"c\n", etag='"3"')
    pushed = gitlab.compile("push")
    assert pushed.reasons == {"shop": (f"source {there.url()}",)}
    assert etags(pushed) == ['"3"']


def test_what_isnt_there_waits_and_what_fails_is_told(gitlab, there):
    del there.pages["/data.csv"]
    said = f"waits: there is nothing at {there.url()}"
    assert gitlab.compile("push").reasons == {"shop": (said,)}
    there.put(b"a\n")
    waits = gitlab.compile("push")
    assert [one.code for one in waits.refused] == ["source-without-identity"]
    assert waits.selection.pipelines == ()
    with pytest.raises(Invalid):
        choose(compile_all(gitlab.root), named=("shop",))
    there.put(b"", status=403)
    with pytest.raises(SourceUnreachable):
        gitlab.compile("push")


def test_here_a_person_looks_anew(gitlab, there):
    first = run_pipeline(gitlab.root, "shop")
    there.asked.clear()
    again = run_pipeline(gitlab.root, "shop")
    assert there.asked == ["HEAD /data.csv"]
    assert again.stands is not None
    there.put(b"b\n", etag='"2"')
    moved = run_pipeline(gitlab.root, "shop")
    assert moved.published is not None
    records = [one.done["load", None].record for one in (first, moved)]
    assert records[0]["key"] != records[1]["key"]


def test_another_repositorys_observations_are_none_of_ours(gitlab):
    gitlab.run(gitlab.compile("push"))
    with pytest.raises(Conflict) as caught:
        gitlab.compile("push", CI_PROJECT_ID="72")
    assert caught.value.code == "project-taken"
