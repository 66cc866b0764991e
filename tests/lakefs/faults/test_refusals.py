"""What keeps a version from standing in lakeFS: a sentence, and an exit code.

Our own ref is right each time, and once the cause is gone the same command ends well.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.lakefs.double import Answer
from tests.lakefs.faults.gate import STRANGER
from wombat.cli.entry import run as wombat

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lakefs.double import Double, Request
    from tests.lakefs.faults.conftest import Scene
    from tests.lakefs.faults.gate import Asked
    from tests.lakefs.projects import Files

FIRST: dict[str, Files] = {"load.table": {"one.csv": b"1", "two.csv": b"2"}}
SECOND: dict[str, Files] = {"load.table": {"one.csv": b"1", "two.csv": b"22"}}
ONE, TWO = "data/shop/load/table/one.csv", "data/shop/load/table/two.csv"
FROZEN = b"""\
name: freeze
on:
  pre-merge:
    branches: [main]
hooks:
  - id: orders
    type: lua
    properties:
      script: error("orders are frozen until Monday")
"""


class Scened:
    """The first version stands, the second one is published."""

    def __init__(self, scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
        self.scene, self.look, self._capsys = scene, scene.look, capsys
        scene.publish(FIRST)
        assert self.sync()[0] == 0
        self.stood = scene.holds("main")
        scene.publish(SECOND)
        scene.gate.forget()

    def sync(self) -> tuple[int, str]:
        code = wombat(["lakefs", "sync", "shop", *self.scene.project.at])
        said = self._capsys.readouterr()
        return code, said.err or said.out

    def refused(self, code: int, *words: str) -> str:
        """The command's words. The ref says what it said, lakeFS what stood there."""
        done, said = self.sync()
        assert done == code, said
        for word in words:
            assert word in said
        assert self.scene.lake.secret not in said
        head = self.scene.head()
        assert (head.run, head.seq) == ("run-2", 2)
        return said

    def before(self, kind: str, somebody: Callable[[], object]) -> None:
        """Once, before the next request of a kind goes on."""
        waiting = [kind]

        def act(asked: Asked) -> None:
            if asked.kind in waiting:
                waiting.clear()
                somebody()

        self.scene.gate.forget(act)

    def ends_well(self, *, patient: bool = False) -> None:
        """`patient`: a real server goes on for some seconds as if nothing had changed."""
        self.scene.gate.forget()
        deadline = time.monotonic() + 120
        while (code := self.sync()[0]) and patient and self.scene.lake.real:
            assert time.monotonic() < deadline
        assert code == 0
        assert self.look.read(TWO) == b"22"
        assert self.look.record()["run"] == "run-2"
        assert self.scene.run_branches() == []


@pytest.fixture
def begun(scene: Scene, capsys: pytest.CaptureFixture[str]) -> Scened:
    return Scened(scene, capsys)


def test_somebody_changes_the_same_path_meanwhile(begun: Scened) -> None:
    def change() -> None:
        begun.look.put(TWO, b"theirs")
        begun.look.commit()

    begun.before("mergeIntoBranch", change)
    begun.refused(
        15, "error[lakefs-conflict]", TWO, "nothing was merged", "wombat lakefs sync shop"
    )
    assert begun.look.read(TWO) == b"theirs"
    # It stands in the way from now on, until it is moved.
    begun.scene.gate.forget()
    begun.refused(15, "error[lakefs-foreign]", TWO)
    begun.look.delete(TWO)
    begun.look.commit()
    begun.ends_well()


@pytest.mark.parametrize("path", [ONE, TWO])
def test_somebody_takes_a_path_away_meanwhile(begun: Scened, path: str) -> None:
    """What was ours, and is gone, is nobody's: it is made again, also what didn't differ."""

    def take() -> None:
        begun.look.delete(path)
        begun.look.commit()

    begun.before("mergeIntoBranch", take)
    assert begun.sync()[0] == 0
    assert begun.look.read(ONE) == b"1"
    begun.ends_well()


def test_uncommitted_changes_on_the_target(begun: Scened) -> None:
    begun.look.put("data/draft.csv", b"not yet")
    begun.refused(
        15, "error[lakefs-dirty]", "data/draft.csv",
        f"lakectl diff lakefs://{begun.scene.lake.repository}/main",
    )  # fmt: skip
    assert begun.scene.holds(str(begun.look.head()["id"])) == begun.stood
    begun.look.commit()
    begun.ends_well()
    assert begun.look.read("data/draft.csv") == b"not yet"


