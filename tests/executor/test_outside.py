"""Inputs of outside data in runs: pinned in the header, fetched by it, told in records."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.executor.plans import output, plan, task
from tests.executor.web import site
from wombat.backends.gitlab.comments import comments
from wombat.digest import digest_json
from wombat.errors import CheckFailed, Invalid, TaskFailed
from wombat.executor.outside import observe
from wombat.executor.outside.again import look_again
from wombat.executor.outside.identity import content_digest
from wombat.executor.task import execute_part
from wombat.plan.ir import At, Input, Job, UrlSource
from wombat.plan.select import differences
from wombat.review.graph import as_mermaid, as_text
from wombat.review.outline import outline
from wombat.store import content_of

READ = """
from pathlib import Path
def read(landing: Path) -> dict:
    return {"name": landing.name, "text": landing.read_text()}
"""


@pytest.fixture
def there():
    with site() as one:
        yield one


def reading(url, refresh="schedule", name="read", **words):
    landing = Input("landing", UrlSource(url, refresh), "file", at=At(7, 5))
    return task(name, "work:read", inputs=(landing,), outputs=(output(name),), **words)


def test_a_task_reads_what_the_header_saw(project, there, tmp_path):
    here = project(READ)
    url = there.put(b"a,b\n", etag='"1"')
    context = here.begin(plan(reading(url, "always")))
    assert context.plan == plan(reading(url, "always"))
    seen = context.header["sources"][url]
    assert seen == {"etag": '"1"', "size": 4, "observed": context.header["time"]}
    record = execute_part(context, "read").record
    assert here.value(context, "read") == b'{"name":"data.csv","text":"a,b\\n"}'
    (tmp_path / "data.csv").write_bytes(b"a,b\n")
    content = content_of(tmp_path / "data.csv")
    assert record["sources"] == {"landing": {"url": url, **seen, "content": content}}
    assert record["inputs"] == {"landing": content_digest(url, seen)}
    digest_json(record)  # it is plain JSON

    there.put(b"a,b\n1,2\n", etag='"2"')
    later = here.begin(plan(reading(url)))
    assert execute_part(later, "read").record["key"] != record["key"]
    there.put(b"a,b\n", etag='W/"1"')
    again = execute_part(here.begin(plan(reading(url))), "read").record
    assert (again["key"], again["outputs"]) == (record["key"], record["outputs"])


def test_what_moves_during_the_run_ends_it(project, there):
    here = project(READ)
    url = there.put(b"x", etag='"1"')
    context = here.begin(plan(reading(url)))
    there.put(b"y", etag='"2"')
    with pytest.raises(CheckFailed) as caught:
        execute_part(context, "read")
    assert (caught.value.code, caught.value.exit_code) == ("source-moved", 1)


def test_a_failed_task_reads_the_same_once_more(project, there):
    here = project(
        READ.replace("return", "Path(__file__).with_name('go').exists() or 1 / 0\n    return")
    )
    url = there.put(b"x", etag='"1"')
    context = here.begin(plan(reading(url)))
    with pytest.raises(TaskFailed):
        execute_part(context, "read")
    (here.root / "go").touch()
    execute_part(context, "read")
    failed, done = context.store.attempts("demo", context.run, "read", None)
    assert failed.record["sources"] == done.record["sources"]
    assert there.asked == ["HEAD /data.csv", *["GET /data.csv"] * 2]


def observed(given, event, known=None):
    return observe.observe_sources(given, event=event, earlier=lambda: known or {}, now="now")


@pytest.mark.parametrize(
    ("refresh", "looks"),
    [
        ("schedule", {"schedule", "manual", "local"}),
        ("always", {"schedule", "manual", "local", "push", "merge_request"}),
        ("never", set()),
    ],
)
def test_when_it_is_looked_at_anew(there, refresh, looks):
    url = there.put(b"x", etag='"2"')
    given = plan(reading(url, refresh))
    known = {url: {"etag": '"1"', "observed": "then"}, "https://else": {"etag": '"3"'}}
    for event in ("schedule", "manual", "local", "push", "merge_request"):
        there.asked.clear()
        found = observed(given, event, known)
        assert (found[url] != known[url]) == bool(there.asked) == (event in looks)
        assert found[url]["etag"] == ('"2"' if event in looks else '"1"')
        assert list(found) == [url]
        assert observed(given, event)[url]["etag"] == '"2"'  # nothing stands


def test_one_observation_for_all_inputs_by_the_most_eager(there):
    url = there.put(b"x", etag='"2"')
    known = {url: {"etag": '"1"'}}
    calm, eager = reading(url, "never"), reading(url, "always", name="other")
    assert observed(plan(calm), "push", known)[url]["etag"] == '"1"'
    for given in (plan(calm, eager), plan(eager, calm)):
        assert observed(given, "push", known)[url]["etag"] == '"2"'
    there.asked.clear()
    observed(plan(calm, eager), "push")
    assert len(there.asked) == 1


def test_what_can_still_be_fetched_or_is_wanted_as_it_was_is_not_seen_anew(there):
    url = there.put(b"x", etag='"2"')
    given = plan(reading(url), reading(url, name="other"))

    def again(seen, tasks=("read",), event="push", given=given):
        return look_again(given, {"event": event, "time": "now", "sources": {url: seen}}, tasks)

    then = {"etag": '"1"', "observed": "then"}
    for kept in (
        again({**then, "version": "v1"}), again({**then, "commit": "c1"}),
        again(then, tasks=()), again(then, event="schedule"),
        again(then, given=plan(reading(url, "never"))),
    ):  # fmt: skip
        assert kept is None
    assert there.asked == []
    assert again({**then, "etag": 'W/"2"'}) is None
    assert again(then)[url]["etag"] == '"2"'
    del there.pages["/data.csv"]
    assert again(then) is None  # the task will say that it is gone


def test_a_plan_without_sources_asks_for_nothing():
    def never():
        raise AssertionError

    given = plan(task("one", "work:f"))
    assert observe.observe_sources(given, event="push", earlier=never, now="now") == {}


def test_what_has_no_identity_is_for_volatile_tasks(project, there):
    url = there.put(b"x")
    with pytest.raises(Invalid) as caught:
        observed(plan(reading(url + "?day=1"), reading(url, volatile=True, name="b")), "local")
    (said,) = caught.value.diagnostics
    assert (said.code, str(said.place)) == ("source-without-identity", "pipelines/demo.yml:7:5")
    assert "day=…" not in said.message
    assert "day=1" not in said.message

    here = project(READ)
    context = here.begin(plan(reading(url, volatile=True)))
    there.put(b"y")  # nobody can tell
    record = execute_part(context, "read").record
    seen = context.header["sources"][url]
    assert record["inputs"] == {"landing": digest_json({"url": url, "observed": seen["observed"]})}
    assert here.value(context, "read").endswith(b'"text":"y"}')


def test_a_source_that_changed_is_a_difference(project, there):
    here = project(READ)
    url = there.put(b"x", etag='"1"')
    given = plan(reading(url), reading(url + "?key=word", name="other"))
    first = here.begin(given).header
    assert differences(here.begin(given).header, first) == ()
    there.put(b"y", etag='"2"')
    (said,) = differences(here.begin(given).header, first)
    assert said == f"source {url}, {url}?…"
    old = {word: value for word, value in first.items() if word != "sources"}
    assert differences(first, old) == (f"source {url}, {url}?…",)


def test_what_people_see_of_an_address_has_no_values():
    url = "https://data.example.com/day.csv?key=word"
    given = plan(reading(url))
    shown = "https://data.example.com/day.csv?…"
    ((line,),) = [task.inputs for task in outline([given]).pipelines[0].tasks]
    assert (line.kind, line.source) == ("url", shown)
    assert comments(given)["read"][0] == "landing ← url"
    assert comments(plan(reading("s3://landing/day.csv")))["read"][0] == (
        "landing ← url s3://landing/day.csv"
    )
    pictures = (as_mermaid([given]), as_text(replace(given, jobs=(Job("demo/read", "read", 0),))))
    assert "day.csv" in pictures[0]
    assert shown in pictures[1]
    assert not any("word" in picture for picture in pictures)
