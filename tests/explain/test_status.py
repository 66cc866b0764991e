"""Status: what stands, what would run and why, what failed, and what waits."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

from tests.explain.project import edit
from wombat.api.asking_why import why
from wombat.api.runs import run_pipeline
from wombat.api.status import PipelineStatus, Status, status
from wombat.cli.entry import run
from wombat.review.why_text import why_text

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.executor.web import Site


def shop(found: Status) -> PipelineStatus:
    return next(one for one in found.pipelines if one.pipeline == "shop")


def said(root: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["status", "-C", str(root)]) == 0
    return capsys.readouterr().out


def test_what_stands_is_what_this_checkout_makes(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = shop(status(root))
    assert (found.state, found.tasks, found.unpublished) == ("current", (), ())
    assert found.stands is not None
    assert (found.stands.seq, found.stands.branch) == (1, "main")
    assert "shop: up to date with version 1 of main" in said(root, capsys)


def test_what_would_run_and_why(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(root, "lib/far.py", "return 1", "return 4")
    found = shop(status(root))
    assert found.state == "behind"
    assert found.parts == {"run": 1, "maybe": 4, "reuse": 1}
    assert [task.task for task in found.tasks] == ["load", "table", "split", "sum"]
    assert found.tasks[0].why == "code lib.far:far (lib/far.py) changed"
    text = said(root, capsys)
    assert "shop: differs from version 1 of main" in text
    assert "models: up to date" in text


def test_a_failed_run_is_told_with_what_it_got_done(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(root, "tools/page.sh", "printf", "exit 3; printf")
    failed = run_pipeline(root, "shop", force=True, task="page")
    (told,) = shop(status(root)).unpublished
    assert (told.run, list(told.failed)) == (failed.run, [("page", None)])
    assert f"run {failed.run} failed at page" in said(root, capsys)
    assert run(["status", "-C", str(root), "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    (run_told,) = next(p for p in tree["pipelines"] if p["pipeline"] == "shop")["unpublished"]
    assert run_told["failed"][0]["task"] == "page"


def test_another_branch_is_compared_with_the_default_one(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "-C", str(root), "checkout", "-q", "-b", "feature"], check=True)
    found = shop(status(root))
    assert (found.state, found.stands) == ("new", None)
    assert found.since is not None
    assert found.since.branch == "main"
    assert "nothing stands on this branch; compared with version 1 of main" in said(root, capsys)


def test_an_effect_that_waits_and_a_lock_that_lacks(root: Path) -> None:
    edit(root, "wombat.yml", "images:", "profiles: {development: {effects: true}}\nimages:")
    tell = "  tell: {shell: echo, needs: page}\n  page:\n"
    edit(root, "pipelines/shop.yml", "  page:\n", tell)
    assert shop(status(root)).effect == "tell"  # what stands doesn't know of it
    edit(root, "tools/page.sh", "hello", "bye")
    run_pipeline(root, "shop")
    assert shop(status(root)).effect is None  # it may begin yet
    from datetime import UTC, datetime, timedelta

    later = datetime.now(UTC) + timedelta(days=1)
    assert shop(status(root, now=later)).effect == "tell"
    run_pipeline(root, "shop", effects=True)
    assert shop(status(root, now=later)).effect is None
    assert status(root).lock == ()
    edit(root, "pipelines/shop.yml", "models/fit.model@main", "far:models/fit.model@main")
    assert any("far" in one for one in status(root).lock)


def test_what_stands_is_told_though_a_run_cant_begin(
    root: Path, there: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    page = there.pages.pop("/data.csv")
    try:
        found = shop(status(root))
        assert (found.state, found.stands and found.stands.seq) == ("current", 1)
        assert found.note is not None
        text = said(root, capsys)
        assert "shop: up to date with version 1" in text
        assert "  a run can't begin now: " in text
        told = why(root, "shop", "load")
        assert told.parts["load", None].state == "reuse"
        assert told.note is not None
        assert why_text(told).startswith("a run can't begin now: ")
        edit(root, "pipelines/shop.yml", "/data.csv", "/other.csv")  # never seen
        assert "shop: version 1 of main (run " in said(root, capsys)
    finally:
        there.pages["/data.csv"] = page
    edit(root, "pipelines/shop.yml", "run: work:load", "run: work:nothing")
    text = said(root, capsys)
    assert "stands; it can't begin: wombat check finds 1 mistake" in text
    assert "models: version 1 of main" in text


def test_a_failure_that_was_mended_is_told_no_more(root: Path) -> None:
    edit(root, "tools/page.sh", "printf", "exit 3; printf")
    run_pipeline(root, "shop")
    assert shop(status(root)).unpublished
    edit(root, "tools/page.sh", "exit 3; printf", "printf")
    found = shop(status(root))
    assert (found.state, found.unpublished) == ("current", ())


def test_without_a_store(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(root / ".wombat")
    found = status(root)
    assert found.note is not None
    assert {one.state for one in found.pipelines} == {"unknown"}
    assert not (root / ".wombat").exists()
    assert "what stands isn't known: there is no store" in said(root, capsys)


def test_what_was_published_and_stands_no_more_is_no_failure(root: Path) -> None:
    assert run(["close", "-C", str(root), "shop@main"]) == 0
    found = shop(status(root))
    assert (found.state, found.unpublished) == ("new", ())
