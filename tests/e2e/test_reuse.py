"""Nothing runs twice: what a change makes run, through the child that its push generates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.pushes import BRANCH, BY_HAND, OUT, REQUEST, make_team
from tests.forge.server import PROJECT, SECRET, Server
from wombat.api.noting import VARIABLE
from wombat.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.harness import Project
    from tests.e2e.pushes import Team

pytestmark = pytest.mark.slow

ALL = ["frame", "label", "load", "price", "region eu", "region us", "report", "size"]
NOTHING = {"wombat/unchanged": 0}


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    return make_team(tmp_path, monkeypatch)


def done(*tasks: str) -> dict[str, int]:
    """The exit codes of a child of these tasks' jobs."""
    return {f"shop/{name}": 0 for name in (*tasks, "publish")}


def attempts(team: Team, task: str, zone: str = "t") -> list[dict[str, Any]]:
    """The attempts of a task in the newest run, as recorded."""
    records = team.records(zone)
    folder = records.root / "runs" / "shop" / records.runs("shop")[-1] / f"{task}="
    return [json.loads(file.read_text()) for file in sorted(folder.glob("*"))]


def head(team: Team, branch: str = "main", zone: str = "t") -> dict[str, Any]:
    return team.records(zone).head("shop", branch)


def contents(team: Team, branch: str = "main", zone: str = "t") -> dict[str, Any]:
    """The content digest of each output that a branch holds."""
    outputs = head(team, branch, zone)["outputs"]
    return {
        name: {label: one["C"] for label, one in value.get("parts", {"": value}).items()}
        for name, value in outputs.items()
    }


def told(team: Team) -> str:
    """What the last publish said that it changed."""
    return (team.root / ".wombat/reports/shop.changes.md").read_text()


def test_each_change_runs_what_depends_on_it_and_nothing_else(team: Team) -> None:
    assert sorted(team.push()) == ALL
    assert (team.push(), team.codes) == ([], NOTHING)

    # Said otherwise: a comment, a docstring, another layout, a description.
    team.edit("steps/price.py", '"""What each sale brought."""', '"""Otherwise."""\n    # so')
    team.edit("lib/far.py", "    return 2", "    return (\n        2\n    )")
    team.edit("pipelines/shop.yml", "What was sold?", "Said otherwise.")
    assert (team.push(), team.codes) == ([], NOTHING)

    # Another function of a module that tasks reach.
    team.edit("lib/far.py", "return 1", "return 7")
    assert (team.push(), team.codes) == ([], NOTHING)

    # A function two imports away: what is behind it may run, and is cut off where nothing changed.
    team.edit("lib/far.py", "        2\n", "        3\n")
    assert team.push() == ["price", "size"]
    assert team.codes == done("price", "size", "report")
    assert "- compared with `version 1 of main, run gitlab-example-com-1-1`\n" in told(team)
    (cut,) = attempts(team, "report")
    assert (cut["reused"]["run"], "report" in cut) == (team.records().runs("shop")[0], False)

    team.edit("pipelines/shop.yml", "default: sold", "default: gone")
    assert (team.push(), team.codes) == (["label"], done("label"))

    # An input with one row more: its length is new, and so are all that come behind it.
    (team.root / "data" / "sales.txt").write_text("3\n4\n5\n")
    assert team.push() == ["load", "price", "size", "report"]

    team.edit("uv.lock", 'name = "numpy"\nversion = "2.3.0"', 'name = "numpy"\nversion = "2.4.0"')
    assert (team.push(), team.codes) == (["frame"], done("frame"))
    team.edit("uv.lock", 'version = "2.32.0"', 'version = "2.33.0"')  # nobody imports it
    assert (team.push(), team.codes) == ([], NOTHING)

    team.edit("wombat.yml", "sha256:0000", "sha256:1111")
    assert (team.push(), team.codes) == (["label"], done("label"))

    team.edit("pipelines/shop.yml", "[us, eu]", "[us, eu, apac]")
    assert team.push() == ["region apac"]
    assert team.codes == done("region: [apac]")

    # A bound that is judged otherwise: the data is there, and its validation alone is done anew.
    team.edit("schemas/amounts.yml", "min: 0", "min: 1")
    assert (team.push(), team.codes) == ([], done("frame"))
    (judged,) = attempts(team, "frame")
    assert judged["reused"]["run"] != team.records().runs("shop")[-1]
    assert judged["report"]
    # What a schema makes of the data is another thing: that is computed.
    team.edit("schemas/amounts.yml", "columns:", "extra: drop\ncolumns:")
    assert team.push() == ["frame"]

    # Back to what was there before: all of it is, and only the publish is left to do.
    team.edit("pipelines/shop.yml", "default: gone", "default: sold")
    team.edit("wombat.yml", "sha256:1111", "sha256:0000")
    assert (team.push(), team.codes) == ([], done())


