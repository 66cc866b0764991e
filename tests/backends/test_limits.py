"""What GitLab can't take is an error at the task's place, through one door; what it may refuse is a
warning.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from wombat.backends import Selection
from wombat.backends.gitlab import BACKEND, CHILD
from wombat.backends.gitlab.jobs import MONTH, timeout_findings
from wombat.backends.gitlab.keywords import FLOOR, number
from wombat.backends.gitlab.sizes import ARCHIVE, archive_findings
from wombat.cli.entry import run
from wombat.digest import Digest
from wombat.language.project import OLDEST
from wombat.plan.ir import Code, Job, Output, Plan, Task

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.backends import Unsupported

CODE = Code("modules", Digest("0" * 64))
WIDE = """pipeline: wide
tasks:
  load:
    foreach: {shard: [%s]}
    shell: ./load
    outputs: {rows: {type: json}}
  report:
    shell: ./report
    inputs: {rows: {from: load, collect: list}}
    outputs: {page: {type: json}}
"""


def compile_wide(root: Path, parts: int, section: str = "{}") -> int:
    (root / "pipelines").mkdir(exist_ok=True)
    text = WIDE % ", ".join(f"s{number}" for number in range(parts))
    (root / "pipelines" / "wide.yml").write_text(text)
    (root / "wombat.yml").write_text(f"gitlab: {section}\n")
    return run(["compile", "-C", str(root), "--to", "gitlab", "--out", str(root / "out")])


def test_more_needs_than_gitlab_allows_go_through_others(tmp_path: Path) -> None:
    assert compile_wide(tmp_path, 120) == 0
    text = (tmp_path / "out" / "wide.yml").read_text()
    assert text.count("extends: .wombat-gather\n") == 3
    assert compile_wide(tmp_path, 50) == 0
    assert "gather" not in (tmp_path / "out" / "wide.yml").read_text()


def test_declared_limits_are_errors_with_a_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compile_wide(tmp_path, 98, "{limits: {jobs: 103}}") == 0  # 2 gathers, report, publish
    capsys.readouterr()
    assert compile_wide(tmp_path, 98, "{limits: {jobs: 101}}") == 10
    said = capsys.readouterr().err
    assert "pipelines/wide.yml:4:5: error[unsupported]: gitlab: wide.yml has 102 jobs; " in said
    assert "wombat.yml's gitlab.limits allow 101" in said
    assert "hint: 'batch: 10' beside foreach makes 10 jobs of these 98" in said
    assert compile_wide(tmp_path, 98, "{limits: {yaml: 64KiB}}") == 10
    said = capsys.readouterr().err
    assert " KiB once parsed; wombat.yml's gitlab.limits allow 64 KiB" in said


def test_usual_limits_are_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compile_wide(tmp_path, 600) == 0
    said = capsys.readouterr().err
    assert "warning[target-limit]: gitlab: wide.yml has 614 jobs; GitLab usually allows 500" in said
    assert "gitlab.limits can say so" in said
    assert compile_wide(tmp_path, 600, "{limits: {jobs: 700}}") == 0
    assert compile_wide(tmp_path, 600, "{tier: premium}") == 0
    assert " jobs; " not in capsys.readouterr().err


def plan_of(
    pipeline: str, *jobs: str, image: str | None = None, timeout: int | None = None
) -> Plan:
    made = tuple(Job(name, "one", 0) for name in jobs)
    task = Task(
        "one", "shell", CODE, script="x", outputs=(Output("o", "json"),), image=image,
        timeout=timeout,
    )  # fmt: skip
    return Plan(pipeline, f"pipelines/{pipeline}.yml", CODE.digest, (task,), made)


def errors(plans: list[Plan], **options: Any) -> list[Unsupported]:
    return [one for one in BACKEND.supports(plans, options) if one.severity == "error"]


def test_two_jobs_of_one_name_are_never_written() -> None:
    """Names can't collide as they are made; should they ever, no job may vanish in silence."""
    assert errors([plan_of("a", "a/one: [x]", "a/one: [y]"), plan_of("b", "b/one")]) == []
    within = [plan_of("a", "a/one: [x]", "a/one: [x]")]
    between = [plan_of("a", "a/one"), plan_of("b", "a/one")]
    reserved = [plan_of("a", "b/publish"), plan_of("b", "b/one")]
    for plans in (within, between, reserved):
        (found,) = errors(plans)
        assert "two jobs are called" in found.message


def test_names_have_an_end() -> None:
    assert errors([plan_of("a", "a/" + "n" * 126)]) == []
    (found,) = errors([plan_of("a", "a/" + "n" * 127)])
    assert "has 129 characters; GitLab allows 128 where another job needs it" in found.message


def test_what_nobody_needs_may_have_a_longer_name() -> None:
    plan = plan_of("a")
    task = Task("tell", "shell", CODE, script="x")
    for length, found in ((255, 0), (256, 1)):
        jobs = (Job("n" * length, "tell", 0),)
        effect = Plan("a", plan.source, CODE.digest, (task,), jobs)
        assert len(errors([effect])) == found


