"""Doctor in front of GitLab: what it sees, what is wrong, and what it says it can't see."""

from __future__ import annotations

import subprocess
from datetime import date
from functools import partial

import pytest

from tests.forge.server import PROJECT, SECRET, Fault
from wombat.api.doctor_gitlab import look_at_gitlab
from wombat.api.forge import Wish
from wombat.api.project import check
from wombat.api.session import open_session
from wombat.api.vendored import template_text
from wombat.cli.entry import run
from wombat.forge.address import Address
from wombat.forge.http import Http

pytestmark = pytest.mark.slow

PIPELINE = """\
pipeline: churn
schedule: {cron: "0 3 * * *"}
tasks: {t: {shell: date, outputs: {o: {type: text}}}}
"""
TODAY = date(2026, 11, 21)
JOB = {
    "GITLAB_CI": "true", "CI_SERVER_VERSION": "18.5.2-ee", "CI_SERVER_HOST": "127.0.0.1",
    "CI_PROJECT_PATH": PROJECT, "CI_COMMIT_REF_PROTECTED": "true", "CI_COMMIT_BRANCH": "main",
    "CI_DEFAULT_BRANCH": "main", "CI_PIPELINE_ID": "7", "CI_PIPELINE_IID": "3", "GIT_DEPTH": "20",
    "GIT_STRATEGY": "fetch", "CI_JOB_IMAGE": "python:3.12", "CI_RUNNER_VERSION": "18.5.0",
    "GITLAB_FEATURES": "",
}  # fmt: skip


@pytest.fixture
def root(tmp_path, monkeypatch):
    for name in ("GITLAB_CI", "GITHUB_ACTIONS", "WOMBAT_STORE", "WOMBAT_ZONE", "GITLAB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("wombat.api.forge.Http", partial(Http, sleep=lambda _: None))
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "churn.yml").write_text(PIPELINE)
    (tmp_path / "wombat.yml").write_text('gitlab: {version: "18.5"}\n')
    (tmp_path / ".gitlab").mkdir()
    (tmp_path / ".gitlab" / "wombat.yml").write_text(template_text(check(tmp_path)))
    return tmp_path


@pytest.fixture
def look(root, server, monkeypatch):
    """Doctor's findings of GitLab as `about: [(state, text)]`."""

    def call(*, job=None, token=SECRET, **more):
        given = {"CI_API_V4_URL": f"{server.address}/api/v4", "CI_PROJECT_PATH": PROJECT,
                 "GITLAB_CI": "true", **(JOB if job is None else job), **more}  # fmt: skip
        for name in ("GITLAB_CI", "WOMBAT_ZONE", "CI_MERGE_REQUEST_IID", "CI_COMMIT_BRANCH"):
            monkeypatch.delenv(name, raising=False)
            if name in given:
                monkeypatch.setenv(name, given[name])
        if token:
            given["GITLAB_TOKEN"] = token
        name = "GITLAB_TOKEN" if token else None
        found: dict[str, list[tuple[str, str]]] = {}
        here = open_session(root), check(root)
        every = list(look_at_gitlab(*here, Wish(name), environ=given, today=TODAY))
        assert all(SECRET not in f"{one.text} {one.hint}" for one in every)
        for one in every:
            found.setdefault(one.about, []).append((one.state, one.text))
        return found

    return call


def states(found):
    return {about: [state for state, _ in several] for about, several in found.items()}


def test_all_is_well(look, server):
    server.state.add("wombat: churn")
    server.state.variables = [
        {"key": "WOMBAT_STORE", "value": "s3://x", "protected": False, "environment_scope": "*"}
    ]
    found = look()
    assert set(map(str, states(found).values())) == {"['good']"}, found
    assert list(found) == ["token", "gitlab", "tier", "template", "variables", "job", "trust",
                           "clone", "schedules"]  # fmt: skip
    assert found["tier"] == [("good", "free; wombat.yml says free")]
    assert server.state.changes == []


