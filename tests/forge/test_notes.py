"""Notes in merge requests: one for each thing, brought up to date, and never a job's failure."""

from __future__ import annotations

import time

import pytest

from tests.forge.server import PROJECT, SECRET, Fault
from wombat.api.noting import SIZE, VARIABLE, harmless, note


@pytest.fixture
def job(server):
    """The variables of a merge request's job that may write notes."""
    server.state.notes[3] = []
    return {
        "GITLAB_CI": "true",
        "CI_SERVER_HOST": "127.0.0.1",
        "CI_API_V4_URL": f"{server.address}/api/v4",
        "CI_PROJECT_PATH": PROJECT,
        "CI_MERGE_REQUEST_IID": "3",
        VARIABLE: SECRET,
    }


@pytest.fixture
def root(tmp_path):
    (tmp_path / ".git").mkdir()
    return tmp_path


def bodies(server):
    return [one["body"].split("\n", 1) for one in server.state.notes[3]]


def test_one_note_for_each_thing_is_kept_up_to_date(server, job, root):
    server.state.say(3, "<!-- wombat: plan -->\nof somebody else", author=7)
    server.page_size = 1  # what is looked for is on the last page
    for text in ("first", "second"):
        assert note(root, "plan", text, environ=job) is None
        assert note(root, "changes of shop", text, environ=job) is None
    assert bodies(server) == [
        ["<!-- wombat: plan -->", "of somebody else"],
        ["<!-- wombat: plan -->", "second"],
        ["<!-- wombat: changes of shop -->", "second"],
    ]
    changes = len(server.state.changes)
    assert note(root, "plan", "second", environ=job) is None
    assert len(server.state.changes) == changes  # nothing is sent that says the same


def test_a_project_below_its_repository_has_notes_of_its_own(server, job, root):
    (root / "data").mkdir()
    note(root, "plan", "here", environ=job)
    note(root / "data", "plan", "there", environ=job)
    assert [text for _, text in bodies(server)] == ["here", "there"]


def test_nothing_to_say_begins_no_note_and_ends_one(server, job, root):
    assert note(root, "plan", "nothing", begin=False, environ=job) is None
    assert bodies(server) == []
    note(root, "plan", "something", environ=job)
    note(root, "plan", "nothing", begin=False, environ=job)
    assert [text for _, text in bodies(server)] == ["nothing"]


@pytest.mark.parametrize("gone", [VARIABLE, "CI_MERGE_REQUEST_IID"])
def test_nobody_is_asked_without_a_token_or_a_merge_request(server, job, root, gone):
    given = {name: value for name, value in job.items() if name != gone}
    assert note(root, "plan", "text", environ=given) is None
    assert server.state.asked == []


def test_a_token_goes_to_the_jobs_own_server_alone(server, job, root):
    said = note(root, "plan", "text", environ={**job, "CI_SERVER_HOST": "gitlab.example.com"})
    assert "the token wasn't sent" in said
    assert server.state.asked == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", 403),
        Fault("GET", 401),
        Fault("GET", 404),
        Fault("POST", 500, after=True),
        Fault("POST", status_line="no HTTP"),
        Fault("GET", 200, body=b"{}"),
    ],
    ids=lambda fault: f"{fault.of} {fault.status_line or fault.status}",
)
def test_whatever_goes_wrong_is_told_and_never_raised(server, job, root, fault):
    server.state.faults = [fault]
    begun = time.monotonic()
    said = note(root, "plan", "text", environ=job)
    assert said.startswith("no note in merge request 3: ")
    assert SECRET not in said
    assert time.monotonic() - begun < 20


def test_what_users_wrote_is_no_command_and_not_endless(server, job, root):
    text = "/merge\n`x`\n/close now\n a /b\n" + "line\n" * SIZE
    note(root, "plan", text, environ=job)
    ((_, said),) = bodies(server)
    lines = said.split("\n")
    assert lines[:4] == ["\\/merge", "`x`", "\\/close now", " a /b"]
    assert not any(line.startswith("/") for line in lines)
    assert len(said) <= SIZE + 200
    assert harmless("a\n/b") == "a\n\\/b"
