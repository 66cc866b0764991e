"""Why a task runs, or doesn't: one project that ran, one edit at a time, and the cause by name."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.explain.project import CASES, Case, edit
from wombat.api.asking_why import why
from wombat.api.runs import run_pipeline
from wombat.cli.entry import run
from wombat.errors import Absent, UsageFault
from wombat.review.explained import own_causes
from wombat.review.why_text import why_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.executor.web import Site
    from wombat.review.explained import Explanation


def own(told: Explanation) -> dict[str, set[tuple[str, str]]]:
    """By task what changed of itself, of parts that aren't reused."""
    found: dict[str, set[tuple[str, str]]] = {}
    for (task, _), one in told.parts.items():
        causes = {(cause.kind, cause.what) for cause in own_causes(one)}
        if one.state != "reuse" and causes:
            found.setdefault(task, set()).update(causes)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_cause_is_named(root: Path, case: Case) -> None:
    if case.file:
        edit(root, case.file, case.before, case.after)
    told = why(root, "shop", **case.asked)
    assert own(told) == case.told
    assert case.says in why_text(told)
    for one in told.parts.values():  # whatever isn't reused says why, and leads to a root
        if one.state != "reuse":
            assert one.causes
            roots = {unit[0] for unit in told.roots(one.unit)}
            assert roots <= case.told.keys()
            assert roots


def test_a_function_that_calls_another_one_comes_first_and_each_name_once(root: Path) -> None:
    (root / "lib" / "top.py").write_text("TOP = 3\n\n\ndef help_():\n    return TOP\n")
    edit(root, "other.py", "def split", "from lib.top import TOP, help_\n\n\ndef split")
    edit(root, "other.py", '"rows": 1', '"rows": help_() + TOP')
    one = why(root, "shop", "split", label="us").parts["split", "us"]
    assert [cause.what for cause in one.causes] == ["other:split", "lib.top:TOP", "lib.top:help_"]


def test_of_a_pipeline_the_run_is_told_once_and_tasks_of_one_cause_together(root: Path) -> None:
    sheet = "{shell: sh tools/page.sh x, image: base, outputs: {page: {type: file, path: p}}}"
    edit(root, "pipelines/shop.yml", "  page:\n", f"  sheet: {sheet}\n  page:\n")
    run_pipeline(root, "shop")
    edit(root, "wombat.yml", "ds:1.4", "ds:1.5")
    told = why(root, "shop")
    text = why_text(told)
    assert text.count("since run ") == 1
    assert text.count("image base: ") == 1
    page = told.parts["page", None]
    assert "shop/sheet, shop/page: each runs\n" in text or "shop/page, shop/sheet: each" in text
    assert page.since is not None
    run_id = page.since.run
    assert f"since run {run_id} (" in text
    assert f"since run {run_id.rpartition('-')[2]} (" in why_text(told, narrow=True)


def test_an_input_leads_to_where_the_change_begins(root: Path) -> None:
    edit(root, "lib/far.py", "return 1", "return 4")
    told = why(root, "shop", "sum")
    assert told.roots(("sum", None)) == (("load", None),)
    text = why_text(told)
    order = ["sum is decided", "split: [us] is", "table is", "load runs", "lib.far:far"]
    assert sorted(order, key=text.index) == order
    assert "input notes from split.note isn't made yet" in text


def test_what_came_out_the_same_cuts_off_what_follows(root: Path) -> None:
    edit(root, "lib/far.py", "return 1", "return 1 + 0")
    assert why(root, "shop", "sum").parts["sum", None].state == "maybe"
    run_pipeline(root, "shop", task="load", publish=False)
    told = why(root, "shop", "sum").parts["sum", None]
    assert (told.state, told.causes) == ("reuse", ())


def test_what_is_reused_says_who_made_it(root: Path) -> None:
    first = why(root, "shop", "page").parts["page", None].made
    assert first is not None
    edit(root, "tools/page.sh", "hello", "bye")
    second = run_pipeline(root, "shop").run
    edit(root, "tools/page.sh", "bye", "hello")  # as it was two versions ago
    told = why(root, "shop", "page").parts["page", None]
    assert told.made is not None
    assert told.since is not None
    assert (told.state, told.made.run, told.since.run) == ("reuse", first.run, second)
    assert {cause.what for cause in told.causes} == {"tools/page.sh"}