def test_without_a_token_and_outside_a_job_it_says_what_it_cannot_see(root, monkeypatch, capsys):
    assert run(["doctor", "-C", str(root)]) == 0
    said = capsys.readouterr().out
    for about in ("gitlab ", "tier", "variables", "job", "clone", "schedules"):
        (line,) = [one for one in said.splitlines() if one[7:].startswith(about)]
        assert "can't be seen from here" in line
    assert "none was named" in said
    assert "ok     template" in said


def test_nothing_of_gitlab_where_nothing_speaks_of_it(root):
    (root / "wombat.yml").unlink()
    (root / ".gitlab" / "wombat.yml").unlink()
    assert list(look_at_gitlab(open_session(root), check(root), environ={})) == []


def test_a_job_without_a_token_sees_itself(look, server):
    found = look(token=None)
    assert states(found)["gitlab"] == states(found)["job"] == states(found)["clone"] == ["good"]
    assert states(found)["schedules"] == states(found)["variables"] == ["note"]
    assert server.state.asked == []


@pytest.mark.parametrize(
    ("version", "wombat", "state", "said"),
    [
        ("18.5.2-ee", 'gitlab: {version: "18.5"}', "good", "18.5.2-ee; wombat.yml says 18.5"),
        ("18.9.0", 'gitlab: {version: "18.5"}', "good", "wombat.yml says 18.5"),
        ("18.10.0-pre", 'gitlab: {version: "18.9"}', "good", "18.9"),
        ("17.4.1", 'gitlab: {version: "18.5"}', "wrong", "but wombat.yml says 18.5"),
        ("17.4.1", "gitlab: {tags: [x]}", "note", "so 16.11 is taken"),
        ("16.9.1", 'gitlab: {version: "16.11"}', "wrong", "needs 16.11 or later"),
        ("main", 'gitlab: {version: "16.11"}', "note", "can't be read"),
    ],
)
def test_versions(look, root, server, version, wombat, state, said):
    (root / "wombat.yml").write_text(wombat)
    server.state.version = version
    for job in (JOB | {"CI_SERVER_VERSION": version}, {"CI_SERVER_HOST": "127.0.0.1"}):
        ((got, text),) = look(job=job)["gitlab"]
        assert got == state
        assert said in text


@pytest.mark.parametrize(
    ("features", "plan", "declared", "state"),
    [
        ("", None, "free", "good"),
        ("", None, "premium", "wrong"),
        ("epics,merge_trains", None, "premium", "good"),
        ("merge_trains", None, "ultimate", "wrong"),
        ("dast,merge_trains", None, "ultimate", "good"),
        (None, "free", "premium", "wrong"),
        (None, "ultimate", "premium", "good"),
        (None, "opensource", "premium", "note"),
        (None, None, "premium", "note"),
    ],
)
def test_tiers(look, root, server, features, plan, declared, state):
    (root / "wombat.yml").write_text(f'gitlab: {{version: "18.5", tier: {declared}}}')
    server.state.plan = plan
    job = {k: v for k, v in JOB.items() if k != "GITLAB_FEATURES"}
    if features is not None:
        job["GITLAB_FEATURES"] = features
    assert states(look(job=job))["tier"] == [state]


def test_the_template(look, root):
    file = root / ".gitlab" / "wombat.yml"
    file.write_text(file.read_text() + "more: {}\n")
    assert states(look())["template"] == ["wrong"]
    file.unlink()
    assert states(look())["template"] == ["note"]
    (root / "pipelines" / "churn.yml").write_text("pipeline: churn\n")
    assert "mistakes" in look()["template"][0][1]
    assert "mistakes" in look()["schedules"][0][1]


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ({}, [("note", "isn't among the project's own")]),
        ({"WOMBAT_STORE": True}, [("note", "merge requests don't get it")]),
        ({"WOMBAT_STORE": False, "WOMBAT_ZONE": True},
         [("good", "is set"), ("wrong", "WOMBAT_ZONE is set for the project")]),
        ({"WOMBAT_STORE": False, "WOMBAT_RUN": False, "OTHER": True},
         [("good", "is set"), ("wrong", "WOMBAT_RUN is set for the project")]),
    ],
)  # fmt: skip
def test_variables(look, server, keys, wanted):
    server.state.variables = [
        {"key": key, "value": SECRET, "protected": protected} for key, protected in keys.items()
    ]
    found = look()["variables"]
    assert [state for state, _ in found] == [state for state, _ in wanted]
    assert all(said in text for (_, text), (_, said) in zip(found, wanted, strict=True))