@pytest.mark.parametrize(
    ("option", "section", "said"),
    [
        ("include", {"include": ["ci/$NAME.yml"]}, "include has a '$'"),
        ("include", {"include": [{"project": "$P", "file": ["/a.yml"]}]}, "include has a '$'"),
        ("extends", {"extends": [".ours"]}, "nothing defines '.ours'"),
        ("extends", {"extends": [".wombat"], "include": ["a.yml"]}, "a name of wombat's own"),
        ("before_script", {"before_script": ["echo $[[ inputs.x ]]"]}, "reads an input"),
    ],
)
def test_a_section_that_gitlab_could_not_follow(
    option: str, section: dict[str, Any], said: str
) -> None:
    (found,) = errors([plan_of("a", "a/one")], **section)
    assert (found.option, found.pipeline) == (option, None)
    assert said in found.message


def test_the_place_of_a_section_is_in_wombat_yml(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compile_wide(tmp_path, 2, "{tags: [k8s], extends: [.ours]}") == 10
    assert "wombat.yml:1:32: error[unsupported]: gitlab: nothing defines" in capsys.readouterr().err


def test_images_without_a_digest_are_warned_of_once() -> None:
    pinned = "registry.example.com/ds@sha256:" + "0" * 64
    plans = [
        *(plan_of("a", "a/one", image="ds:1"), plan_of("b", "b/one", image="ds:1")),
        *(plan_of("c", "c/one", image=pinned), plan_of("d", "d/one", image="$IMAGE")),
    ]
    found = BACKEND.supports(plans, {"image": "python:3.12"})
    assert [(one.pipeline, one.task, one.option, one.code) for one in found] == [
        (None, None, "image", "image-not-pinned"),
        ("a", "one", None, "image-not-pinned"),
    ]
    assert {one.severity for one in found} == {"warning"}


@pytest.mark.slow
def test_the_archive_of_a_job_is_bounded_as_it_is_packed() -> None:
    plans = [plan_of("a", "a/one")]
    assert list(archive_findings({CHILD: "a" * (2 * ARCHIVE)}, plans)) == []
    noise = "".join(f"{number * 2654435761 % 2**32:08x}" for number in range(ARCHIVE // 3))
    (found,) = archive_findings({CHILD: noise}, plans)
    assert found.severity == "error"
    assert "GitLab reads 5 MB of an archive at most" in found.message


@pytest.mark.parametrize("name", ["check", "triggers"])
def test_a_committed_pipeline_has_a_name_of_its_own(name: str) -> None:
    plans = [plan_of(name, f"{name}/one")]
    (found,) = BACKEND.render(plans, None, {}, "ci").findings
    assert (found.pipeline, found.severity) == (name, "error")
    assert BACKEND.render(plans, Selection("r", (name,)), {}).findings == ()


def test_a_batch_has_the_time_of_all_its_parts(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    text = WIDE.replace(
        "    shell: ./load\n", "    shell: ./load\n    timeout: 90m\n    batch: 3\n"
    )
    (tmp_path / "pipelines" / "wide.yml").write_text(text % "a, b, c, d")
    assert run(["compile", "-C", str(tmp_path), "--to", "gitlab", "--out", f"{tmp_path}/o"]) == 0
    written = (tmp_path / "o" / "wide.yml").read_text()
    assert [line for line in written.splitlines() if "minutes" in line] == [
        '  timeout: "275 minutes"',
        '  timeout: "95 minutes"',
    ]


@pytest.mark.parametrize(
    ("timeout", "batch", "hint"),
    [("30d", 1, None), ("30d", 2, "batch: 1, or a shorter timeout"), ("10d", 3, None),
     ("7d", 4, None), ("7d", 5, "batch: 4, or a shorter timeout"), ("12h", 60, None),
     ("13h", 60, "batch: 56, or a shorter timeout")],
)  # fmt: skip
def test_no_job_may_take_longer_than_a_month(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], timeout: str, batch: int, hint: str | None
) -> None:
    (tmp_path / "pipelines").mkdir()
    words = f"    shell: ./load\n    timeout: {timeout}\n    batch: {batch}\n"
    text = WIDE.replace("    shell: ./load\n", words) % ", ".join(f"s{n}" for n in range(60))
    (tmp_path / "pipelines" / "wide.yml").write_text(text)
    code = run(["compile", "-C", str(tmp_path), "--to", "gitlab", "--out", f"{tmp_path}/o"])
    said = capsys.readouterr().err
    assert code == (10 if hint else 0)
    if hint:
        assert "pipelines/wide.yml:4:5: error[unsupported]: gitlab: its job needs" in said
        assert "GitLab allows a month, 43,829 minutes" in said
        assert f"hint: {hint}" in said
    else:
        written = (tmp_path / "o" / "wide.yml").read_text()
        found = [int(n) for n in re.findall(r'timeout: "([0-9]+) minutes"', written)]
        assert 0 < max(found) <= MONTH


def test_a_timeout_of_one_part_that_is_too_long_already() -> None:
    plans = [plan_of("a", "a/one", timeout=MONTH * 60)]
    (found,) = timeout_findings(plans)
    assert (found.pipeline, found.task, found.hint) == ("a", "one", "a shorter timeout")
    assert list(timeout_findings([plan_of("a", "a/one", timeout=(MONTH - 5) * 60)])) == []


def test_the_oldest_gitlab_is_the_same_everywhere() -> None:
    assert number(FLOOR) == OLDEST
