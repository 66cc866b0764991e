"""What a compile job leaves for its merge request: its files, what is wrong, and their sizes."""

from __future__ import annotations

import json

import pytest

from wombat.api.project import Checked, check
from wombat.api.reviewing import OF_A_RUN, PLAN_SIZE, bounded, write_review
from wombat.backends import Selection
from wombat.cli.entry import run
from wombat.errors import Diagnostic, Place, UsageFault

GITLAB = {
    "CI_PROJECT_URL": "https://gitlab.example.com/group/shop",
    "CI_COMMIT_SHA": "0123456789abcdef0123456789abcdef01234567",
    "CI_JOB_URL": "https://gitlab.example.com/group/shop/-/jobs/7",
}
FILES = ["annotations.json", "codequality.json", "plan.md", "plan.txt"]


@pytest.fixture
def root(tmp_path):
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "data"
    (folder / "pipelines").mkdir(parents=True)
    for name in ("a", "b", "c"):
        (folder / "pipelines" / f"{name}.yml").write_text(
            f"pipeline: {name}\ntasks: {{one: {{shell: date}}}}\n"
        )
    return folder


def links(folder):
    (section,) = json.loads((folder / "annotations.json").read_text()).values()
    return [one["external_link"]["url"] for one in section]


def test_a_selection_is_told_with_its_reasons(root):
    out = root / ".wombat" / "gitlab"
    warned = [Diagnostic("target-limit", "many jobs", Place("wombat.yml"), severity="warning")]
    selection = Selection("gl-1-2", ("b",), ("c",), ("a",))
    reasons = {"b": ("its code changed",), "a": ("nothing differs from run gl-1-1",)}
    names = write_review(out, check(root), warned, selection, reasons, environ=GITLAB)
    assert names == sorted([*FILES, *OF_A_RUN]) == sorted(file.name for file in out.iterdir())
    assert (out / "run").read_text() == "gl-1-2\n"
    text = (out / "plan.txt").read_text()
    assert text.startswith("run gl-1-2\n\nb: to run, its code changed\n")
    assert "\nc: to run by a click\n" in text
    assert "\na: unchanged, nothing differs from run gl-1-1\n" in text
    (entry,) = json.loads((out / "codequality.json").read_text())
    assert (entry["check_name"], entry["severity"]) == ("target-limit", "minor")
    assert entry["location"]["path"] == "data/wombat.yml"
    blob = f"{GITLAB['CI_PROJECT_URL']}/-/blob/{GITLAB['CI_COMMIT_SHA']}/data/pipelines"
    assert links(out) == [
        f"{GITLAB['CI_JOB_URL']}/artifacts/file/data/.wombat/gitlab/plan.txt",
        f"{blob}/b.yml#L1",
        f"{blob}/c.yml#L1",
    ]


def test_in_a_merge_request_a_click_runs_what_is_only_planned(root):
    (root / "pipelines" / "b.yml").write_text(
        "pipeline: b\non: {merge_request: run}\ntasks: {one: {shell: date}}\n"
    )
    ci = GITLAB | {"GITLAB_CI": "true", "CI_MERGE_REQUEST_IID": "3", "CI_PIPELINE_ID": "9"}
    write_review(root / "out", check(root), (), Selection("r", ("a", "b")), {}, environ=ci)
    text = (root / "out" / "plan.txt").read_text()
    assert "\na: to run by a click\n" in text
    assert "\nb: to run\n" in text
    assert "1 to run, 1 by a click, 1 not asked for\n" in text


def test_mistakes_stand_in_the_plans_place_and_no_run_is_named(root):
    out = root / "out"
    out.mkdir()
    (out / "run").write_text("of-before\n")
    (root / "pipelines" / "b.yml").write_text("pipeline: b\ntasks: {one: {shel: date}}\n")
    assert write_review(out, check(root), environ={}) == FILES
    assert sorted(file.name for file in out.iterdir()) == FILES
    for name in ("plan.txt", "plan.md"):
        assert "pipelines/b.yml:2:" in (out / name).read_text()
    entries = json.loads((out / "codequality.json").read_text())
    assert {one["location"]["path"] for one in entries} == {"data/pipelines/b.yml"}
    assert links(out) == []


def test_without_a_selection_every_pipeline_is_shown(root):
    write_review(root / "out", check(root), environ=GITLAB)
    assert (root / "out" / "plan.txt").read_text().startswith("a\n")
    assert len(links(root / "out")) == 4


