"""Sync end to end by the command line, against a server that remembers."""

from __future__ import annotations

import json
import subprocess
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.forge.server import PROJECT, SECRET, Fault
from wombat.api.schedule_sync import (
    FREE,
    OURS,
    TICK,
    There,
    Wanted,
    apply,
    compare,
    crowded,
    read_ours,
)
from wombat.cli.entry import run
from wombat.errors import ForgeDenied, OutcomeUnknown
from wombat.forge.gitlab import Schedule
from wombat.forge.http import Http

pytestmark = pytest.mark.slow

PIPELINE = """\
pipeline: {name}
schedule: {{cron: "{cron}", timezone: {zone}}}
{more}
tasks: {{t: {{shell: date, outputs: {{o: {{type: text}}}}}}}}
"""


def write(root, name, cron="0 3 * * *", zone="Europe/Berlin", more=""):
    (root / "pipelines").mkdir(exist_ok=True)
    text = PIPELINE.format(name=name, cron=cron, zone=zone, more=more)
    (root / "pipelines" / f"{name}.yml").write_text(text)


@pytest.fixture
def root(tmp_path, monkeypatch):
    for name in ("GITLAB_CI", "GITHUB_ACTIONS", "WOMBAT_STORE", "CI_API_V4_URL", "CI_PROJECT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITLAB_TOKEN", SECRET)
    monkeypatch.setattr("wombat.api.forge.Http", partial(Http, sleep=lambda _: None))
    folder = tmp_path / "shop"
    folder.mkdir()
    write(folder, "churn")
    write(folder, "sales", "*/20 6-8 * * mon-fri", "UTC")
    write(folder, "paused", more="on: {schedule: off}")
    (folder / "pipelines" / "never.yml").write_text(
        "pipeline: never\ntasks: {t: {shell: date, outputs: {o: {type: text}}}}\n"
    )
    (folder / "wombat.yml").write_text('gitlab: {version: "18.5"}\n')
    return folder


@pytest.fixture
def sync(root, server, capsys):
    def call(*words):
        where = ("--server", server.address, "--repository", PROJECT, "-C", str(root))
        code = run(["schedule", "sync", *where, *words])
        said = capsys.readouterr()
        assert SECRET not in said.out + said.err
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return call


def test_first_shown_then_made_then_nothing_to_do(sync, server):
    server.state.add("a colleague's own", cron="1 1 * * *")
    server.state.add("wombat, but not ours")
    others = server.state.shown()
    code, out, _ = sync()
    assert code == 0
    assert "+ wombat: churn  '0 3 * * *' Europe/Berlin, on main" in out
    assert "2 to create; nothing was changed" in out
    assert server.state.changes == []
    code, out, err = sync("--apply")
    assert (code, out) == (0, "2 created\n")
    assert "+ wombat: sales" in err
    assert server.state.shown() == others | {
        "wombat: churn": ("0 3 * * *", "Europe/Berlin", True),
        "wombat: sales": ("*/20 6-8 * * mon-fri", "UTC", True),
    }
    assert {one["ref"] for one in server.state.schedules.values()} == {"refs/heads/main"}
    before = len(server.state.changes)
    assert sync("--apply")[1] == "nothing to do\n"
    assert len(server.state.changes) == before


def test_what_differs_is_changed_and_what_is_gone_deleted(sync, server, root):
    sync("--apply")
    write(root, "churn", "0 4 * * *")
    (root / "pipelines" / "sales.yml").unlink()
    server.state.add("wombat: churn")  # a second one, made by hand
    server.state.schedules[11]["active"] = False
    server.state.schedules[11]["ref"] = "refs/heads/old"
    code, out, _ = sync()
    assert code == 0
    assert (
        "~ wombat: churn  ref 'old' -> 'main', cron '0 3 * * *' -> '0 4 * * *', active off -> on"
        in out
    )
    assert out.count("- wombat:") == 2
    assert "1 to change, 2 to delete" in out
    assert sync("--apply")[1] == "1 changed, 2 deleted\n"
    assert server.state.shown() == {"wombat: churn": ("0 4 * * *", "Europe/Berlin", True)}


