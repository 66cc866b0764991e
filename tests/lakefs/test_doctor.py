"""`wombat doctor` where runs are shown in lakeFS: what it says, and that it changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.lakefs.rights import wired
from wombat.api.doctor_lakefs import look_at_shown
from wombat.api.session import open_session
from wombat.store.lakefs import looking
from wombat.store.lakefs.client import Client
from wombat.store.lakefs.login import find_login
from wombat.store.lakefs.objects import write
from wombat.store.lakefs.policy import LakePlace, showing
from wombat.store.lakefs.versions import branches, commit, commit_of, uncommitted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.lakefs.conftest import Lake

Told = list[tuple[str, str]]


@pytest.fixture
def told(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Told]:
    """What is said of `publish.lakefs`: states and texts; the credential is never among them."""
    for name in ("GITLAB_CI", "CI", "GITHUB_ACTIONS", "WOMBAT_ZONE"):
        monkeypatch.delenv(name, raising=False)

    def look(**words: Any) -> Told:
        said = {"repository": lake.repository, "path": "data"} | words
        lines = "".join(f"\n    {key}: '{value}'" for key, value in said.items())
        (tmp_path / "wombat.yml").write_text(f"project: shop\npublish:\n  lakefs:{lines}\n")
        found = list(look_at_shown(open_session(tmp_path)))
        assert not any(lake.secret in f"{one.text}{one.hint}" for one in found)
        return [(one.state, one.text) for one in found]

    return look


def client(lake: Lake) -> Client:
    return Client(lake.repository, find_login(None))


def state(lake: Lake) -> tuple[Any, ...]:
    asking = client(lake)
    return (list(branches(asking)), list(uncommitted(asking, "main")), commit_of(asking, "main"))


def test_all_is_well_and_nothing_is_changed(lake: Lake, told: Callable[..., Told]) -> None:
    before = state(lake)
    (server, target, protection, rights) = told()
    assert server[0] == "good"
    assert server[1].startswith(f"lakeFS 1.84.0 at {lake.endpoint}, asked by admin, ")
    assert server[1].endswith(" LAKECTL_CREDENTIALS_ACCESS_KEY_ID")
    commit = before[2].id[:12]
    assert target == ("good", f"lakefs://{lake.repository}/main/data: main at {commit}")
    assert protection[0] == "note"
    assert "main isn't protected" in protection[1]
    assert rights == ("good", "these credentials may show runs on main")
    assert state(lake) == before


def test_what_would_stop_a_merge(lake: Lake, told: Callable[..., Told]) -> None:
    asking = client(lake)
    script = "hooks: [{id: look, type: lua, properties: {script: print(1)}}]"
    hook = f"name: audit\non: {{pre-create-tag: {{}}}}\n{script}\n".encode()
    write(asking, "main", "_lakefs_actions/audit.yaml", hook, size=len(hook))
    commit(asking, "main", "a hook", {})
    write(asking, "main", "left", b"x", size=1)
    found = told()
    assert ("note", "hooks of main may refuse a run: audit.yaml") in found
    assert (
        "wrong",
        "main has uncommitted changes: nothing is merged until they are committed",
    ) in found


def test_which_branches_are_protected(lake: Lake, told: Callable[..., Told]) -> None:
    place = f"/repositories/{lake.repository}/settings/branch_protection"
    with lake.raw as raw:
        assert raw.ask("PUT", place, tree=[{"pattern": "main"}]).status == 204
        assert ("good", "main is protected by the rule 'main': it takes merges alone") in told()
        assert raw.ask("PUT", place, tree=[{"pattern": "*"}]).status == 204
    said = "the rule '*' protects the branches of runs, too: none can be written"
    assert ("wrong", said) in (found := told())
    assert found[-1] == ("good", "these credentials may show runs on main")


def test_what_is_not_there(
    lake: Lake, told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    (_, (state, text)) = told(branch="production")
    assert (state, "/production is not in lakeFS" in text) == ("wrong", True)
    (_, (state, text)) = told(repository="nothing-here")
    assert (state, "nothing-here/main is not in lakeFS" in text) == ("wrong", True)
    monkeypatch.setenv("LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY", "another")
    ((state, text),) = told()
    assert (state, "doesn't know who asks" in text) == ("wrong", True)
    monkeypatch.delenv("LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY")
    ((state, text),) = told()
    assert (state, "nothing says who asks" in text) == ("wrong", True)


def test_a_server_that_wombat_yml_names_is_asked_nothing(told: Callable[..., Told]) -> None:
    ((state, text),) = told(endpoint="https://lakefs.example.com")
    assert state == "wrong"
    assert "nothing of yours says that this server may be sent your login" in text


def test_rights_that_are_lacking_are_named(
    lake: Lake, told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, place = wired(monkeypatch), LakePlace(lake.repository, "main", "data")
    wire.document = showing(place, "publisher")
    found = told()
    assert found[-1] == ("good", "these credentials may show runs on main")
    assert found[2][1].startswith("can't be seen: which branches are protected: branches:Get")
    wire.document = showing(place, "consumer")
    found = told()
    state, text = found[-1]
    assert state == "note"
    lacking = (
        "WriteObject DeleteObject CreateBranch DeleteBranch CreateCommit ListCommits ListBranches"
    )
    assert all(f"fs:{one} on" in text for one in lacking.split())
    assert "fs:ReadObject on" not in text


def test_an_untrusted_job_must_not_move_the_target(
    lake: Lake, told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WOMBAT_ZONE", "u")
    assert told()[-1] == ("wrong", "an untrusted job's credentials may move main")
    write(client(lake), "main", "left", b"x", size=1)  # now every merge is refused, to anybody
    found = told()
    assert found[-1] == ("wrong", "an untrusted job's credentials may move main")
    assert any(text.startswith("main has uncommitted changes") for _, text in found)
    wire = wired(monkeypatch)
    wire.document = showing(LakePlace(lake.repository, "main", "data"), "consumer")
    (state, text) = told()[-1]
    assert (state, "they lack fs:ListBranches" in text) == ("note", True)


@pytest.mark.parametrize(
    ("version", "state"),
    [("1.71.9", "note"), ("1.72.0", "good"), ("v2.0.0", "good"), ("dev-1a2b", "good")],
)
def test_the_oldest_server(
    version: str, state: str, told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = looking.Server(version, "lakeFS", "ana")
    monkeypatch.setattr(looking, "server_of", lambda _: found)
    assert told()[0][0] == state
