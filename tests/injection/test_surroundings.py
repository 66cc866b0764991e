"""Every payload in what the CI says: a branch, a tag, a commit; kept as it is, or refused."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.injection.payloads import PAYLOADS
from tests.injection.reading import shown
from tests.injection.writing import project
from wombat.api.project import compile_all, compile_files
from wombat.ci import RUN, observe, ref_of
from wombat.cli.entry import run
from wombat.errors import UsageFault
from wombat.store.names import decode_branch, encode_branch

pytestmark = pytest.mark.slow

PIPELINE = "pipeline: p\ntasks:\n  a: {shell: ls, outputs: {o: {type: json}}}\n"
CI = {"GITLAB_CI": "1", "CI_PIPELINE_SOURCE": "web", "CI_PIPELINE_IID": "1", "CI_PIPELINE_ID": "1"}
VARIABLES = (
    *("CI_COMMIT_BRANCH", "CI_COMMIT_TAG", "CI_COMMIT_SHA", "CI_COMMIT_REF_NAME"),
    *("CI_DEFAULT_BRANCH", "CI_PIPELINE_URL", "CI_PIPELINE_SOURCE", "CI_SERVER_HOST"),
    *("CI_PIPELINE_ID", "CI_PIPELINE_IID", "CI_JOB_ID", "CI_PROJECT_PATH", "WOMBAT_ORDER"),
    *("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_MERGE_REQUEST_IID", "WOMBAT_EVENT"),
    *("CI_PIPELINE_SCHEDULE_DESCRIPTION", "WOMBAT_PIPELINES", "WOMBAT_PARAMS"),
    *("WOMBAT_RUN", "WOMBAT_PROFILE", "WOMBAT_PROJECT", "WOMBAT_ZONE"),
)
SOME = [
    *[text for text in PAYLOADS.values() if "\0" not in text][::16],
    "\udc80",
    "\x1b[2J",
    "\u180e",
]
"""What a process's environment can hold: bytes that are no UTF-8 too."""


def test_a_branch_is_one_step_of_a_key_and_comes_back():
    kept = 0
    for payload in PAYLOADS.values():
        try:
            step = encode_branch(payload)
        except UsageFault:
            continue
        assert "/" not in step
        assert step not in (".", "..")
        assert step.isascii()
        assert decode_branch(step) == payload
        kept += 1
    assert kept > 500


@pytest.mark.parametrize("variable", VARIABLES)
def test_what_the_ci_says_is_taken_as_it_is_or_refused(variable, tmp_path):
    for payload in PAYLOADS.values():
        try:
            seen = observe(tmp_path, {**CI, variable: payload}, compiling=True)
        except UsageFault:
            continue
        assert RUN.fullmatch(seen.run)
        if variable == "CI_COMMIT_BRANCH" and payload:
            assert (seen.branch, ref_of(seen.branch)) == (payload, ref_of(payload))


@pytest.mark.parametrize("variable", VARIABLES)
def test_no_variable_of_the_ci_reaches_a_generated_file(variable, tmp_path, monkeypatch, capsys):
    project(tmp_path, {"p": PIPELINE})
    monkeypatch.setenv("WOMBAT_STORE", str(tmp_path / "store"))
    for name, value in {**CI, "CI_JOB_ID": "1", "WOMBAT_PARAMS": ""}.items():
        monkeypatch.setenv(name, value)
    words = ["compile", "-C", str(tmp_path), "--to", "gitlab", "--out", "ci", "--select"]
    monkeypatch.setenv("WOMBAT_RUN", "plain")
    assert run(words) == 0
    plain = (tmp_path / "ci" / "child.yml").read_text()
    for number, payload in enumerate(SOME):
        monkeypatch.setenv("WOMBAT_RUN", f"run-{number}")
        monkeypatch.setenv(variable, payload)
        code = run(words)
        assert code in (0, 2, 10), (payload, capsys.readouterr().err)
        if code == 0:
            files = {f.name: f.read_bytes().decode() for f in (tmp_path / "ci").iterdir()}
            child = re.sub(r"(WOMBAT_RUN: )\"?[\w-]+\"?", r"\1plain", files["child.yml"])
            if "p/publish" in child and "WOMBAT_ZONE: u" in child:
                assert shown(child, "nothing") == shown(plain, "nothing"), payload
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert {c for c in said.out + said.err if not c.isprintable()} <= {"\n"}, payload


def test_branches_that_git_allows_are_read_from_git(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    head = tmp_path / ".git" / "HEAD"
    kept = 0
    for payload in (text for text in PAYLOADS.values() if is_branch(text)):
        head.write_bytes(f"ref: refs/heads/{payload}\n".encode())
        seen = observe(tmp_path, {})
        assert seen.branch == payload
        kept += 1
    assert kept > 150


def is_branch(text: str) -> bool:
    """Git's rules, but for those of one file system."""
    steps = text.split("/")
    if (
        not text
        or text == "@"
        or text.startswith("-")
        or any(ord(c) < 33 or c in "~^:?*[\\\x7f" for c in text)
    ):
        return False
    if any("\ud800" <= c <= "\udfff" for c in text) or len(text) > 200:
        return False
    if ".." in text or "@{" in text or text.endswith("."):
        return False
    return all(step and step[0] != "." and not step.endswith(".lock") for step in steps)


def test_a_project_is_compiled_alike_whatever_the_environment(tmp_path, monkeypatch):
    """Without a run, nothing of the surroundings counts."""
    project(tmp_path, {"p": PIPELINE})
    plain = compile_files(compile_all(tmp_path), "gitlab", None, tmp_path / "ci").files
    for variable in VARIABLES:
        monkeypatch.setenv(variable, "$(touch PWNED)")
    assert compile_files(compile_all(tmp_path), "gitlab", None, tmp_path / "ci").files == plain