def test_a_hook_refuses_the_merge(begun: Scened) -> None:
    begun.look.put("_lakefs_actions/freeze.yaml", FROZEN)
    begun.look.commit()
    stood = begun.scene.holds("main")
    said = begun.refused(15, "error[lakefs-refused]", "orders are frozen until Monday")
    assert "\n\t" not in said
    assert begun.scene.holds("main") == stood
    begun.look.delete("_lakefs_actions/freeze.yaml")
    begun.look.commit()
    begun.ends_well()  # though lakeFS asks the hooks that the run's branch still has


@pytest.mark.parametrize("status", [404, 500])
@pytest.mark.parametrize("kind", ["commit", "mergeIntoBranch"])
def test_a_hook_that_breaks_is_a_refusal(
    begun: Scened, double: Double, kind: str, status: int
) -> None:
    """lakeFS hands on what it broke at; nothing was done, whatever its status."""
    event = "pre-commit" if kind == "commit" else "pre-merge"
    said = f"{event} hook aborted, run id '0': 1 error occurred: no such script"

    def act(request: Request) -> Answer | None:
        if request.kind != kind:
            return None
        return Answer(status, json.dumps({"message": said}).encode())

    double.act = act
    begun.refused(15, "error[lakefs-refused]", "no such script")
    assert begun.scene.holds("main") == begun.stood
    double.act = None
    begun.ends_well()


def test_a_hook_refuses_the_commit(begun: Scened) -> None:
    begun.look.put(
        "_lakefs_actions/freeze.yaml",
        FROZEN.replace(b"pre-merge", b"pre-commit").replace(b"[main]", b'["wombat-*"]'),
    )
    begun.look.commit()
    begun.refused(15, "error[lakefs-refused]", "orders are frozen until Monday")
    begun.look.delete("_lakefs_actions/freeze.yaml")
    begun.look.commit()
    begun.ends_well(patient=True)


def test_a_protected_branch_is_merged_into(begun: Scened) -> None:
    """lakeFS lets nobody write to it, and merges."""
    begun.look.protect("main")
    begun.ends_well()


def test_protected_branches_of_runs(begun: Scened) -> None:
    begun.look.protect("wombat-*")
    said = begun.refused(15, "error[lakefs-refused]", "cannot write to protected branch")
    assert "the branch wombat-shop-" in said
    assert "is protected by the rule 'wombat-*', so lakeFS refuses fs:WriteObject" in said
    assert "store policy" not in said
    begun.look.protect()
    begun.ends_well(patient=True)


def test_a_token_is_over(begun: Scened, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LAKECTL_CREDENTIALS_ACCESS_KEY_ID", "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    token = "LAKECTL_CREDENTIALS_SESSION_TOKEN"
    monkeypatch.setenv(token, "none-of-the-server")
    said = begun.refused(13, "error[lakefs-credentials]", "get a new token")
    assert "none-of-the-server" not in said
    monkeypatch.setenv(token, begun.look.token())
    begun.ends_well()


def test_a_token_ends_at_any_request(begun: Scened) -> None:
    for kind in ("listObjects", "uploadObject", "commit", "mergeIntoBranch"):
        over: list[str] = []

        def act(asked: Asked, kind: str = kind, over: list[str] = over) -> str | None:
            over += [kind] if asked.kind == kind else []
            return STRANGER if over else None

        begun.scene.gate.forget(act)
        begun.refused(13, "error[lakefs-credentials]", "error authenticating request")
        assert over
    begun.ends_well()


def test_a_file_of_others_stands_there(begun: Scened) -> None:
    begun.look.put(ONE, b"1")
    begun.look.commit()
    begun.refused(15, "error[lakefs-foreign]", ONE, "nothing was written")
    assert begun.scene.gate.counts()["createBranch"] == 0
    begun.look.delete(ONE)
    begun.look.commit()
    begun.ends_well()


def test_a_repository_that_is_gone(begun: Scened) -> None:
    begun.look.forget()
    begun.refused(17, f"lakefs://{begun.scene.lake.repository}/main/ isn't there", "publish.lakefs")
    begun.look.remake()
    begun.ends_well()


def test_the_run_branch_goes_once_it_was_there(begun: Scened) -> None:
    """Another process that does the same had just ended."""
    branch = "wombat-shop-run-2"
    begun.look.branch(branch)
    waiting = [branch]

    def act(asked: Asked) -> None:
        # What is asked of the branch after lakeFS said that there is one already.
        if waiting and asked.kind == "getCommit" and asked.places[-1] == branch:
            waiting.clear()
            begun.look.drop(branch)

    begun.scene.gate.forget(act)
    assert begun.sync()[0] == 0
    assert not waiting
    begun.ends_well()


def test_a_repository_goes_meanwhile(begun: Scened) -> None:
    begun.before("commit", begun.look.forget)
    begun.refused(17, "publish.lakefs")
    begun.look.remake()
    begun.ends_well()