@pytest.mark.slow
def test_it_all_stays_small(root):
    """A thousand tasks, ten thousand mistakes: the archive that holds the child is at most 5 MB."""
    tasks = "".join(
        f"  t{n}: {{shell: date, inputs: {{x: {{from: t{n - 1}.o{n}}}}}}}\n" for n in range(1000)
    )
    (root / "pipelines" / "big.yml").write_text(f"pipeline: big\ntasks:\n{tasks}")
    found = check(root)
    assert found.failed
    many = [
        Diagnostic("e", f"{'long ' * 200}{n}", Place(f"pipelines/{n}.yml", n + 1), "hint " * 99)
        for n in range(10_000)
    ]
    for checked in (
        Checked(root, found.spec, found.plans, [*found.diagnostics, *many], 0),
        Checked(root, found.spec, big(root), [], 0),
    ):
        write_review(root / "out", checked, environ=GITLAB)
        assert sum(file.stat().st_size for file in (root / "out").iterdir()) < 3 << 20


def big(root):
    """Plans of a thousand tasks with a description of 10 kB each."""
    for name in "xyz":
        tasks = "".join(f"  {'t' * 60}{n}: {{shell: date}}\n" for n in range(100, 450))
        (root / "pipelines" / f"{name}.yml").write_text(
            f"pipeline: {name}\ndescription: {'word ' * 2000}\ntasks:\n{tasks}"
        )
    (root / "pipelines" / "big.yml").unlink()
    found = check(root)
    assert sum(len(plan.tasks) for plan in found.plans.values()) > 1000
    return found.plans


def test_a_text_is_cut_between_lines_and_says_so():
    text = "".join(f"{n} {'ä' * 50}\n" for n in range(20_000))
    cut = bounded(text)
    assert len(cut.encode()) <= PLAN_SIZE
    kept, _, said = cut.rpartition("\n\n… ")
    assert text.startswith(kept + "\n")
    left = 20_000 - len(kept.splitlines())
    assert said == f"{left:,} more lines: wombat plan shows all\n"
    assert bounded("short\n") == "short\n"


def compiled(root, *words):
    (root / ".git").mkdir(exist_ok=True)  # GitLab runs a repository's own files alone
    return run(["compile", "--to", "gitlab", "--out", "out", "--select", "-C", str(root), *words])


def test_a_compilation_that_fails_is_shown_too(root, capsys):
    assert compiled(root) == 0
    assert (root / "out" / "run").exists()
    (root / "pipelines" / "b.yml").write_text("pipeline: b\ntasks: {one: {shel: date}}\n")
    assert compiled(root) == 10
    assert not (root / "out" / "run").exists()
    entries = json.loads((root / "out" / "codequality.json").read_text())
    assert {one["location"]["path"] for one in entries} == {"pipelines/b.yml"}
    assert "error[" in capsys.readouterr().err


def test_what_the_target_refuses_is_shown_too(root):
    (root / "wombat.yml").write_text("gitlab: {extends: [.ours]}\n")
    assert compiled(root) == 10
    (entry,) = json.loads((root / "out" / "codequality.json").read_text())
    assert (entry["check_name"], entry["severity"]) == ("unsupported", "blocker")
    assert entry["location"] == {"path": "wombat.yml", "lines": {"begin": 1}}
    assert (root / "out" / "plan.txt").read_text().startswith("no plan: 1 error")


def test_a_store_that_fails_comes_first_and_no_plan_looks_as_if_it_ran(root, monkeypatch):
    (root / "afile").write_text("")
    monkeypatch.setenv("WOMBAT_STORE", str(root / "afile" / "store"))
    assert compiled(root) == 13
    assert json.loads((root / "out" / "codequality.json").read_text()) == []
    text = (root / "out" / "plan.txt").read_text()
    assert text.startswith("nothing runs: the compilation stopped\n\nerror[")
    assert text.index("error[") < text.index("\na\n")
    shown = (root / "out" / "plan.md").read_text()
    assert shown.startswith("# Nothing runs: the compilation stopped\n\n    error[")
    assert not (root / "out" / "run").exists()
    monkeypatch.delenv("WOMBAT_STORE")
    assert compiled(root) == 0
    assert "error[" not in (root / "out" / "plan.md").read_text()


def test_an_errors_lines_and_its_hint_stay_code(root):
    fault = UsageFault("two\nlines\x1b[1m", code="usage", hint="<b>try</b>")
    write_review(root / "out", check(root), fault=fault, environ={})
    shown = (root / "out" / "plan.md").read_text()
    said = "    error[usage]: two\n    lines\\x1b[1m\n    hint: <b>try</b>\n"
    assert said in shown


def test_no_graph_where_nothing_would_run(root):
    write_review(root / "out", check(root), (), Selection("r", ()), {}, environ={})
    assert "mermaid" not in (root / "out" / "plan.md").read_text()
    write_review(root / "out", check(root), (), Selection("r", ("a",)), {}, environ={})
    assert "mermaid" in (root / "out" / "plan.md").read_text()


def test_a_schedule_that_is_off_is_said_without_a_cron_too(root):
    (root / "pipelines" / "b.yml").write_text(
        "pipeline: b\non: {schedule: off}\ntasks: {one: {shell: date}}\n"
    )
    write_review(root / "out", check(root), environ={})
    for name in ("plan.txt", "plan.md"):
        assert (root / "out" / name).read_text().count("schedule: off") == 1