def test_what_a_trusted_branch_made_serves_production_judged_anew(team: Team) -> None:
    assert sorted(team.push(BRANCH)) == ALL
    (made,) = team.records().runs("shop")
    assert team.records().header("shop", made)["profile"] == "development"

    assert (team.push(), team.codes) == ([], done("frame"))
    assert team.records().header("shop", team.records().runs("shop")[-1])["profile"] == "production"
    (judged,) = attempts(team, "frame")
    assert judged["reused"]["run"] == made
    assert judged["report"]
    assert contents(team) == contents(team, "stable")


def test_production_refuses_what_development_let_pass(team: Team) -> None:
    team.edit("steps/frame.py", "[3, 4]", "[3, -4]")
    team.push(BRANCH)
    assert team.push() == []
    assert team.codes == {"shop/frame": 11}
    assert head(team) == {}


@pytest.fixture
def forge() -> Iterator[Server]:
    with Server() as running:
        running.state.notes[3] = []
        yield running
        assert running.state.violations == []


def test_a_merge_request_takes_what_is_there_and_gives_nothing(team: Team, forge: Server) -> None:
    team.push()
    team.edit("lib/far.py", "return 2", "return 3")
    told_to = {"CI_SERVER_HOST": "127.0.0.1", "CI_API_V4_URL": f"{forge.address}/api/v4"}
    told_to |= {"CI_PROJECT_PATH": PROJECT, VARIABLE: SECRET}
    assert team.push(REQUEST, **told_to) == ["price", "size"]
    assert team.records("u").header("shop", team.records("u").runs("shop")[0])["reused"]
    said = (team.root / OUT / "plan.md").read_text()
    assert "1 task runs, 2 tasks may run, 4 tasks are reused" in said
    page = told(team)
    assert "- of 8 parts: 2 made, 0 validated anew, 6 reused\n" in page
    assert "- compared with `version 1 of main, run gitlab-example-com-1-1`\n" in page
    assert "- 1 of 7 outputs changed\n" in page
    run = team.records("u").runs("shop")[0]
    with team.job({"WOMBAT_STORE": str(team.store), "WOMBAT_ZONE": "u"}):
        assert team.wombat("report", "--run", run, "--out", "again") == 0
    load, price = ((team.root / "again" / f"shop.{n}.xml").read_text() for n in ("load", "price"))
    assert '<skipped message="reused, as in run gitlab-example-com-1-1">' in load
    assert "<skipped" not in price
    assert (team.root / "again" / "shop.changes.md").exists()
    noted = [one["body"] for one in forge.state.notes[3]]
    assert noted[0] == f"<!-- wombat: plan -->\n{(team.root / OUT / 'plan.md').read_text()}"
    assert noted[1:] == [f"<!-- wombat: changes of shop -->\n{page}"]
    assert team.push(REQUEST, **told_to) == []  # two notes still, of which one says so
    assert [one["body"] == said for one, said in zip(forge.state.notes[3], noted, strict=True)] == [
        *(False, True)
    ]

    assert team.push() == ["price", "size"]  # after the merge: the same once more, in production
    assert contents(team) == contents(team, "change", "u")
    (made,) = attempts(team, "price")
    assert "reused" not in made


