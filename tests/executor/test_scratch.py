"""Scratch folders that are over: small ones go when the run ends, large ones at once."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.executor.plans import of_task, plan, task
from wombat.executor import events
from wombat.executor.local import run_plan
from wombat.executor.scratch import FILES, SMALL, Leavings


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "task"
    (made / "output.one").mkdir(parents=True)
    return made


def test_a_small_one_goes_when_the_run_ends(folder):
    (folder / "output.one" / "data.json").write_text("1")
    with Leavings() as leavings:
        leavings.add(folder)
        assert folder.exists()
    assert not folder.exists()


def test_one_of_many_bytes_goes_at_once(folder):
    (folder / "output.one" / "data.bin").write_bytes(bytes(SMALL + 1))
    with Leavings() as leavings:
        leavings.add(folder)
        assert not folder.exists()


def test_one_of_many_files_goes_at_once(folder):
    for number in range(FILES):
        (folder / "output.one" / str(number)).touch()
    with Leavings() as leavings:
        leavings.add(folder)
        assert not folder.exists()


def test_no_link_is_followed(folder, tmp_path):
    (tmp_path / "large").write_bytes(bytes(SMALL + 1))
    (folder / "output.one" / "link").symlink_to(tmp_path / "large")
    (folder / "loop").symlink_to(folder)
    with Leavings() as leavings:
        leavings.add(folder)
        assert folder.exists()
    assert (tmp_path / "large").exists()


def test_they_go_when_the_run_is_interrupted(folder):
    with suppress(KeyboardInterrupt), Leavings() as leavings:
        leavings.add(folder)
        raise KeyboardInterrupt
    assert not folder.exists()


CODE = """
def one():
    return 1
def two(n):
    return "x" * 2_000_000
def three(n):
    return 3
"""


def test_what_a_large_part_left_is_gone_when_its_end_is_told(project):
    """What a small one left may wait; in the end there is nothing of any."""
    here = project(CODE)
    context = here.begin(
        plan(
            task("one", "work:one"),
            task("two", "work:two", inputs=(of_task("n", "one", "one"),)),
            task("three", "work:three", inputs=(of_task("n", "two", "two"),)),
        )
    )
    scratch, left = here.root / ".wombat" / "scratch", {}

    def watch(event):
        if isinstance(event, events.TaskFinished):
            left[event.task] = bool(list(scratch.glob(f"*/output.{event.task}")))

    assert run_plan(context, on_event=watch).published
    assert left == {"one": True, "two": False, "three": False}
    assert list(scratch.iterdir()) == []
