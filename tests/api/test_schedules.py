"""What is due: ticks against the headers of scheduled runs, with a clock of the test's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.api.schedules import due, due_in, newest_scheduled, show_schedules
from wombat.plan.ir import On, Plan, Schedule
from wombat.store import open_store

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
THREE = NOON.replace(hour=3)
HOUR = timedelta(hours=1)


def plan(name: str, cron: str | None = "0 3 * * *", on: str = "run") -> Plan:
    schedule = Schedule(cron) if cron else None
    return Plan(name, f"pipelines/{name}.yml", "0" * 64, (), (),
                schedule=schedule, on=On(schedule=on))  # fmt: skip


class Counting:
    """A store that counts the headers it was asked for."""

    def __init__(
        self, headers: dict[str, tuple[datetime, str] | tuple[datetime, str, str]]
    ) -> None:
        self.headers, self.read = headers, []

    def runs(self, _: str) -> list[str]:
        return sorted(self.headers)

    def header(self, _: str, run: str) -> dict[str, str]:
        self.read.append(run)
        time, event, *branch = self.headers[run]
        said = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ"), "event": event}
        return said | {"branch": branch[0] if branch else "main"}


@pytest.mark.parametrize(
    ("newest", "wanted"),
    [
        (None, ["churn"]),
        (THREE - HOUR, ["churn"]),
        (THREE - timedelta(days=40), ["churn"]),
        (THREE - timedelta(seconds=1), ["churn"]),
        (THREE, []),
        (THREE + HOUR, []),
    ],
)
def test_due_is_a_tick_later_than_the_newest_run(newest, wanted):
    assert due([plan("churn")], lambda _: newest, NOON) == wanted


def test_only_what_a_schedule_may_start_is_due():
    plans = [plan("b"), plan("off", on="off"), plan("never", None), plan("a"),
             plan("thirtieth", "0 0 30 2 *")]  # fmt: skip
    assert due(plans, lambda _: None, NOON) == ["a", "b"]


def test_many_missed_ticks_are_due_once_and_then_no_more():
    ran: list[datetime] = []
    for hour in range(72):
        now = THREE + timedelta(days=9) + hour * HOUR
        if due([plan("churn")], lambda _: max(ran, default=THREE), now):
            ran.append(now + timedelta(minutes=3))
    assert [one - THREE for one in ran] == [timedelta(days=n, minutes=3) for n in (9, 10, 11)]


def test_the_newest_header_is_read_and_no_other():
    runs = {f"gitlab-example-com-{n}-{n * 7}": (THREE + n * HOUR - 200 * HOUR, "push")
            for n in range(190)}  # fmt: skip
    runs["gitlab-example-com-190-1330"] = (THREE + timedelta(minutes=4), "schedule")
    runs["gitlab-example-com-1000-1"] = (THREE + HOUR, "push")
    store = Counting(runs)
    assert newest_scheduled(store, "churn", THREE) == THREE + timedelta(minutes=4)
    assert store.read == ["gitlab-example-com-1000-1", "gitlab-example-com-190-1330"]


def test_the_search_ends_at_the_first_that_is_too_old():
    runs = {f"gitlab-example-com-{n}": (THREE - n * HOUR, "schedule") for n in range(3, 100)}
    runs = {f"gitlab-example-com-{500 - int(run.split('-')[-1])}": value
            for run, value in runs.items()}  # fmt: skip
    runs |= {f"other-example-com-{n}": (THREE - 50 * HOUR, "push") for n in range(50)}
    runs |= {f"local-20261121T0{n}0000Z-0123456{n}": (NOON, "local") for n in range(9)}
    store = Counting(runs)
    assert newest_scheduled(store, "churn", THREE) is None
    assert sorted(store.read) == ["gitlab-example-com-497", "other-example-com-49"]


def test_a_header_that_waited_long_for_its_runner_is_found():
    store = Counting({
        "gl-10": (THREE + timedelta(minutes=50), "schedule"),
        "gl-11": (THREE - timedelta(minutes=1), "push"),
    })  # fmt: skip
    assert newest_scheduled(store, "churn", THREE) == THREE + timedelta(minutes=50)


def test_names_chosen_by_hand_are_all_read():
    store = Counting({"nightly": (THREE, "schedule"), "trial": (NOON, "manual"), "gl-1": (NOON, "push")})  # fmt: skip  # noqa: E501 -- one value
    assert newest_scheduled(store, "churn", THREE) == THREE
    assert sorted(store.read) == ["gl-1", "nightly", "trial"]


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from(["push", "schedule", "manual"]))))
def test_the_answer_is_that_of_reading_everything(rows):
    # Ids and times grow together, as a CI's do.
    runs = {f"gl-8-{n}": (THREE + timedelta(minutes=minutes - 150), event)
            for n, (minutes, event) in enumerate(sorted(rows))}  # fmt: skip
    every = [time for time, event in runs.values() if event == "schedule" and time >= THREE]
    assert newest_scheduled(Counting(runs), "churn", THREE) == max(every, default=None)


def test_a_job_that_is_tried_again_finds_due_what_it_found_before():
    store = Counting({"gl-9-1": (THREE - HOUR, "schedule"), "gl-10-20": (THREE, "schedule")})
    for own, wanted in {"gl-10-21": ["churn"], "gl-10": ["churn"], "gl-11-22": []}.items():
        assert due_in([store], [plan("churn")], NOON, own=own) == wanted
    named = Counting({"nightly": (THREE, "schedule")})
    assert due_in([named], [plan("churn")], NOON, own="nightly") == ["churn"]


def test_a_tick_of_another_branch_leaves_this_one_s_due():
    store = Counting({"gl-10": (THREE, "schedule", "main"), "gl-11": (NOON, "schedule", "stable")})
    assert newest_scheduled(store, "churn", THREE, branch="main") == THREE
    assert newest_scheduled(store, "churn", THREE, branch="stable") == NOON
    assert newest_scheduled(store, "churn", THREE) == NOON
    for branch, wanted in {"main": [], "stable": [], "next": ["churn"], None: []}.items():
        assert due_in([store], [plan("churn")], NOON, branch=branch) == wanted


def test_a_real_store_remembers_what_ran(tmp_path):
    store = open_store(str(tmp_path / "store"), project="shop", zone="t")
    plans = [plan("churn"), plan("sales")]
    assert due_in([store], plans, NOON) == ["churn", "sales"]
    header = {"time": "2026-11-21T03:04:05Z", "event": "schedule"}
    store.create_header("churn", "gitlab-example-com-77-1", header)
    store.create_header("sales", "gitlab-example-com-78-1", header | {"event": "push"})
    assert due_in([store], plans, NOON) == ["sales"]
    assert due_in([store], plans, NOON + timedelta(days=1)) == ["churn", "sales"]


def test_what_is_shown_is_of_the_default_branch(tmp_path):
    store = open_store(str(tmp_path / "store"), project="shop", zone="t")
    header = {"time": "2026-11-21T03:04:05Z", "event": "schedule", "branch": "stable"}
    store.create_header("churn", "gitlab-example-com-77-1", header)
    states = {}
    for branch in ("main", "stable"):
        around = SimpleNamespace(branch="topic", default_branch=branch)
        here = SimpleNamespace(readable=(store,), surroundings=around)
        states[branch] = show_schedules(here, [plan("churn")], NOON).tree["churn"]["state"]
    assert states == {"main": "due", "stable": "done"}
