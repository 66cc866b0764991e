"""`wombat doctor` where the store is in lakeFS: what these credentials may do there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lakefs.rights import wired
from wombat.api.doctor_lakefs import look_at_store
from wombat.api.session import open_session
from wombat.errors import StoreDenied
from wombat.store.lakefs.client import Client
from wombat.store.lakefs.login import find_login
from wombat.store.lakefs.objects import listing
from wombat.store.lakefs.policy import LakePlace, permissions
from wombat.store.lakefs.versions import branches

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.lakefs.conftest import Lake
    from tests.lakefs.double import Double
    from wombat.store.reach import Role

Told = dict[str, tuple[str, str]]
PRESIGNED = "bytes go to its storage directly, by signed addresses"
THROUGH = "its storage has no signed addresses: all bytes go through lakeFS"


@pytest.fixture
def told(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Told]:
    """States and texts in a zone, to who has the rights of a role, or all: nothing is written."""
    for name in ("GITLAB_CI", "CI", "GITHUB_ACTIONS", "WOMBAT_STORE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "wombat.yml").write_text("project: shop\n")
    place, wire = LakePlace(lake.repository, "main", "kept"), wired(monkeypatch)

    def look(zone: str, role: Role | None = None) -> Told:
        monkeypatch.setenv("WOMBAT_ZONE", zone)
        wire.document = permissions(place, role, "shop", ()) if role else None
        address = f"lakefs://{lake.repository}/main/kept"
        found = list(look_at_store(open_session(tmp_path), address))
        assert not any(lake.secret in f"{one.text}{one.hint}" for one in found)
        wire.document = None
        client = Client(lake.repository, find_login(None))
        assert not list(listing(client, "main", ""))
        assert [name for name, _ in branches(client)] == ["main"]
        server, signed, *others = found
        assert server.text.startswith(f"lakeFS 1.84.0 at {lake.endpoint}, asked by ")
        assert {server.about, signed.about} == {"store"}
        return {one.about: (one.state, one.text) for one in (signed, *others)}

    return look


def test_who_may_do_all(told: Callable[..., Told], lake: Lake) -> None:
    signed = {("note", THROUGH), *([("good", PRESIGNED)] if lake.real else [])}
    found = told("local")
    assert found.pop("store") in signed
    assert found == {"writing": ("good", "these credentials write local/shop")}
    found = told("u")
    assert found.pop("store") in signed
    intruding = "an untrusted job's credentials may write t/shop, which production uses"
    assert found == {
        "writing": ("good", "these credentials write u/shop"),
        "deleting": ("note", "these credentials may delete in u/shop; only gc's should"),
        "other zone": ("wrong", intruding),
    }
    relying = "a trusted job's credentials may read u/shop; they need not"
    assert told("t")["other zone"] == ("note", relying)


def test_who_may_do_what_a_role_may(told: Callable[..., Told]) -> None:
    found = told("u", "untrusted")
    assert found["writing"] == ("good", "these credentials write u/shop")
    assert "deleting" not in found
    assert found["other zone"] == ("good", "t/shop can't be written from here")
    found = told("t", "trusted")
    assert found["writing"] == ("good", "these credentials write t/shop")
    assert "deleting" not in found
    assert found["other zone"] == ("good", "u/shop can't be read from here")
    found = told("t", "reader")
    assert found["writing"] == ("note", "these credentials only read t/shop")


def test_a_storage_with_signed_addresses(told: Callable[..., Told], double: Double) -> None:
    assert told("local")["store"] == ("note", THROUGH)
    double.presigns = True
    assert told("local")["store"] == ("good", PRESIGNED)


def test_who_isnt_known(told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(StoreDenied, match="doesn't know who asks"):
        told("local")
