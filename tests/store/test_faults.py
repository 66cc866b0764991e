"""A disk that is full or fails: a typed error, files untouched, and the next try works."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.store.actor import tree, work
from tests.store.test_artifacts import tree as read_tree
from tests.store.test_kill import sound
from wombat.errors import StoreDenied, StoreUnreachable, WombatError
from wombat.store import Artifact, Store, open_store
from wombat.store.doom import Doomed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOAK = bool(os.environ.get("WOMBAT_SOAK"))
FAULTS = [
    ("write", errno.ENOSPC),
    ("write", errno.EIO),
    ("open", errno.EACCES),
    ("open", errno.EROFS),
    ("fsync", errno.EIO),
    ("link", errno.EDQUOT),
    ("mkdir", errno.ENOSPC),
]


@contextmanager
def failing(name: str, when: int, number: int, below: Path) -> Iterator[list[int]]:
    """The call number `when` and all later ones to one function of `os` fail, below a folder."""
    real: Callable[..., Any] = getattr(os, name)
    made, lock = [0], threading.Lock()

    def call(first: Any, *given: Any, **more: Any) -> Any:
        if _concerns(first, below, name, given):
            with lock:
                made[0] += 1
                if made[0] >= when:
                    raise OSError(number, os.strerror(number), str(first))
        return real(first, *given, **more)

    setattr(os, name, call)
    try:
        yield made
    finally:
        setattr(os, name, real)


def _concerns(first: Any, below: Path, name: str, given: tuple[Any, ...]) -> bool:
    if name == "open" and not (given and given[0] & (os.O_WRONLY | os.O_RDWR)):
        return False
    place = Path(f"/proc/self/fd/{first}").readlink() if isinstance(first, int) else Path(first)
    return place.is_relative_to(below)


def opened(top: Path) -> Store:
    return open_store(str(top / "store"), project="shop", zone="local")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    for run in ("r0", "r1"):
        tree(tmp_path / run, run)
    assert work(opened(tmp_path), tmp_path / "r0", "r0") == "published"
    shutil.copytree(tmp_path / "store", tmp_path / "fresh")
    return tmp_path


def fault_of(operation: Callable[[], object]) -> WombatError | None:
    """The typed error that it ends in; any other one goes through."""
    try:
        operation()
    except WombatError as error:
        return error
    return None


@pytest.mark.slow
@pytest.mark.parametrize(("name", "number"), FAULTS)
def test_push_and_publish(top: Path, name: str, number: int) -> None:
    before, when, failed = read_tree(top / "r1"), 0, 0
    while True:
        when += 1 if SOAK or when < 3 else 5
        shutil.rmtree(top / "store")
        shutil.copytree(top / "fresh", top / "store")
        with failing(name, when, number, top / "store") as made:
            fault = fault_of(lambda: work(opened(top), top / "r1", "r1", 2))
        if fault is not None:
            failed += 1
            denied = number in (errno.EACCES, errno.EROFS)
            assert isinstance(fault, StoreDenied if denied else StoreUnreachable)
            assert number != errno.ENOSPC or "free some space" in (fault.hint or "")
        sound(opened(top))
        assert read_tree(top / "r1") == before
        assert "r0" in [r.run for r in opened(top).ref_log("p", "main")]
        assert work(opened(top), top / "r1", "r1", 2) in ("published", "already")
        sound(opened(top))
        if made[0] < when:
            break
    assert failed >= min(when - 1, 1)
    assert when > 2


@pytest.mark.slow
@pytest.mark.parametrize(("name", "number"), [("write", errno.ENOSPC), ("open", errno.EACCES)])
def test_pull(top: Path, name: str, number: int) -> None:
    """Nothing, not half of it; what lay there before is as it was."""
    head = opened(top).head("p", "main")
    assert head is not None
    artifact = Artifact.from_json(head.outputs["o"])
    (top / "mine").mkdir()
    (top / "mine" / "kept").write_text("mine")
    for when in (1, 2, 3):
        with failing(name, when, number, top / "mine") as made:
            fault = fault_of(lambda: opened(top).fetch_tree(artifact, top / "mine" / "out"))
        assert fault is None or fault.exit_code == 13
        if made[0] >= when:
            assert sorted(p.name for p in (top / "mine").iterdir()) == ["kept"]
        else:
            assert read_tree(top / "mine" / "out") == read_tree(top / "r0")
            shutil.rmtree(top / "mine" / "out")
    opened(top).fetch_tree(artifact, top / "mine" / "out")
    assert (top / "mine" / "kept").read_text() == "mine"


def test_after_a_failed_fsync_nothing_of_that_batch_gets_its_name(top: Path) -> None:
    """The kernel may have dropped the pages: a second fsync that says yes proves nothing."""
    store = opened(top)
    artifact = store.push_tree(top / "r1", type="directory")
    with failing("fsync", 1, errno.EIO, top / "store"), pytest.raises(StoreUnreachable):
        store.create_header("p", "other", {})
    assert store.create_header("p", "other", {}) == {}, "it names nothing of that batch"
    with pytest.raises(Doomed):
        store.create_header("p", "r1", {"o": artifact.to_json()})
    again = store.push_tree(top / "r1", type="directory")
    store.create_header("p", "r1", {"o": again.to_json()})
    assert work(opened(top), top / "r1", "r1", 2) == "published"
    sound(opened(top))


def test_short_writes_are_gone_on_with(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, bytes(data[:1000])))
    assert work(opened(top), top / "r1", "r1", 2) == "published"
    monkeypatch.undo()
    sound(opened(top))
