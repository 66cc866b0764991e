"""One repository through a team's day: push, merge requests, a tag; each by what it recorded."""

from __future__ import annotations

import pytest

from tests.e2e.events import merge_request, tag
from tests.e2e.records import Records, files

pytestmark = pytest.mark.slow

PARENT = ("wombat-compile",)
SALES = ("sales/load", "sales/count", "sales/publish", "sales/tell")


def passed(*names: str) -> dict[str, int]:
    return dict.fromkeys(names, 0)


def test_a_day_of_a_team(team_project):
    project = team_project("shop")
    trusted, untrusted = Records(project.store), Records(project.store, "u")

    ran = project.gitlab()  # a push of the default branch runs, publishes, and then tells
    assert ran.exit_codes() == passed(*PARENT, *SALES), ran.output
    (first,) = trusted.runs("sales")
    assert trusted.header("sales", first)["profile"] == "production"
    assert trusted.states("sales", first) == {
        "load=": ["done"],
        "count=": ["done"],
        "tell=": ["done"],
    }
    assert trusted.head("sales")["run"] == first
    assert told(project) == ["2 rows"]

    before = files(project.store)  # the same again moves no data
    ran = project.gitlab()
    assert ran.exit_codes() == passed(*PARENT, "wombat/unchanged"), ran.output
    assert files(project.store) == before

    project.git("switch", "-q", "-c", "more-rows")  # a merge request plans, and waits for a click
    project.write("sales.txt", "one\ntwo\nthree\n")
    project.git("commit", "-q", "-a", "-m", "more rows")
    event = merge_request("more-rows")
    ran = project.gitlab(event=event)
    assert ran.exit_codes() == passed("wombat-compile"), ran.output
    (plan,) = project.artifacts(".wombat/gitlab/plan.txt")
    assert "sales" in plan.read_text()
    assert untrusted.states("sales", untrusted.runs("sales")[-1]) == {}

    ran = project.gitlab("--manual", "wombat-run", event=event)
    assert ran.exit_codes() == passed(*PARENT, "sales/load", "sales/count", "sales/publish"), (
        ran.output
    )
    asked = untrusted.runs("sales")[-1]
    assert untrusted.states("sales", asked) == {"load=": ["done"], "count=": ["done"]}
    assert untrusted.header("sales", asked)["branch"] == "more-rows"
    assert untrusted.head("sales", "more-rows")["run"] == asked
    assert trusted.runs("sales") == [first]
    assert told(project) == ["2 rows"]

    before = files(project.store)  # a fork's is checked, without the store
    ran = project.gitlab(event=merge_request("more-rows", fork=True))
    assert ran.exit_codes() == passed("wombat-check"), ran.output
    assert files(project.store) == before

    project.git("switch", "-q", "main")  # it is merged: computed anew, in the trusted zone
    project.git("merge", "-q", "more-rows")
    ran = project.gitlab()
    assert ran.exit_codes() == passed(*PARENT, *SALES), ran.output
    merged = trusted.runs("sales")[-1]
    assert trusted.head("sales")["run"] == merged
    assert project.wombat("pull", "sales/count@main", "-o", "out").returncode == 0
    assert (project.root / "out" / "data.txt").read_text() == "3\n"
    assert told(project) == ["2 rows", "3 rows"]

    # A tag has a ref of its own, for what is there already; unprotected, it tells none.
    ran = project.gitlab(event=tag("v1"))
    assert trusted.moves("sales") == 2
    assert ran.exit_codes() == passed(*PARENT, "sales/publish"), ran.output
    assert untrusted.head("sales", "v1", "tags")["run"] == untrusted.runs("sales")[-1]
    assert told(project) == ["2 rows", "3 rows"]


def told(project) -> list[str]:
    return (project.home / "told").read_text().splitlines()
