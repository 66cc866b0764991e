"""`wombat gc` and `wombat du` as people meet them: in a project with git, versions and rules."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.gc.world import noise
from wombat.api.collecting import collect, retention
from wombat.api.measuring import measure_zone
from wombat.api.session import open_session
from wombat.cli.entry import run
from wombat.store import names
from wombat.store.gc import Retention, Rules
from wombat.store.gc.clocks import DAY

if TYPE_CHECKING:
    from pathlib import Path

RULES = "project: shop\nretention:\n  keep_last: 1\n  younger_than: 0d\n"


def git(root: Path, *words: str) -> None:
    name = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    subprocess.run(["git", "-C", str(root), *name, *words], check=True, capture_output=True)


def age(root: Path, days: float) -> None:
    """Everything in the store becomes older by so much: its clock is that of its files."""
    for path in (root / ".wombat" / "store").rglob("*"):
        if path.is_file():
            then = path.stat().st_mtime - days * DAY
            os.utime(path, (then, then))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GITLAB_CI", "GITHUB_ACTIONS", "CI", "WOMBAT_STORE", "WOMBAT_ZONE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    git(root, "commit", "-q", "--allow-empty", "-m", "x")
    (root / "wombat.yml").write_text(RULES)
    return root


def put(root: Path, seed: str, address: str = "raw/orders") -> None:
    (root / "data.bin").write_bytes(noise(seed, 200_000))
    assert run(["put", "-C", str(root), str(root / "data.bin"), address, "-q"]) == 0


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert run([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_what_the_rules_let_go_of_is_gone_after_two_passes(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in "abc":
        put(project, seed)
    age(project, 10)
    where = ["-C", str(project)]
    shown = answer(capsys, "gc", *where)
    assert shown["branches"][0]["keeps"] == {"newest": 1}
    assert shown["branches"][0]["lets_go"] == 2
    assert shown["dooms"] == 4
    assert shown["large"]
    assert not shown["applied"]
    assert run(["gc", *where, "--apply"]) == 1
    assert "gc-large-sweep" in capsys.readouterr().err
    assert answer(capsys, "gc", *where, "--apply", "--allow-large-sweep")["dooms"] == 4
    age(project, 1.1)
    again = answer(capsys, "gc", *where, "--apply")
    assert again["deletes"] == 4
    assert again["deletes_bytes"] > 400_000
    assert run(["pull", *where, "raw/orders", "-o", str(project / "got"), "-q"]) == 0
    assert (project / "got").exists()
    assert run(["gc", *where]) == 0
    text = capsys.readouterr().out
    assert "raw@main: keeps 1 (1 newest), lets go 2" in text
    assert "100% of it live" in text


def test_what_was_let_go_of_is_not_promoted(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(project, "a")
    first = answer(capsys, "log", "-C", str(project), "raw")
    put(project, "b")
    age(project, 10)
    assert run(["gc", "-C", str(project), "--apply", "--allow-large-sweep", "-q"]) == 0
    age(project, 1.1)
    assert run(["gc", "-C", str(project), "--apply", "-q"]) == 0
    run_id = json.dumps(first).split('"run": "')[1].split('"')[0]
    assert run(["promote", "-C", str(project), run_id, "raw"]) == 14
    assert "no rule of retention keeps it any more" in capsys.readouterr().err
    age(project, 4)
    assert run(["gc", "-C", str(project), "--apply", "-q"]) == 0
    assert run(["promote", "-C", str(project), run_id, "raw"]) == 14
    assert "error[store-let-go]" in capsys.readouterr().err
    assert run(["pull", "-C", str(project), "raw/orders", "-o", str(project / "got"), "-q"]) == 0


def test_a_branch_that_git_lost_is_closed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(project, "a")
    git(project, "checkout", "-q", "-b", "feature")
    put(project, "b")
    git(project, "checkout", "-q", "main")
    assert collect(project).gone == ()
    git(project, "branch", "-D", "feature")
    assert collect(project).gone == (("raw", "feature"),)
    assert collect(project, apply=True).gone == (("raw", "feature"),)
    assert collect(project, apply=True).gone == ()
    age(project, 31)
    put(project, "c")
    report = collect(project).report
    states = {one.branch: one.closed for one in report.branches}
    assert states == {"main": "", "feature": "over"}
    assert report.dooms == 4  # of the feature and, as one is kept, of main
    capsys.readouterr()
    assert run(["gc", "-C", str(project)]) == 0
    assert "raw@feature: keeps 0 (none), lets go 1, closed long ago" in capsys.readouterr().out


def test_a_branch_that_was_never_here_is_not_closed(project: Path) -> None:
    """A colleague's, in a folder that both share: it isn't pushed yet."""
    git(project, "commit", "-q", "--allow-empty", "-m", "y")
    put(project, "a")
    clone = project.parent / "colleague"
    git(project.parent, "clone", "-q", str(project), str(clone))
    git(clone, "checkout", "-q", "-b", "theirs")
    (clone / "wombat.yml").write_text(RULES + f"store: {project / '.wombat' / 'store'}\n")
    put(clone, "b")
    assert collect(project).gone == ()
    git(clone, "checkout", "-q", "main")
    git(clone, "branch", "-D", "theirs")
    assert collect(clone).gone == (("raw", "theirs"),)


def test_a_branch_of_another_repository_is_not_closed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two projects of one name in one store; what was put says nothing of where it is from."""
    put(project, "a")
    git(project, "checkout", "-q", "-b", "gone")
    git(project, "checkout", "-q", "main")
    git(project, "branch", "-D", "gone")
    store = open_session(project).store
    for number, repository in enumerate((None, "gitlab.example.com/7")):
        run_id, pipeline = f"r{number}", f"p{number}"
        store.create_header(pipeline, run_id, {"repository": repository})
        store.publish(
            pipeline=pipeline, branch="gone", run=run_id, plan="0" * 64, order=1, commit=None,
            time="2026-11-01T00:00:00Z", outputs={},
        )  # fmt: skip
    assert collect(project).gone == (("p0", "gone"),)