def test_one_tick_for_all_and_back(sync, server):
    sync("--apply")
    assert sync("--apply", "--tick")[0] == 0
    assert server.state.shown() == {TICK: ("0 * * * *", "UTC", True)}
    sync("--apply")
    assert set(server.state.shown()) == {"wombat: churn", "wombat: sales"}


@pytest.mark.parametrize("version", ["17.7", None])
def test_older_servers_get_a_variable(sync, server, root, version):
    (root / "wombat.yml").write_text(f'gitlab: {{version: "{version}"}}\n' if version else "")
    sync("--apply")
    held = {one["description"]: one["variables"] for one in server.state.schedules.values()}
    assert held == {
        f"wombat: {name}": [{"key": "WOMBAT_PIPELINES", "value": name}]
        for name in ("churn", "sales")
    }
    assert sync()[1].endswith("nothing to do\n")
    server.state.schedules[11]["variables"][0]["value"] = "other"
    server.state.schedules[12]["variables"].clear()
    assert "~ wombat: churn  WOMBAT_PIPELINES 'other' -> 'churn'" in sync()[1]
    assert sync("--apply")[1] == "2 changed\n"
    assert sync()[1].endswith("nothing to do\n")


def test_newer_servers_need_none(sync, server):
    sync("--apply")
    assert all(one["variables"] == [] for one in server.state.schedules.values())


def test_only_what_a_sync_could_have_written_is_ours(sync, server):
    for description in (
        "wombat: is down, page the team", "wombat: churn, sales", "wombat: ", "wombat: Churn",
        "wombat:churn", "wombat:  churn", " wombat: churn", "wombat: churn\n", "wombat tick ",
        "wombat tick!", "Wombat tick", f"wombat: {'x' * 64}",
    ):  # fmt: skip
        server.state.add(description)
    server.state.limit = 50
    others = server.state.shown()
    sync("--apply")
    sync("--apply", "--tick")
    assert server.state.shown() == others | {TICK: ("0 * * * *", "UTC", True)}


@pytest.mark.parametrize("words", [(), ("--apply",)])
def test_the_server_is_named_before_it_is_asked(sync, server, words):
    server.state.faults = [Fault(status=500)]
    code, _, err = sync(*words)
    assert code == 13
    assert err.startswith(f"{PROJECT} at {server.address.removeprefix('http://')}\n")


@pytest.mark.parametrize("words", [(), ("--json",), ("--apply",)])
def test_nothing_that_a_server_says_steers_the_terminal(sync, server, words):
    server.state.add(
        "wombat: churn",
        ref="\x1b[31mred",
        cron="0 1 * * *\x1b[2J\ud800",
        owner={"username": "e\x9b1m"},
    )
    server.state.faults = [Fault("PUT", 403)]
    code, out, err = sync(*words)
    assert code == (13 if words == ("--apply",) else 0)
    assert [c for c in (out + err).replace("\n", "") if not c.isprintable()] == []
    if words == ("--json",):
        (step, _) = json.loads(out)["steps"]
        assert step["changes"]["ref"] == ["\x1b[31mred", "main"]
        assert step["changes"]["cron"][0].endswith("[2J\ud800")


def test_json(sync, server):
    tree = json.loads(sync("--json")[1])
    assert tree["server"] == server.address.removeprefix("http://")
    assert tree["applied"] is False
    assert [one["description"] for one in tree["steps"]] == ["wombat: churn", "wombat: sales"]
    assert json.loads(sync("--apply", "--json")[1])["applied"] is True


def test_more_than_the_free_tier_allows(sync, server, root):
    for number in range(10):
        write(root, f"p{number}")
    _, _, err = sync()
    assert "--tick needs one for all" in err
    code, _, err = sync("--apply")
    assert code == 2
    assert "Maximum number of pipeline schedules (10) exceeded" in err
    assert "1 not tried" in err
    assert len(server.state.schedules) == 10
    (root / "wombat.yml").write_text('gitlab: {version: "18.5", tier: premium}\n')
    server.state.limit = 50
    assert "tick" not in sync("--apply")[2]