def test_a_tasks_own_checks_are_told_while_an_input_is_pending(root: Path) -> None:
    edit(root, "lib/far.py", "return 1", "return 4")
    edit(root, "schemas/orders.yml", "k: int64", "k: {type: int64, min: -9}")
    told = why(root, "shop", "table")
    table = told.parts["table", None]
    assert [(cause.kind, cause.what) for cause in table.causes] == [
        ("upstream", "load.rows"),
        ("schema", "output frame: checks"),
    ]
    assert "declared outputs" not in table.same
    assert ("table", None) in told.roots(("table", None))


def test_another_profile_judges_anew(root: Path) -> None:
    told = why(root, "shop", "table", profile="production").parts["table", None]
    assert told.state == "judge"
    assert ("profile", "development", "production") in {
        (cause.kind, cause.then, cause.now) for cause in told.causes
    }
    assert {cause.kind for cause in told.causes} <= {"profile", "policy"}


def test_an_artifact_that_moved_names_both_runs(root: Path) -> None:
    edit(root, "other.py", "return 1", "return 2")
    second = run_pipeline(root, "models").run
    (cause,) = why(root, "shop", "sum").parts["sum", None].causes
    assert (cause.kind, cause.what) == ("artifact", "models/fit.model@main")
    assert cause.now["run"] == second != cause.then["run"]
    assert f"→ {second}" in why_text(why(root, "shop", "sum"))


def test_outside_data_that_moved(root: Path, there: Site) -> None:
    there.put(b"b\n", etag='"2"')
    try:
        (cause,) = why(root, "shop", "load").parts["load", None].causes
    finally:
        there.put(b"a\n", etag='"1"')
    assert (cause.kind, cause.what) == ("source", there.url())
    assert (cause.then, cause.now) == ({"etag": '"1"'}, {"etag": '"2"'})


def gone(store: Path) -> None:
    for folder in ("results", "cache"):
        for found in store.rglob(folder):
            shutil.rmtree(found)


def damaged(store: Path) -> None:
    for folder in ("results", "cache"):
        for found in store.rglob(f"{folder}/**/*"):
            if found.is_file():
                found.write_bytes(found.read_bytes().replace(b"0", b"1"))


@pytest.mark.parametrize("harm", [gone, damaged])
def test_a_result_that_is_lost_is_no_change(root: Path, harm: Callable[[Path], None]) -> None:
    harm(root / ".wombat" / "store")
    told = why(root, "shop", "page").parts["page", None]
    assert (told.state, [cause.kind for cause in told.causes]) == ("run", ["lost"])


def test_a_failure_since_then_is_told(root: Path) -> None:
    edit(root, "tools/page.sh", "printf", "exit 3; printf")
    failed = run_pipeline(root, "shop")
    assert failed.error is not None
    told = why(root, "shop", "page").parts["page", None]
    assert {cause.what for cause in told.causes} == {"tools/page.sh"}
    assert any(failed.run in note for note in told.notes)
    named = why(root, "shop", "page", run=failed.run).parts["page", None]
    assert [cause.kind for cause in named.causes] == ["undone"]


def test_nothing_was_published_yet(root: Path) -> None:
    shutil.rmtree(root / ".wombat")
    with pytest.raises(Absent):
        why(root, "shop")
    assert not (root / ".wombat" / "store").exists()
    run_pipeline(root, "models")
    told = why(root, "shop", "page").parts["page", None]
    assert [cause.kind for cause in told.causes] == ["never"]


def test_what_isnt_there_is_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Absent, match="no run"):
        why(root, "shop", run="local-20200101T000000Z-00000000")
    with pytest.raises(UsageFault, match="no part"):
        why(root, "shop", "split", label="mena")
    with pytest.raises(UsageFault, match="no pipeline 'page'") as raised:
        why(root, "page")
    assert raised.value.hint == "did you mean shop/page?"
    for target in (["shop/split: [us]"], ["shop/split", "--part", "us"]):
        assert run(["why", "-C", str(root), *target]) == 0
        assert "shop/split: [us] is reused" in capsys.readouterr().out
    with pytest.raises(UsageFault, match="no task"):
        why(root, "shop", "pages")
