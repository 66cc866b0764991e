"""The run's header: made once, whole, and not for another plan."""

from __future__ import annotations

import pytest

from tests.executor.plans import Param, of_artifact, of_file, plan, surroundings, task
from wombat.digest import digest_json
from wombat.errors import Absent, CheckFailed, UsageFault
from wombat.executor.header import ensure_header, find_header, make_header, plan_of

DAYS = Param("days", "int", default=30, min=1)


def header(project, given, **words):
    known = {"surroundings": surroundings(), "project": "demo", "profile": "production"}
    known |= {"root": project.root, "resolve": lambda address: {}}
    return make_header(given, **(known | words))


def test_a_header_holds_all_that_depends_on_the_world(project):
    here = project()
    (here.root / "a.txt").write_text("x")
    given = plan(task("one", "m:f", inputs=(of_file("a", "a.txt"),)), params=(DAYS,))
    around = surroundings(branch="feature/x", commit="c" * 40, event="push", order=7, ci="gitlab")
    made = header(here, given, surroundings=around, params={"days": "7"})
    assert made["params"] == {"days": 7}
    assert (made["branch"], made["order"], made["event"]) == ("feature/x", 7, "push")
    assert set(made["files"]) == {"a.txt"}
    assert made["run"] == around.run
    stands = ensure_header(here.store, made)
    assert plan_of(stands) == given
    assert stands["plan_digest"] == given.digest
    digest_json(stands)  # it is plain JSON


def test_the_content_of_a_file_is_that_of_the_artifact_it_would_be(project):
    here = project()
    (here.root / "a.txt").write_text("x")
    made = header(here, plan(task("one", "m:f", inputs=(of_file("a", "a.txt"),))))
    assert made["files"]["a.txt"] == here.store.push_tree(here.root / "a.txt", type="file").content


def test_whoever_comes_first_wins(project):
    here = project()
    given = plan(task("one", "m:f"), params=(DAYS,))
    first = header(here, given, run="r1", params={"days": "1"})
    second = header(here, given, run="r1", params={"days": "2"})
    assert ensure_header(here.store, first)["params"] == {"days": 1}
    assert ensure_header(here.store, second)["params"] == {"days": 1}
    with pytest.raises(UsageFault) as caught:
        ensure_header(here.store, header(here, plan(task("two", "m:f")), run="r1"))
    assert caught.value.code == "run-differs"


def test_a_run_without_a_header(project):
    assert find_header(project().store, "demo", "nowhere") is None


@pytest.mark.parametrize("params", [{"days": "x"}, {"days": "0"}, {"day": "1"}, {"days": "\udc80"}])
def test_parameters_that_do_not_fit(project, params):
    with pytest.raises(UsageFault) as caught:
        header(project(), plan(task("one", "m:f"), params=(DAYS,)), params=params)
    assert caught.value.code == "param-invalid"


def test_what_is_not_there(project):
    here = project()
    with pytest.raises(CheckFailed):
        header(here, plan(task("one", "m:f", inputs=(of_file("a", "gone.txt"),))))

    def nothing(address):
        raise Absent(address)

    with pytest.raises(Absent):
        header(here, plan(task("one", "m:f", inputs=(of_artifact("a", "p/x"),))), resolve=nothing)


def test_an_artifact_with_parts_is_not_one_input(project):
    given = plan(task("one", "m:f", inputs=(of_artifact("a", "p/x@main"),)))
    with pytest.raises(UsageFault, match="several parts"):
        header(project(), given, resolve=lambda address: {"parts": {}})