@pytest.mark.parametrize(
    ("scopes", "expires", "state", "said"),
    [
        (("api",), None, "good", "without an end"),
        (("api", "read_api"), "2027-06-01", "good", "until 2027-06-01"),
        (("read_api",), "2027-06-01", "note", "needs api"),
        (("api",), "2026-11-30", "note", "that is soon"),
        ((), "someday", "note", "scopes none"),
    ],
)
def test_tokens(look, server, scopes, expires, state, said):
    server.state.scopes, server.state.expires = scopes, expires
    ((got, text),) = look()["token"]
    assert got == state
    assert said in text


@pytest.mark.parametrize(
    "fault",
    [Fault(status=401), Fault(status=403), Fault(status=404), Fault(status=500),
     Fault(status=429), Fault(status=200, body=b"<html>"),
     Fault(status=302, headers={"Location": "https://evil.example/"})],
)  # fmt: skip
def test_a_token_that_does_not_work_is_the_one_thing_wrong(look, server, fault):
    server.state.faults = [fault]
    found = states(look())
    assert found["token"] == ["wrong"]
    assert found["variables"] == found["schedules"] == ["note"]
    assert found["gitlab"] == found["job"] == ["good"]
    assert len(server.state.asked) <= 4


@pytest.mark.parametrize("what", ["variables", "pipeline_schedules"])
def test_a_right_that_is_missing_hides_only_what_it_shows(look, server, what):
    server.state.faults = [Fault(f"GET /projects/group%2Fsub%2Fshop/{what}", 403)]
    found = look()
    about = "schedules" if "schedules" in what else what
    assert found[about][0][0] == "note"
    assert "may not" in found[about][0][1]
    assert [about for about, several in found.items() if "may not" in str(several)] == [about]


def test_trust(look):
    ((state, text),) = look(CI_MERGE_REQUEST_IID="4", WOMBAT_ZONE="t")["trust"]
    assert state == "good"
    assert "of a merge request; writes zone u/" in text
    assert states(look(WOMBAT_ZONE="t"))["trust"] == ["good"]
    assert states(look(WOMBAT_ZONE="t", CI_COMMIT_REF_PROTECTED="false"))["trust"] == ["wrong"]
    assert states(look(CI_COMMIT_REF_PROTECTED="false"))["trust"] == ["good"]


def test_clones(look, server, root):
    assert states(look(GIT_STRATEGY="none"))["clone"] == ["wrong"]
    assert states(look(GIT_CLEAN_FLAGS="none"))["clone"] == ["note"]
    (root / "wombat.yml").write_text('gitlab: {version: "18.5", image: "python:3.13"}')
    assert states(look())["job"] == ["note"]


def test_schedules(look, server):
    assert look()["schedules"] == [("wrong", "+ wombat: churn  '0 3 * * *' UTC, on main")]
    server.state.add("wombat: churn", cron="0 4 * * *")
    server.state.add("wombat: gone")
    assert "~ wombat: churn  cron" in look()["schedules"][0][1]
    server.state.schedules.clear()
    server.state.add("wombat tick", cron="0 * * * *")
    assert look()["schedules"] == [("good", "1, as the pipelines say")]


