"""The frame of the project: its pipeline is valid, make explains itself, a skip is a failure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.cache import HERE, cache_folder
from tests.tools.verdict import verdict

ROOT = Path(__file__).resolve().parents[2]

JUNIT = """<testsuites><testsuite>
  <testcase classname="a" name="good"/>{more}
</testsuite></testsuites>"""


def test_gitlab_accepts_the_pipeline():
    done = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"),
            str(ROOT / ".gitlab-ci.yml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("more", "said", "good"),
    [
        ("", "1 passed, 0 failed", True),
        ('<testcase name="b"><failure/></testcase>', "1 passed, 1 failed", False),
        ('<testcase name="b"><error/></testcase>', "1 passed, 1 failed", False),
        (
            '<testcase name="b"><skipped type="pytest.skip"/></testcase>',
            "1 passed, 1 failed",
            False,
        ),
        (
            '<testcase name="b"><skipped type="pytest.xfail"/></testcase>',
            "2 passed, 0 failed",
            True,
        ),
    ],
)
def test_verdict_on_a_report(tmp_path, more, said, good):
    report = tmp_path / "junit.xml"
    report.write_text(JUNIT.format(more=more))
    assert verdict(report) == (said, good)


def test_no_test_at_all_is_bad(tmp_path):
    report = tmp_path / "junit.xml"
    report.write_text("<testsuites><testsuite/></testsuites>")
    assert verdict(report)[1] is False
    assert verdict(tmp_path / "absent.xml")[1] is False


def test_make_explains_its_targets():
    help_text = subprocess.run(
        ["make"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for target in ("demo", "test", "check", "soak", "format", "clean", "generate", "bench"):
        assert f"make {target}" in help_text


def test_pins_name_versions_and_no_place():
    for name in ("requirements.txt", "dvc.txt", "node.txt"):
        for line in (HERE / name).read_text().splitlines():
            requirement = line.split(";")[0].strip()
            assert requirement.count("==") == 1, line
            assert "/" not in line, line
    assert '"resolved"' not in (HERE / "package-lock.json").read_text()


def test_cache_folder_moves_with_the_pins(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = cache_folder()
    assert before.parent == tmp_path / "wombat-tests"
    assert cache_folder() == before
