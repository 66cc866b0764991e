"""What `init` begins and upgrades: nothing of a user's own is ever changed."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from wombat.api.project import check, compile_all
from wombat.api.scaffold import GITLAB, INCLUDE, begin
from wombat.api.vendored import (
    EDITOR,
    TEMPLATE,
    stale_template,
    template_text,
    template_warnings,
    upgrade,
)
from wombat.cli.entry import run
from wombat.errors import Invalid, UsageFault

if TYPE_CHECKING:
    from pathlib import Path

RUNS = "on: {merge_request: run}\n"


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in files
        if ".git" not in file.parts
    }


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    begin(tmp_path / "shop")
    return tmp_path / "shop"


def add_to_pipeline(shop: Path, text: str) -> None:
    file = shop / "pipelines" / "shop.yml"
    file.write_text(f"{file.read_text()}{text}")


def test_a_project_begins_with_gitlabs_files(shop: Path):
    included = yaml.safe_load((shop / GITLAB).read_text())
    assert included == {"include": [{"local": TEMPLATE}]}
    assert (shop / TEMPLATE).read_text() == template_text(compile_all(shop))
    assert stale_template(compile_all(shop)) is None


def test_beginning_again_changes_nothing(shop: Path):
    before = contents(shop)
    done = begin(shop)
    assert done.written == []
    assert done.advice == []
    assert set(done.kept) >= {TEMPLATE, GITLAB}
    assert contents(shop) == before


@pytest.mark.parametrize("example", [True, False])
def test_a_file_of_ones_own_stays_and_is_told_what_to_add(tmp_path: Path, example: bool):
    (tmp_path / GITLAB).write_text("build: {script: make}\n")
    done = begin(tmp_path, example=example)
    assert (tmp_path / GITLAB).read_text() == "build: {script: make}\n"
    assert done.advice == [f"add to {GITLAB}:\n{INCLUDE.rstrip()}"]
    (tmp_path / GITLAB).write_text(f"build: {{script: make}}\n{INCLUDE}")
    assert begin(tmp_path, example=example).advice == []


LOCAL = f"local: {TEMPLATE}"


@pytest.mark.parametrize(
    "include",
    [
        f"include: {TEMPLATE}",
        f"include: /{TEMPLATE}",
        f"include: [{{{LOCAL}, inputs: {{stage: data}}}}]",
        f"stages: &s [a]\nspec: *s\ninclude:\n  - project: a/b\n    file: [x.yml]\n  - {LOCAL}",
        f"job: {{script: !reference [.a, script]}}\ninclude: {{{LOCAL}}}",
        f"spec: {{inputs: {{}}}}\n---\ninclude: [{{{LOCAL}}}]",
        "include: '.gitlab/*.yml'",
        "include: [{local: '/**/wombat.yml'}]",
        "include: [{local: '.gitlab/**.yml'}]",
        "include: [{component: $CI_SERVER_FQDN/data/ci/wombat@1.2}]",
        "include: [{local: ci/wombat/triggers.yml}]",
        "include: [{project: data/ci, file: [/templates/wombat.yml]}]",
    ],
)
def test_an_include_of_wombat_is_seen_in_each_of_its_forms(tmp_path: Path, include: str):
    (tmp_path / GITLAB).write_text(include + "\n")
    assert begin(tmp_path).advice == []


@pytest.mark.parametrize(
    "include",
    [
        f"# include: {TEMPLATE}",
        f"job: {{script: 'cat {TEMPLATE}'}}",
        "include: '*.yml'",
        "include: '.gitlab/*.yaml'",
        "include: [{component: $CI_SERVER_FQDN/data/ci/other@1.2}]",
        "include: [{local: ci/own.yml}]",
        f"include: [{{local: a.yml, rules: [{{exists: ['{TEMPLATE}']}}]}}]",
        "a: [" * 100_000,
    ],
)
def test_what_does_not_include_wombat_is_told(tmp_path: Path, include: str):
    (tmp_path / GITLAB).write_text(include + "\n")
    (told,) = begin(tmp_path).advice
    assert told.endswith(f"  - local: {TEMPLATE}")


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ("[build, deploy]", "deploy"),
        ("[build, unit-tests, deploy]", "unit-tests"),
        ("[build, 'no: way']", "no: way"),
        ("[build, test, deploy]", None),
    ],
)
def test_the_advice_names_a_stage_that_is_there(tmp_path: Path, stages: str, expected: str | None):
    (tmp_path / GITLAB).write_text(f"stages: {stages}\nbuild: {{script: make}}\n")
    (told,) = begin(tmp_path).advice
    (entry,) = yaml.safe_load(told.partition("\n")[2])["include"]
    assert entry.get("inputs") == ({"stage": expected} if expected else None)


def test_an_include_that_is_there_is_added_to(tmp_path: Path):
    (tmp_path / GITLAB).write_text("include: [{local: own.yml}]\n")
    assert begin(tmp_path).advice == [f"add to the include of {GITLAB}:\n  - local: {TEMPLATE}"]


@pytest.mark.parametrize("path", [GITLAB, TEMPLATE, "wombat.yml", ".gitignore"])
def test_a_folder_in_a_files_place_is_refused_before_anything_is_written(tmp_path: Path, path: str):
    (tmp_path / path).mkdir(parents=True)
    with pytest.raises(UsageFault) as caught:
        begin(tmp_path)
    assert (caught.value.code, path in caught.value.message) == ("not-a-file", True)
    assert contents(tmp_path) == {}


def test_a_project_is_called_like_its_repository(tmp_path: Path):
    folder = tmp_path / "a-checkout"
    folder.mkdir()
    git(folder, "init", "-q")
    begin(folder / "part", ci="none")
    assert check(folder / "part").spec.project.project == "part"
    git(folder, "remote", "add", "origin", "git@gitlab.example.com:group/Shop.git")
    begin(folder)
    assert check(folder).spec.project.project == "shop"
    begin(folder / "other", ci="none")  # of several in one repository
    assert check(folder / "other").spec.project.project == "other"


def test_the_commented_section_is_right_once_it_counts(shop: Path):
    file = shop / "wombat.yml"
    head, _, section = file.read_text().partition("# gitlab:")
    file.write_text(f"{head}gitlab:{section.replace(chr(10) + '#', chr(10))}")
    asked = compile_all(shop).spec.project.gitlab
    assert asked.version == "18.5"
    assert asked.image
    assert not begin(shop.parent / "none", ci="none").needs
    assert "gitlab" not in (shop.parent / "none" / "wombat.yml").read_text()


def test_what_gitlab_still_needs_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["init", str(tmp_path / "shop")]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "then GitLab needs: gitlab.image in wombat.yml; WOMBAT_STORE, a CI variable"
    (tmp_path / "shop" / "wombat.yml").write_text("gitlab: {image: 'ds:1'}\n")
    assert begin(tmp_path / "shop").needs == ["WOMBAT_STORE, a CI variable"]


def test_the_template_is_of_the_project_as_it_stands(tmp_path: Path):
    (tmp_path / "wombat.yml").write_text('gitlab: {version: "18.5", image: "ds:1"}\n')
    begin(tmp_path)
    text = (tmp_path / TEMPLATE).read_text()
    assert 'default: "ds:1"' in text
    assert "strategy: mirror" in text


def test_a_project_with_mistakes_begins_too(tmp_path: Path):
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "bad.yml").write_text("pipeline: bad\ntasks: 3\n")
    assert TEMPLATE in begin(tmp_path).written


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("git@github.com:a/gitlab.git", False),
        ("https://github.com/a/b", False),
        ("ssh://git@github.example.com:22/a/b.git", False),
        ("https://token@gitlab.com/github/b.git", True),
        ("git@gitlab.example.com:github.com/b.git", True),
        ("/srv/github/b.git", True),
        (None, True),
    ],
)
def test_github_gets_no_gitlab_files(tmp_path: Path, origin: str | None, expected: bool):
    git(tmp_path, "init", "-q")
    if origin:
        git(tmp_path, "remote", "add", "origin", origin)
    begin(tmp_path)
    assert (tmp_path / TEMPLATE).exists() is expected
    assert (tmp_path / GITLAB).exists() is expected


def test_what_was_asked_for_counts_more_than_origin(tmp_path: Path):
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", "git@github.com:a/b.git")
    begin(tmp_path, ci="gitlab")
    assert (tmp_path / GITLAB).exists()
    begin(tmp_path / "none", ci="none")
    assert not (tmp_path / "none" / GITLAB).exists()


def test_a_part_of_a_repository_gets_no_ci_files(tmp_path: Path):
    git(tmp_path, "init", "-q")
    done = begin(tmp_path / "parts" / "shop")
    assert not (tmp_path / "parts" / "shop" / GITLAB).exists()
    assert [str(tmp_path) in line for line in done.advice] == [True]
    with pytest.raises(UsageFault) as caught:
        begin(tmp_path / "parts" / "other", ci="gitlab")
    assert caught.value.code == "not-the-repository"
    assert not (tmp_path / "parts" / "other").exists()


def test_a_pipeline_that_runs_in_merge_requests_makes_the_template_stale(shop: Path):
    add_to_pipeline(shop, RUNS)
    checked = compile_all(shop)
    assert stale_template(checked) == TEMPLATE
    (warning,) = template_warnings(checked)
    assert (warning.code, warning.severity) == ("template-stale", "warning")
    assert warning.place.path == TEMPLATE
    assert upgrade(shop).changed == [TEMPLATE]
    assert "wombat-try" in (shop / TEMPLATE).read_text()
    assert template_warnings(compile_all(shop)) == []


def test_part_of_the_pipelines_says_nothing_of_the_template(shop: Path):
    (shop / "pipelines" / "other.yml").write_text(
        f"pipeline: other\n{RUNS}tasks: {{one: {{shell: 'true'}}}}\n"
    )
    assert stale_template(check(shop, only=("shop",))) is None
    assert stale_template(compile_all(shop)) == TEMPLATE


def test_an_upgrade_writes_vendored_files_and_no_other(shop: Path):
    assert upgrade(shop).changed == []
    mine = ("wombat.yml", GITLAB, "shop/tasks.py", "schemas/shop.yml")
    for path in (*mine, TEMPLATE, *EDITOR):
        (shop / path).write_text((shop / path).read_text() + "\n# mine\n")
    (shop / "schemas/json/pipeline.schema.json").unlink()
    before = contents(shop)
    done = upgrade(shop / "pipelines")
    after = contents(shop)
    assert set(done.changed) == {TEMPLATE, *EDITOR} - {"schemas/json/pipeline.schema.json"}
    assert {path for path in after if after[path] != before[path]} == set(done.changed)
    assert set(after) == set(before)
    assert upgrade(shop).changed == []


def test_no_upgrade_of_a_project_with_mistakes(shop: Path):
    (shop / TEMPLATE).write_text("old")
    add_to_pipeline(shop, "tasks: {}\n")
    with pytest.raises(Invalid):
        upgrade(shop)
    assert (shop / TEMPLATE).read_text() == "old"


def test_a_project_without_the_template_is_not_stale(shop: Path):
    (shop / TEMPLATE).unlink()
    (shop / GITLAB).write_text("include: '.gitlab/*.yml'\n")  # a pattern may match no file
    assert stale_template(compile_all(shop)) is None
    assert TEMPLATE not in upgrade(shop).kept
    assert not (shop / TEMPLATE).exists()


def test_the_verb_says_where_the_template_is_stale(shop: Path, capsys: pytest.CaptureFixture[str]):
    words = ["compile", "-C", str(shop), "--to", "gitlab", "--check"]
    assert run(words) == 0
    assert capsys.readouterr().out == "0 of 1 files stale\n"
    add_to_pipeline(shop, RUNS)
    assert run(words) == 1
    said = capsys.readouterr()
    assert said.out == "1 of 1 files stale\n"
    assert "stale: .gitlab/wombat.yml\n  hint: wombat init --upgrade" in said.err
    assert run(["init", "--upgrade", str(shop)]) == 0
    assert "changed    .gitlab/wombat.yml" in capsys.readouterr().err
    assert run(words) == 0


def test_a_template_that_is_included_and_missing_is_stale(
    shop: Path, capsys: pytest.CaptureFixture[str]
):
    words = ["compile", "-C", str(shop), "--to", "gitlab", "--check"]
    (shop / TEMPLATE).unlink()
    assert run(words) == 1
    said = capsys.readouterr()
    assert said.out == "1 of 1 files stale\n"
    assert f"stale: {TEMPLATE}" in said.err
    (warning,) = template_warnings(compile_all(shop))
    assert "isn't there" in warning.message
    assert upgrade(shop).changed == [TEMPLATE]
    assert run(words) == 0


def test_the_template_is_looked_at_beside_the_folder(
    shop: Path, capsys: pytest.CaptureFixture[str]
):
    words = ["compile", "-C", str(shop), "--to", "gitlab", "--out", "ci"]
    assert run(words) == 0
    assert run([*words, "--check"]) == 0
    (shop / TEMPLATE).write_bytes(b"\xff")
    capsys.readouterr()
    assert run([*words, "--check"]) == 1
    assert "stale: .gitlab/wombat.yml" in capsys.readouterr().err


def test_whoever_compiles_a_run_is_told_of_a_stale_template(
    shop: Path, capsys: pytest.CaptureFixture[str]
):
    (shop / TEMPLATE).write_text("old")
    words = ["compile", "-C", str(shop), "--to", "gitlab", "--out", "out", "--select"]
    assert run(words) == 0
    assert "warning[template-stale]" in capsys.readouterr().err
    assert "template-stale" in (shop / "out" / "codequality.json").read_text()


@pytest.mark.parametrize(
    "words",
    [
        ["compile", "--to", "gitlab"],
        ["compile", "--to", "plan", "--check"],
        ["compile", "--to", "gitlab", "--check", "--select"],
        ["init", "--upgrade", "--bare"],
        ["init", "--upgrade", "--ci", "none"],
        ["init", "--ci", "jenkins"],
    ],
)
def test_what_does_not_go_together_is_refused(words: list[str], shop: Path):
    before = contents(shop)
    assert run([*words, "-C", str(shop)]) == 2
    assert contents(shop) == before