def test_a_forged_branch_stops_nothing_in_the_untrusted_zone(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WOMBAT_ZONE", "u")
    put(project, "a")
    git(project, "init", "-q", "--bare", str(project.parent / "origin.git"))
    git(project, "remote", "add", "origin", str(project.parent / "origin.git"))
    git(project, "push", "-q", "origin", "main")
    store = project / ".wombat" / "store" / "u"
    [zone] = store.iterdir()
    forged = zone / "refs" / "raw" / "heads" / "x" / names.inverse(7)
    forged.parent.mkdir()
    forged.write_bytes(b"junk")
    done = collect(project, apply=True)
    assert (done.asked, done.gone) == (True, ())
    assert len(done.report.notes) == 2


def test_without_an_answer_of_git_no_branch_is_gone(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WOMBAT_ZONE", "t")
    put(project, "a")
    git(project, "checkout", "-q", "-b", "other")
    put(project, "b")
    git(project, "checkout", "-q", "main")
    git(project, "branch", "-D", "other")
    for address in (None, str(project.parent / "nowhere")):
        if address is not None:
            git(project, "remote", "add", "origin", address)
        done = collect(project)
        assert not done.asked
        assert done.gone == ()
    empty = project.parent / "empty.git"
    git(project, "init", "-q", "--bare", str(empty))
    git(project, "remote", "set-url", "origin", str(empty))
    assert not collect(project).asked
    git(project, "push", "-q", "origin", "main")
    assert collect(project).gone == (("raw", "other"),)


def test_the_rules_of_the_file(project: Path) -> None:
    assert retention(project) == Retention(Rules(1, 0.0))
    (project / "wombat.yml").write_text(
        "retention:\n  tags: false\n  pipelines:\n    raw: {younger_than: 365d}\n"
    )
    own = Rules(10, 365 * DAY, tags=False)
    assert retention(project) == Retention(Rules(tags=False), {"raw": own})
    (project / "wombat.yml").unlink()
    assert retention(project) == Retention()


def test_du_tells_what_is_stored_and_shared(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(project, "a")
    put(project, "b")
    put(project, "a", "copy/orders")
    shown = answer(capsys, "du", "-C", str(project))
    rows = {row["name"]: row for row in shown["rows"]}
    assert set(rows) == {"raw", "copy"}
    assert rows["raw"]["versions"] == 2
    assert rows["raw"]["logical"] == 400_000
    stored = shown["together"]["stored"]
    assert shown["together"]["logical"] <= 600_000
    assert 400_000 < stored < 620_000
    assert rows["raw"]["alone"] <= rows["raw"]["stored"] <= stored
    outputs = answer(capsys, "du", "-C", str(project), "raw")["rows"]
    assert [row["name"] for row in outputs] == ["raw/orders"]
    branches = answer(capsys, "du", "-C", str(project), "raw/orders", "--by", "branch")["rows"]
    assert [row["name"] for row in branches] == ["raw@main"]
    put(project, "c", "raw/more")  # a version with two outputs is one
    for by, versions in (("pipeline", 3), ("output", 3), ("branch", 3)):
        shown = answer(capsys, "du", "-C", str(project), "raw", "--by", by)
        assert max(row["versions"] for row in shown["rows"]) == versions
        assert shown["together"]["versions"] == 3
    assert run(["du", "-C", str(project), "nothing"]) == 17
    assert run(["du", "-C", str(project), "--younger-than", "3h"]) == 2


def test_du_tells_what_a_rule_would_free(project: Path) -> None:
    (project / "wombat.yml").write_text("project: shop\n")
    for seed in "abcd":
        put(project, seed)
    age(project, 10)
    plain = measure_zone(project)
    assert plain.frees is None
    two = measure_zone(project, keep_last=2)
    assert two.let_go == 0
    assert two.frees is not None
    assert 400_000 < two.frees < 410_000
    assert measure_zone(project, "raw", keep_last=2).frees == two.frees
    assert measure_zone(project, keep_last=0, younger_than=20 * DAY).frees == 0


def test_a_zone_without_a_store(project: Path) -> None:
    assert run(["gc", "-C", str(project)]) == 17
    assert run(["du", "-C", str(project)]) == 17


def test_a_pass_over_little_is_quick(project: Path) -> None:
    put(project, "a")
    before = time.process_time()
    report = collect(project).report
    assert report.requests <= 25
    assert time.process_time() - before < 5
