"""The client against a server that checks each request by the contract; every fault there is."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.forge.server import SECRET, Fault, Server
from wombat.errors import (
    Absent,
    ForgeDenied,
    ForgeUnreachable,
    OutcomeUnknown,
    UsageFault,
    WombatError,
)
from wombat.forge.gitlab import Gitlab, Schedule
from wombat.forge.http import LARGEST, Http
from wombat.forge.token import Token, find_token, hidden_in, need_token

pytestmark = pytest.mark.slow

BODY = {"description": "wombat: churn", "ref": "main", "cron": "0 3 * * *",
        "cron_timezone": "Europe/Berlin", "active": True}  # fmt: skip
HTML = Fault(status=200, body=b"<html>sign in</html>", headers={"Content-Type": "text/html"})
READS = {
    "schedules": lambda client: client.schedules(),
    "version": lambda client: client.version(),
    "repository": lambda client: client.repository(),
}
WRITES = {
    "create": lambda client: client.create_schedule(BODY),
    "update": lambda client: client.update_schedule(11, {"cron": "0 4 * * *"}),
    "delete": lambda client: client.delete_schedule(11),
    "variable": lambda client: client.set_schedule_variable(11, "A", "b", new=True),
}


def test_a_schedule_s_life(client, server):
    made = client.create_schedule(BODY)
    assert made == Schedule(
        11, "wombat: churn", "main", "0 3 * * *", "Europe/Berlin", active=True, owner="ann"
    )
    client.set_schedule_variable(11, "WOMBAT_PIPELINES", "churn", new=True)
    client.set_schedule_variable(11, "WOMBAT_PIPELINES", "sales", new=False)
    assert client.schedule_variables(11) == {"WOMBAT_PIPELINES": "sales"}
    assert client.update_schedule(11, {"active": False}).active is False
    client.delete_schedule(11)
    assert client.schedules() == []
    assert set(server.state.tokens) == {SECRET}


@pytest.mark.parametrize("size", [1, 7, 100])
def test_every_page_is_read(client, server, size):
    server.page_size = size
    for number in range(23):
        server.state.add(f"nightly {number}")
    assert [one.description for one in client.schedules()] == [f"nightly {n}" for n in range(23)]
    assert len(server.state.asked) == -(-23 // size)


def test_an_endless_list_ends(client, server):
    server.state.faults = [
        Fault("GET", 200, {"x-next-page": "2"}, b"[]"),
    ]
    with pytest.raises(ForgeUnreachable, match="more than 100 pages"):
        client.schedules()


def test_what_the_project_says(client, server):
    server.state.plan, server.state.expires = "premium", "2027-01-31"
    server.state.variables = [
        {"key": "WOMBAT_STORE", "value": "s3://x", "protected": True, "environment_scope": "*"}
    ]
    assert client.version() == "18.5.1-ee"
    assert client.rights().scopes == ("api",)
    assert client.repository().namespace == "group/sub"
    assert client.plan("group/sub") == "premium"
    assert "s3://x" not in repr(client.variables())


ANSWERS = [
    (Fault(status=401), ForgeDenied, "knows no such token in GITLAB_TOKEN"),
    (Fault(status=403), ForgeDenied, "GITLAB_TOKEN may not"),
    (Fault(status=404), Absent, "shows nothing there"),
    (Fault(status=400, body=b'{"message": {"cron": ["is invalid"]}}'), UsageFault, "is invalid"),
    (Fault(status=409), UsageFault, "refuses"),
    (Fault(status=429, headers={"Retry-After": "7"}), ForgeUnreachable, "wait 7 seconds"),
    (
        Fault(status=302, headers={"Location": "https://evil.example/x"}),
        ForgeUnreachable,
        r"evil\.example; the token wasn't sent there",
    ),
    (Fault(status=302, headers={"Location": "http://[::1"}), ForgeUnreachable, "on to nowhere"),
    (Fault(status=307, headers={"Location": "/a b\x7f"}), ForgeUnreachable, "wasn't sent there"),
    (Fault(status=308, headers={"Location": "/\xe9"}), ForgeUnreachable, "wasn't sent there"),
    (Fault(status=429, headers={"Retry-After": "9" * 5000}), ForgeUnreachable, "asks to wait:"),
]
EITHER = [  # what a read may repeat, and a write can't know
    (Fault(status=500), "fails with 500"),
    (Fault(status=503), "fails with 503"),
    (Fault(sleep=0.6), "in time"),
    (Fault(status=200, body=b"[" + b" " * 20 + b"]", trickle=0.05), "in time"),
    (Fault(status=200, slow_headers=40), "in time"),
    (Fault(status=200, headers={"Content-Length": "9" * 5000}), "length is no number"),
    (Fault(status=200, body=b'[{"id": 1, "description": "x"}]', cut=True), "can't be reached"),
    (Fault(status=200, body=b'{"id": 1'), "is no JSON"),
    (HTML, r"is no JSON \(text/html\)"),
    (Fault(status=200, body=b"x" * (LARGEST + 9)), "is larger"),
]


@pytest.mark.parametrize("call", [*READS, *WRITES])
@pytest.mark.parametrize(("fault", "error", "said"), ANSWERS)
def test_each_refusal_has_its_error_and_changes_nothing(client, server, call, fault, error, said):
    server.state.add("wombat: old")
    before = str(server.state.schedules)
    server.state.faults = [Fault(**vars(fault))]
    with pytest.raises(error, match=said) as caught:
        (READS | WRITES)[call](client)
    assert str(server.state.schedules) == before
    assert SECRET not in f"{caught.value} {caught.value.hint} {caught.getrepr()}"
    assert len(server.state.changes) == (call in WRITES)


@pytest.mark.parametrize("call", READS)
@pytest.mark.parametrize(("fault", "said"), EITHER)
def test_a_read_that_fails_changed_nothing(client, server, call, fault, said):
    server.state.faults = [Fault(**vars(fault))]
    with pytest.raises(ForgeUnreachable, match=said):
        READS[call](client)


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize(("fault", "said"), EITHER)
def test_a_change_without_an_answer_is_unknown_and_sent_once(client, server, call, fault, said):
    server.state.add("wombat: old")
    server.state.faults = [Fault(**vars(fault) | {"after": True})]
    with pytest.raises(OutcomeUnknown, match="nobody can say"):
        WRITES[call](client)
    assert len(server.state.changes) == 1


@pytest.mark.parametrize("fault", [Fault(status=200, slow_headers=600),
                                   Fault(status=200, body=b" " * 600, trickle=0.05)])  # fmt: skip
def test_a_deadline_is_of_the_whole_answer(client, server, fault):
    server.state.faults = [Fault(**vars(fault))]
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown, match="in time"):
        client.delete_schedule(11)
    assert time.monotonic() - began < 15  # of 30 seconds, where 0.3 are allowed


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_is_tried_again(client, server, slept, status):
    server.state.faults = [Fault(status=status, times=3)]
    assert client.schedules() == []
    assert slept == [0.5, 1.0, 2.0]
    server.state.faults = [Fault(status=status, times=1, headers={"Retry-After": "11"})]
    assert client.schedules() == []
    assert slept[3:] == [11.0]


def test_tries_and_waits_are_bounded(client, server, slept):
    server.state.faults = [Fault(status=503)]
    with pytest.raises(ForgeUnreachable):
        client.version()
    assert len(server.state.asked) == 4
    server.state.faults = [Fault(status=429, headers={"Retry-After": "3600"})]
    with pytest.raises(ForgeUnreachable, match="wait 3,600 seconds"):
        client.version()
    assert len(server.state.asked) == 5
    assert slept == [0.5, 1.0, 2.0]


def test_a_redirect_is_followed_on_the_same_server_alone(client, server):
    moved = f"{server.address}/api/v4/version"
    server.state.faults = [Fault("GET /projects", 301, {"Location": moved}, times=1)]
    with pytest.raises(ForgeUnreachable, match="no list"):
        client.schedules()
    with Server() as other:
        elsewhere = f"{other.address}/api/v4/version"
        server.state.faults = [Fault("GET", 301, {"Location": elsewhere})]
        with pytest.raises(ForgeUnreachable, match="wasn't sent there"):
            client.version()
        assert other.state.asked == []
    server.state.faults = [Fault("GET", 302, {"Location": moved})]
    with pytest.raises(ForgeUnreachable):
        client.version()


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[1]", b'[{"id": "11"}]', b"[[]]", b'[{"id": true}]', b"null", b'"x"', b"[" * 9999],
)
def test_answers_of_another_shape(client, server, body):
    server.state.faults = [Fault(status=200, body=body)]
    for call in READS.values():
        with pytest.raises(ForgeUnreachable):
            call(client) or call(client)[0]


def test_nobody_listens(slept):
    gone = Gitlab(Http("http://127.0.0.1:9/api/v4", None, 0.3, slept.append), "a/b")
    with pytest.raises(ForgeUnreachable, match="can't be reached"):
        gone.version()
    with pytest.raises(OutcomeUnknown):
        gone.delete_schedule(1)


def test_the_server_s_words_are_cleaned_of_the_token(client, server):
    body = f'{{"message": "bad \\u001b[31m token {SECRET}"}}'.encode()
    server.state.faults = [Fault(status=403, body=body)]
    with pytest.raises(ForgeDenied) as caught:
        client.version()
    assert SECRET not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert "[hidden]" in str(caught.value)


ECHOES = {
    "a message": Fault(status=400, body=f'{{"message": "bad {SECRET}"}}'.encode()),
    "a message within": Fault(status=400, body=f'{{"error": {{"k": ["x{SECRET}"]}}}}'.encode()),
    "a type": Fault(status=200, body=b"<html>", headers={"Content-Type": f"text/{SECRET}"}),
    "a type, cut": Fault(status=200, body=b"<", headers={"Content-Type": f"{'x' * 30}{SECRET}"}),
    "a host": Fault(status=302, headers={"Location": f"https://{SECRET}.evil.example/"}),
    "a host in capitals": Fault(status=302, headers={"Location": f"https://{SECRET.upper()}.ex/"}),
    "a path": Fault(status=302, headers={"Location": f"/api/v4/{SECRET}"}),
    "a status line": Fault(status=200, status_line=f"HTTP/x {SECRET}"),
}


@pytest.mark.parametrize("call", [*READS, *WRITES])
@pytest.mark.parametrize("what", ECHOES)
def test_a_token_that_the_server_repeats_is_not_repeated_here(client, server, call, what):
    server.state.faults = [Fault(**vars(ECHOES[what]))]
    with pytest.raises(WombatError) as caught:
        (READS | WRITES)[call](client)
    assert SECRET[:8] not in f"{caught.value} {caught.value.hint}".lower()


def test_a_token_among_the_data_is_not_read():
    token = Token("T", SECRET)
    assert hidden_in({"a": [f"x {SECRET.upper()}", 3, None]}, token) == {
        "a": ["x [hidden]", 3, None]
    }
    assert hidden_in([SECRET], None) == [SECRET]


@pytest.mark.parametrize("said", ["9" * 5000, "two", "-1", "1.5"])
def test_a_next_page_that_is_no_number(client, server, said):
    server.state.faults = [Fault(status=200, body=b"[]", headers={"x-next-page": said})]
    with pytest.raises(ForgeUnreachable, match="no number"):
        client.schedules()


@pytest.mark.parametrize(
    "address",
    ["https://[::1", "https://g.example.com:99999", "https://g..example.com",
     f"https://{'a' * 70}.example.com", "https://g.example.com/\xe9", "https://g.example.com/a b"],
)  # fmt: skip
def test_addresses_that_are_none(address):
    with pytest.raises(UsageFault) as caught:
        Http(address, None)
    assert caught.value.code == "forge-address"


@pytest.mark.parametrize(
    "address",
    ["http://gitlab.example.com/api/v4", "ftp://127.0.0.1/x", "https:///api", "gitlab.example.com",
     "https://me:secret@gitlab.example.com/api/v4", "https://g.example.com/?x=1", "http://10.0.0.1"],
)  # fmt: skip
def test_only_https_and_this_machine(address):
    with pytest.raises(UsageFault) as caught:
        Http(address, Token("T", SECRET))
    assert caught.value.code == "forge-address"
    assert "secret" not in str(caught.value)


def test_a_token_is_named_never_shown():
    assert find_token(None, {}) is None
    found = find_token(None, {"GITLAB_TOKEN": f" {SECRET}\n"})
    assert found is not None
    assert found.value == SECRET
    assert SECRET not in repr(Http("https://g.example.com", found)) + repr(found) + str(found)
    for name, value in {SECRET: "x", "A B": "x", "T": "a\nb: c", "U": "é"}.items():
        with pytest.raises(UsageFault) as caught:
            find_token(name, {name: value})
        assert caught.value.code == "forge-token"
        assert name not in str(caught.value) or len(name) == 1
        assert value not in str(caught.value) or len(value) == 1
    for name in (None, "CI_JOB_TOKEN", "ABSENT"):
        with pytest.raises(UsageFault, match=r"no right|no token"):
            need_token(name, {"CI_JOB_TOKEN": "x"})


@given(st.text(min_size=8, max_size=80).filter(lambda text: len(text.strip()) > 7))
def test_no_value_of_a_variable_reaches_a_message(value):
    with contextlib.suppress(UsageFault):
        assert value.strip() not in str(find_token("T", {"T": value}))
        return
    with pytest.raises(UsageFault) as caught:
        find_token("T", {"T": value})
    assert value.strip() not in str(caught.value)
