"""What answers isn't lakeFS: a page to sign in, its own pages, another server of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.lakefs.double import Answer, Double
from wombat.api.doctor_lakefs import look_at_shown
from wombat.api.session import open_session
from wombat.cli.entry import run as wombat
from wombat.errors import OutcomeUnknown, SourceUnreachable, StoreUnreachable
from wombat.executor.outside.lakefs import SCHEME
from wombat.store.lakefs import objects, versions
from wombat.store.lakefs.client import Client
from wombat.store.lakefs.login import find_login

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

REPOSITORY: Final = "lake-of-others"
_HTML: Final = {"Content-Type": "text/html"}
ANSWERS: Final = {
    "a page to sign in": Answer(200, b"<!doctype html><title>sign in</title>", _HTML),
    "a page that is made": Answer(201, b"\n<html></html>", _HTML),
    "elsewhere": Answer(302, b"", {"Location": "https://sign-in.example.com"}),
    "nothing": Answer(200, b""),
    "other JSON": Answer(200, b'{"status": "ok"}', {"Content-Type": "application/json"}),
    "a list": Answer(201, b"[]", {"Content-Type": "application/json"}),
    "a proxy's 401": Answer(401, b"<html>who are you?</html>", _HTML),
    "a proxy's 404": Answer(404, b"404 page not found\n", {"Content-Type": "text/plain"}),
    "a proxy's 400": Answer(400, b"<html>no</html>", _HTML),
    "a proxy's 413": Answer(413, b"<html>too large</html>", _HTML),
}
ASKS: Final[dict[str, Callable[[Client], object]]] = {
    "stat": lambda client: objects.stat(client, "main", "f"),
    "listing": lambda client: list(objects.listing(client, "main", "")),
    "read": lambda client: objects.read(client, "main", "f"),
    "a range": lambda client: objects.read(client, "main", "f", 1, 2),
    "write": lambda client: objects.write(client, "main", "f", b"f", size=1),
    "delete": lambda client: objects.delete(client, "main", ["f"]),
    "commit_of": lambda client: versions.commit_of(client, "main"),
    "branches": lambda client: list(versions.branches(client)),
    "delete_branch": lambda client: versions.delete_branch(client, "x"),
}


@pytest.fixture
def foreign(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[[Answer], Double]]:
    """A server that answers everything so, which the surroundings name."""
    double = Double()
    monkeypatch.setenv("LAKECTL_CONFIG_FILE", str(tmp_path / "none.yaml"))
    monkeypatch.setenv("LAKECTL_SERVER_ENDPOINT_URL", double.endpoint)
    monkeypatch.setenv("LAKECTL_CREDENTIALS_ACCESS_KEY_ID", double.key)
    monkeypatch.setenv("LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY", double.secret)
    monkeypatch.delenv("LAKECTL_CREDENTIALS_SESSION_TOKEN", raising=False)
    for name in ("GITLAB_CI", "CI", "GITHUB_ACTIONS", "WOMBAT_STORE", "WOMBAT_ZONE"):
        monkeypatch.delenv(name, raising=False)

    def answering(answer: Answer) -> Double:
        double.act = lambda _: answer
        return double

    yield answering
    double.close()


@pytest.mark.parametrize("what", ANSWERS)
def test_it_is_said_to_be_none_and_asked_once(
    what: str, foreign: Callable[[Answer], Double]
) -> None:
    double = foreign(ANSWERS[what])
    client = Client(REPOSITORY, find_login(None))
    for number, (name, ask) in enumerate(ASKS.items(), 1):
        with pytest.raises(StoreUnreachable, match="isn't lakeFS") as told:
            ask(client)
        assert type(told.value) is StoreUnreachable, name
        assert told.value.code == "lakefs-unreachable"
        assert told.value.hint is not None
        assert "look at the endpoint" in told.value.hint
        assert double.count() == number, name


@pytest.mark.parametrize("what", ANSWERS)
def test_what_moves_a_branch_may_have_moved_it(
    what: str, foreign: Callable[[Answer], Double]
) -> None:
    """A page may come in the place of lakeFS's own answer."""
    double = foreign(ANSWERS[what])
    client = Client(REPOSITORY, find_login(None))
    with pytest.raises(OutcomeUnknown):
        versions.commit(client, "main", "message", {})
    with pytest.raises(OutcomeUnknown):
        versions.merge(client, "x", "main", "message", {})
    assert double.count() == 2


def test_a_branch_is_not_made_by_a_page(foreign: Callable[[Answer], Double]) -> None:
    for what in ("a page to sign in", "a page that is made", "nothing", "other JSON"):
        foreign(ANSWERS[what])
        with pytest.raises(StoreUnreachable, match="isn't lakeFS"):
            versions.create_branch(Client(REPOSITORY, find_login(None)), "x", "main")


def test_the_verbs_say_it(
    foreign: Callable[[Answer], Double],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    foreign(ANSWERS["a page to sign in"])
    place = f"lakefs://{REPOSITORY}/main"
    root = tmp_path / "shop"
    root.mkdir()
    shown = f"project: shop\npublish: {{lakefs: {{repository: {REPOSITORY}}}}}\n"
    (root / "wombat.yml").write_text(shown)

    def refused(*words: str) -> str:
        assert wombat([*words, "-C", str(root)]) == 13, words
        said = capsys.readouterr()
        assert "error[lakefs-unreachable]" in said.err, words
        return said.err

    assert "without /ui" in refused("pull", f"{place}/x/", "-o", "z")
    refused("store", "probe", f"{place}/x")
    (found,) = look_at_shown(open_session(root))
    assert (found.state, "isn't lakeFS" in found.text) == ("wrong", True)
    assert "look at the endpoint" in str(found.hint)
    monkeypatch.setenv("WOMBAT_STORE", f"{place}/x")
    refused("ls")
    assert wombat(["doctor", "-C", str(root)]) == 1
    assert "isn't lakeFS" in capsys.readouterr().out


def test_a_source_there_can_not_be_had(foreign: Callable[[Answer], Double]) -> None:
    foreign(ANSWERS["a page to sign in"])
    with pytest.raises(SourceUnreachable, match="isn't lakeFS") as told:
        SCHEME.look(f"lakefs://{REPOSITORY}/main/data/")
    assert "look at the endpoint" in str(told.value.hint)