def test_the_origin_says_where(root, server, capsys):
    address = server.address.replace("http://", "http://somebody:secret@")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "remote", "add", "origin", f"{address}/{PROJECT}.git"],
                   check=True)  # fmt: skip
    # The origin's server is asked by https always; this one has none.
    assert run(["schedule", "sync", "-C", str(root)]) == 13
    assert "secret" not in capsys.readouterr().err
    assert run(["schedule", "sync", "-C", str(root), "--server", server.address]) == 0


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (Fault(status=401), 13, "knows no such token in GITLAB_TOKEN"),
        (Fault(status=403), 13, "role Maintainer"),
        (Fault(status=404), 17, "shows nothing there"),
        (Fault(status=429, headers={"Retry-After": "90"}), 13, "wait 90 seconds"),
        (Fault(status=500), 13, "fails with 500"),
        (Fault(status=200, body=b"<html>", headers={"Content-Type": "text/html"}), 13, "text/html"),
        (Fault(status=200, body=b'{"id": 3', cut=True), 13, "can't be reached"),
        (Fault(status=302, headers={"Location": "https://evil.example/"}), 13, "wasn't sent there"),
    ],
)
@pytest.mark.parametrize("words", [(), ("--apply",)])
def test_a_fault_while_reading_changes_nothing(sync, server, fault, code, said, words):
    server.state.add("wombat: old")
    before = server.state.shown()
    server.state.faults = [Fault(**vars(fault) | {"of": "GET"})]
    got, out, err = sync(*words)
    assert (got, out) == (code, "")
    assert said in err
    assert server.state.shown() == before
    assert server.state.changes == []


def test_a_fault_between_says_what_was_done_and_the_next_goes_on(sync, server):
    server.state.add("wombat: gone")
    server.state.faults = [Fault("POST", 403)]
    code, _, err = sync("--apply")
    assert code == 13
    assert "+ wombat: churn: the token in GITLAB_TOKEN may not" in err
    assert "done before: - wombat: gone; 1 not tried" in err
    assert server.state.shown() == {}
    server.state.faults.clear()
    assert sync("--apply")[1] == "2 created\n"


def test_somebody_else_s_schedule(sync, server):
    server.state.add("wombat: churn", owner={"username": "bert"})
    for status, code in ((403, 13), (404, 17)):
        server.state.faults = [Fault("PUT", status)]
        got, _, err = sync("--apply")
        assert got == code
        assert "belongs to bert" in err
        assert "Take ownership" in err
    assert server.state.schedules[11]["cron_timezone"] == "UTC"


def test_an_answer_that_was_lost_is_found_by_the_next(sync, server):
    server.state.faults = [Fault("POST", 502, times=1, after=True)]
    code, _, err = sync("--apply")
    assert code == 16
    assert "nobody can say" in err
    assert sync("--apply")[1] == "1 created\n"
    assert sorted(server.state.shown()) == ["wombat: churn", "wombat: sales"]


def test_without_a_token_nothing_is_asked(sync, server, monkeypatch):
    monkeypatch.delenv("GITLAB_TOKEN")
    code, _, err = sync("--apply")
    assert code == 2
    assert "no token is in the variable GITLAB_TOKEN" in err
    code, _, err = sync("--token", SECRET)
    assert code == 2
    assert server.state.asked == []


def test_a_wrong_token_is_told_by_its_name(sync, server, monkeypatch):
    monkeypatch.setenv("MINE", "glpat-wrong")
    code, _, err = sync("--apply", "--token", "MINE")
    assert code == 13
    assert "in MINE" in err
    assert "glpat-wrong" not in err
    assert server.state.tokens == ["glpat-wrong"]