def test_the_project_s_settings_outside_a_job(root, server, monkeypatch, capsys):
    monkeypatch.setenv("GITLAB_TOKEN", SECRET)
    there = Address(f"{server.address}/api/v4", PROJECT)
    monkeypatch.setattr("wombat.api.forge.find_address", lambda *_, **__: there)
    server.state.add("wombat: churn")
    assert run(["doctor", "-C", str(root)]) == 0
    assert f"sends the one in that variable (scope read_api) to {there.host}" in (
        capsys.readouterr().out
    )
    assert server.state.asked == []
    asked = ["doctor", "-C", str(root), "--token", "GITLAB_TOKEN"]
    assert run(asked) == 0
    said = capsys.readouterr().out
    assert f"GITLAB_TOKEN, sent to {there.host}" in said
    assert "depth 20, strategy fetch" in said
    server.state.project["build_git_strategy"] = "none"
    server.state.faults = [Fault("GET /version", 500)]
    assert run(asked) == 1
    assert "jobs have no checkout" in (said := capsys.readouterr().out)
    assert "can't be seen: the server fails with 500" in said


def test_a_token_s_value_where_its_name_belongs(root, capsys):
    assert run(["doctor", "-C", str(root), "--token", SECRET]) == 1
    said = capsys.readouterr()
    assert "never its value" in said.out
    assert SECRET not in said.out + said.err


@pytest.mark.parametrize(
    "origin", ["git@evil.example:a/b.git", "https://evil.example/a/b", "http://127.0.0.1:PORT/a/b"]
)
def test_no_token_goes_where_nobody_sent_it(root, server, monkeypatch, capsys, origin):
    monkeypatch.setenv("GITLAB_TOKEN", SECRET)
    opened = []
    monkeypatch.setattr("wombat.forge.http._opener", lambda url: opened.append(url))
    origin = origin.replace("PORT", server.address.rpartition(":")[2])
    for words in (["init", "-q"], ["remote", "add", "origin", origin]):
        subprocess.run(["git", "-C", str(root), *words], check=True)
    assert run(["doctor", "-C", str(root)]) == 0
    assert opened == server.state.asked == []
    host = "evil.example" if "evil" in origin else "127.0.0.1"
    assert f"--token NAME sends the one in that variable (scope read_api) to {host}" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("own", ["gitlab.example.com", "", "127.0.0.1.evil.example"])
def test_a_job_s_token_goes_to_the_job_s_own_server_alone(look, server, own):
    ((state, said),) = look(CI_SERVER_HOST=own)["token"]
    assert state == "wrong"
    assert "the token wasn't sent" in said
    assert server.state.asked == []


def test_a_job_without_an_interface_does_not_ask_the_origin(look, root, server):
    origin = "git@evil.example:a/b.git"
    for words in (["init", "-q"], ["remote", "add", "origin", origin]):
        subprocess.run(["git", "-C", str(root), *words], check=True)
    ((state, said),) = look(CI_API_V4_URL="")["token"]
    assert state == "wrong"
    assert "evil.example; expected one server: the token wasn't sent" in said


def test_nothing_that_a_server_says_steers_the_terminal(root, server, monkeypatch, capsys):
    monkeypatch.setenv("GITLAB_TOKEN", SECRET)
    there = Address(f"{server.address}/api/v4", PROJECT)
    monkeypatch.setattr("wombat.api.forge.find_address", lambda *_, **__: there)
    server.state.scopes, server.state.expires = ("api\x1b[2J",), "\ud800\n  ok  all"
    server.state.version = "18.5.1\x9b31m"
    server.state.project["build_git_strategy"] = "\x1b]0;x\x07"
    server.state.add("wombat: churn", cron="0 1 * * *\x1b[2J", ref="m\u202e")
    for more in ([], ["--json"]):
        assert run(["doctor", "-C", str(root), "--token", "GITLAB_TOKEN", *more]) == 1
        said = capsys.readouterr()
        shown = (said.out + said.err).replace("\n", "")
        assert [c for c in shown if not c.isprintable()] == []
        assert "\n  ok  all" not in said.out
        assert "ud800" in said.out


def test_a_token_without_a_server_is_only_noted(root, monkeypatch, capsys):
    monkeypatch.setenv("GITLAB_TOKEN", SECRET)
    assert run(["doctor", "-C", str(root), "--token", "GITLAB_TOKEN"]) == 0
    said = capsys.readouterr().out
    assert "nothing here says which server holds the repository" in said
    assert "hint: git remote add origin" in said