def test_two_machines_make_the_same_at_once(team: Team) -> None:
    first, second = team.compile(), team.compile()
    assert team.one(first, "shop/load") == 0
    assert set(team.work(second).values()) == {0}
    assert set(team.work(first).values()) == {0}
    assert sorted(team.ran()) == ALL  # the slower one found each result when it began
    assert head(team)["run"] == second.run
    assert f"# `shop`: `superseded by run {second.run}" in told(team)
    assert f"- compared with `version 1 of main, run {second.run}`\n" in told(team)
    assert (team.push(), team.codes) == ([], NOTHING)


def test_planted_results_serve_nobody(team: Team) -> None:
    team.push(REQUEST)
    kept = team.records("u").runs("shop")[0]
    key = attempts(team, "label", "u")[0]["key"]
    for zone in ("t", "u"):  # one that lacks what the task makes, and one of another zone's data
        store = open_store(str(team.store), project="shop", zone=zone)
        outputs = {} if zone == "t" else dict(attempts(team, "price", "u")[0]["outputs"])
        store.record_result(key, "planted", 1, {"state": "done", "key": key, "outputs": outputs})
    told = attempts(team, "label", "u")[0]["outputs"]
    stolen = {name: {**one, "zone": "u/shop"} for name, one in told.items()}
    trusted = open_store(str(team.store), project="shop", zone="t")
    trusted.record_result(key, "stolen", 1, {"state": "done", "key": key, "outputs": stolen})
    team.ran()
    assert sorted(team.push()) == ALL
    assert attempts(team, "label")[0].get("reused") is None
    assert kept not in json.dumps(head(team))
    assert team.push(REQUEST) == []
    assert contents(team)["label.label"] == contents(team, "change", "u")["label.label"]


def test_a_lost_pack_fails_a_run_and_the_next_one_makes_it_anew(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = (str(number * 7919) for number in range(40_000))  # too much to lie in a manifest
    (team.root / "data" / "sales.txt").write_text("\n".join(numbers))
    team.push()
    (pack,) = attempts(team, "load")[0]["outputs"]["rows"]["packs"]
    (file,) = (one for one in team.store.rglob(f"*{pack[4:]}*") if "/p/" in one.as_posix())
    file.unlink()
    team.edit("lib/far.py", "return 2", "return 3")
    capsys.readouterr()
    assert team.push() == []
    assert team.codes == {"shop/price": 14}
    said = capsys.readouterr().err
    assert "the next run makes it anew: a new pipeline in CI" in said

    assert team.push() == ["load", "price", "size"]
    assert set(team.codes.values()) == {0}


def test_who_starts_a_pipeline_may_have_tasks_made_anew(team: Team) -> None:
    team.push()
    assert team.push(WOMBAT_FORCE="shop/load") == []  # a push asks for nothing
    assert team.push(BY_HAND, WOMBAT_FORCE="shop/load, shop/region") == [
        *("load", "region us", "region eu")
    ]
    assert team.codes == done("load", "region: [us]", "region: [eu]", "price", "size", "report")
    assert (team.push(BY_HAND), team.codes) == ([], done())  # asked for: its publish, at least
    assert sorted(team.push(BY_HAND, WOMBAT_FORCE="shop")) == ALL


def test_a_pruned_child_runs_in_real_jobs(
    team_project: Callable[..., Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.e2e.pushes import Team

    project = team_project("reused")
    assert project.store is not None
    team = Team(project.root, project.home, project.store, monkeypatch)
    assert sorted(team.push()) == ALL
    team.edit("lib/far.py", "return 2", "return 3")
    project.commit()
    ran = project.gitlab(event={"CI_PIPELINE_IID": "2"})
    assert ran.exit_codes() == {"wombat-compile": 0, **done("price", "size", "report")}, ran.output
    assert team.ran() == ["price", "size"]