def test_invalid_pipelines_are_never_synced(sync, server, root):
    write(root, "churn", "0 25 * * *")
    assert sync("--apply")[0] == 10
    assert server.state.asked == []


def test_no_code_of_the_project_runs(sync, root):
    canary = "from pathlib import Path\nPath(__file__).with_name('sung').touch()\ndef task(): ...\n"
    for name in ("canary.py", "conftest.py", "sitecustomize.py"):
        (root / name).write_text(canary)
    write(root, "churn")
    text = (root / "pipelines" / "churn.yml").read_text().replace("shell: date", "run: canary:task")
    (root / "pipelines" / "churn.yml").write_text(text)
    assert sync("--apply")[0] == 0
    assert not list(root.rglob("sung"))
    assert not list(root.rglob("__pycache__"))


def test_the_hint_of_the_free_tier():
    steps = compare([Wanted(f"{OURS}p{n}", "main", "0 3 * * *", "UTC") for n in range(FREE)], [])
    assert crowded(steps, {}) is None
    steps += compare([Wanted(f"{OURS}x", "main", "0 3 * * *", "UTC")], [])
    assert "11 schedules" in (crowded(steps, {}) or "")
    assert crowded(steps, {"tier": "premium"}) is None


NAMES = st.sampled_from([f"{OURS}a", f"{OURS}b", f"{OURS}c", TICK])
CRONS = st.sampled_from(["0 3 * * *", "0 4 * * *"])
WANTED = st.lists(
    st.builds(Wanted, NAMES, st.just("main"), CRONS, st.just("UTC"), st.sampled_from([None, "a"])),
    unique_by=lambda one: one.description,
)
THERE = st.lists(
    st.builds(lambda name, cron, active: (name, cron, active), NAMES, CRONS, st.booleans())
)


@given(WANTED, THERE)
def test_what_is_applied_is_what_was_wanted_and_again_is_nothing(wanted, rows):
    fake = Remembering(rows)
    named = any(one.pipelines for one in wanted)
    apply(fake, compare(wanted, read_ours(fake, variables=named)))
    assert {
        (one.description, one.cron, one.ref, one.active) for one in fake.held.values()
    } == {(one.description, one.cron, one.ref, True) for one in wanted}  # fmt: skip
    assert len(fake.held) == len(wanted)
    again = compare(wanted, read_ours(fake, variables=named))
    assert {step.kind for step in again} <= {"keep"}


class Remembering:
    """The client's calls on a dictionary: the law is of the comparison, not of HTTP."""

    def __init__(self, rows):
        self.held = {
            number: Schedule(number, name, "main", cron, "UTC", active)
            for number, (name, cron, active) in enumerate(rows)
        }
        self.variables = {}

    def schedules(self):
        return list(self.held.values())

    def schedule_variables(self, number):
        return self.variables.get(number, {})

    def create_schedule(self, body):
        number = max(self.held, default=0) + 1
        self.held[number] = Schedule(number, *body.values())
        return self.held[number]

    def update_schedule(self, number, body):
        one = There(self.held[number]).body() | body
        self.held[number] = Schedule(number, *one.values())

    def delete_schedule(self, number):
        del self.held[number]

    def set_schedule_variable(self, number, key, value, *, new):
        assert new == (key not in self.schedule_variables(number))
        self.variables.setdefault(number, {})[key] = value


def test_errors_keep_their_kind():
    class Refusing(Remembering):
        def create_schedule(self, body):
            raise OutcomeUnknown("lost")

        def delete_schedule(self, number):
            raise ForgeDenied("no", hint="ask")

    wanted = [Wanted(f"{OURS}a", "main", "0 3 * * *", "UTC")]
    with pytest.raises(OutcomeUnknown, match="done before: nothing"):
        apply(Refusing([]), compare(wanted, []))
    fake = Refusing([(f"{OURS}b", "0 3 * * *", True)])
    with pytest.raises(ForgeDenied, match="1 not tried"):
        apply(fake, compare(wanted, read_ours(fake, variables=False)))
