"""Who asks lakeFS: lakectl's variables, its file as it writes it, a token; and nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from wombat.errors import StoreDenied, UsageFault, WombatError
from wombat.store.lakefs.address import LakeAddress, parse_address
from wombat.store.lakefs.allowing import published_server
from wombat.store.lakefs.client import Client, open_client
from wombat.store.lakefs.login import (
    ENDPOINT,
    FILE,
    KEY,
    SECRET,
    TOKEN,
    find_login,
    servers,
    written_server,
)

WRITTEN: Final = Path(__file__).with_name("lakectl.yaml")
"""By `lakectl config` of lakeFS 1.84.0."""
HERE: Final = "https://lake.example.com"
OTHER: Final = "https://other.example.com"
FILED: Final = {FILE: str(WRITTEN)}
KEYS: Final = {KEY: "AKIAVAR", SECRET: "secret-of-variables"}
HIDDEN: Final = ("AKIAVAR", "secret-of-variables", "AKIAEXAMPLE", "secretexample", "tok-en")


def _shown(*things: object) -> str:
    return " ".join(f"{thing!r} {thing!s}" for thing in things)


def test_the_file_says_the_server_and_who_asks(tmp_path: Path) -> None:
    login = find_login(None, FILED)
    assert (login.endpoint, login.key, login.secret) == (HERE, "AKIAEXAMPLE", "secretexample")
    (tmp_path / ".lakectl.yaml").write_bytes(WRITTEN.read_bytes())
    assert find_login(None, {"HOME": str(tmp_path)}).key == "AKIAEXAMPLE"


def test_the_variables_come_before_the_file() -> None:
    login = find_login(None, {**FILED, **KEYS})
    assert (login.endpoint, login.key, login.secret) == (HERE, "AKIAVAR", "secret-of-variables")
    login = find_login(None, {**FILED, **KEYS, ENDPOINT: OTHER})
    assert (login.endpoint, login.key) == (OTHER, "AKIAVAR")


def test_a_token_is_one_too() -> None:
    login = find_login(None, {ENDPOINT: HERE, TOKEN: "tok-en", FILE: "/absent"})
    assert (login.token, login.key, login.secret) == ("tok-en", None, None)
    half = find_login(None, {ENDPOINT: HERE, TOKEN: "tok-en", KEY: "AKIAVAR", FILE: "/absent"})
    assert (half.token, half.key) == ("tok-en", None)


@pytest.mark.parametrize("near", ["https://lake.example.com/", "https://lake.example.com/api/v1"])
def test_the_same_server_in_other_words(near: str) -> None:
    assert find_login(near, FILED).endpoint == HERE


@pytest.mark.parametrize(
    "environ", [{**FILED, ENDPOINT: OTHER}, {FILE: "/absent", ENDPOINT: OTHER, KEY: "AKIAVAR"}]
)
def test_a_file_for_another_server_gives_nothing(environ: dict[str, str]) -> None:
    with pytest.raises(StoreDenied) as caught:
        find_login(None, environ)
    assert caught.value.code == "lakefs-credentials"
    assert not [word for word in HIDDEN if word in _shown(caught.value)]


def test_an_address_elsewhere_gets_nothing_of_the_file() -> None:
    with pytest.raises(StoreDenied):
        find_login("https://lake.example.com:8443", FILED)
    with pytest.raises(StoreDenied):
        find_login("https://lake.example.com.evil.example", FILED)


def test_no_server_is_named() -> None:
    with pytest.raises(UsageFault) as caught:
        find_login(None, {**KEYS, FILE: "/absent"})
    assert caught.value.code == "store-address"


@pytest.mark.parametrize("text", ["[", "just words", "- a\n- b", "", "server: words", "server: {}"])
def test_a_file_that_says_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(text)
    with pytest.raises(UsageFault) as caught:
        find_login(None, {FILE: str(file)})
    assert caught.value.code == ("lakefs-config" if text == "[" else "store-address")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageFault) as caught:
        find_login(None, {FILE: str(tmp_path)})
    assert caught.value.code == "lakefs-config"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000/api/v1/", True),
        ("http://lakefs:8000", True),
        ("http://lake.example.com", True),
        ("http://169.254.169.254", False),
        ("https://metadata.google.internal", False),
        ("https://user:word@lake.example.com", False),
        ("ftp://lake.example.com", False),
        ("lake.example.com", False),
    ],
)
def test_servers_that_are_spoken_to(text: str, right: bool) -> None:
    environ = {**KEYS, FILE: "/absent", ENDPOINT: text}
    if right:
        assert text.startswith(find_login(None, environ).endpoint)
        return
    with pytest.raises(UsageFault) as caught:
        find_login(None, environ)
    assert caught.value.code == "store-address"
    assert ENDPOINT in str(caught.value)
    assert "word" not in _shown(caught.value)


def test_without_tls_where_ones_own_surroundings_say_so(tmp_path: Path) -> None:
    """Servers within a cluster are spoken to so; what is written elsewhere has to be the same."""
    inner = "http://lakefs.internal:8000"
    file = tmp_path / "lakectl.yaml"
    keys = "credentials: {access_key_id: AKIAFILE, secret_access_key: s}"
    file.write_text(f"server: {{endpoint_url: '{inner}/api/v1'}}\n{keys}\n")
    for environ in ({**KEYS, ENDPOINT: inner, FILE: "/absent"}, {FILE: str(file)}):
        assert find_login(None, environ).endpoint == inner
        assert written_server(f"{inner}/", environ) == inner
        assert find_login(inner, environ).endpoint == inner
        for other in ("http://lakefs.internal", "http://other.internal:8000"):
            with pytest.raises(UsageFault, match="without TLS; expected https") as caught:
                written_server(other, environ, named=" of publish.lakefs")
            assert "the endpoint of publish.lakefs" in str(caught.value)
            assert written_server(other, environ, allow_http=True) == other
    assert written_server(inner.replace(".internal", ""), {FILE: "/absent"}) == "http://lakefs:8000"
    file.write_text("server: {endpoint_url: lakefs.internal}\n")
    with pytest.raises(UsageFault, match=f"the endpoint of {file} names no server"):
        find_login(None, {FILE: str(file)})
    assert find_login(None, {**KEYS, FILE: str(file), ENDPOINT: HERE}).endpoint == HERE


def test_publishing_speaks_to_the_servers_of_ones_own_surroundings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inner = "http://lakefs.internal:8000"
    for name, value in {**KEYS, FILE: "/absent", ENDPOINT: inner}.items():
        monkeypatch.setenv(name, value)

    def target(endpoint: str = "") -> str:
        server = published_server(endpoint) if endpoint else None
        return open_client(LakeAddress("lake", "main", endpoint=server)).server

    assert target() == target(inner) == target(f"{inner}/api/v1") == inner
    for other, said in (
        ("http://other.internal:8000", "the endpoint of publish.lakefs in wombat.yml: other.inter"),
        ("https://other.internal", "publish.lakefs in wombat.yml is at other.internal, and nothi"),
    ):
        with pytest.raises(UsageFault, match=said):
            target(other)
    monkeypatch.setenv(ENDPOINT, "lakefs.internal")
    with pytest.raises(UsageFault, match=f"the endpoint of {ENDPOINT} names no server"):
        target()


def test_the_servers_of_ones_own_surroundings() -> None:
    assert servers({**FILED, ENDPOINT: f"{OTHER}/api/v1/"}) == {HERE, OTHER}
    assert servers({FILE: "/absent"}) == frozenset()


def test_nothing_of_a_login_is_shown() -> None:
    for environ in (FILED, {**FILED, **KEYS}, {ENDPOINT: HERE, TOKEN: "tok-en", FILE: "/absent"}):
        login = find_login(None, environ)
        shown = _shown(login, Client("lake", login), Client("lake", login).ask)
        assert not [word for word in HIDDEN if word in shown]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("lakefs://lake/main", LakeAddress("lake", "main")),
        ("lakefs://lake/main/", LakeAddress("lake", "main")),
        ("lakefs://lake/main/a/b", LakeAddress("lake", "main", "a/b")),
        ("lakefs://lake/main~2/a%20b/%C3%BC", LakeAddress("lake", "main~2", "a b/ü")),
        ("lakefs://lake/v1.0/a", LakeAddress("lake", "v1.0", "a")),
        ("lakefs://lake/main@/a", LakeAddress("lake", "main@", "a")),
        ("lakefs://lake/main~^2~10/a", LakeAddress("lake", "main~^2~10", "a")),
        (
            "lakefs://lake/main/a?endpoint=https://lake.example.com",
            LakeAddress("lake", "main", "a", HERE),
        ),
        (
            "lakefs://lake/main?endpoint=http://lake.example.com&allow_http=true",
            LakeAddress("lake", "main", "", "http://lake.example.com", allow_http=True),
        ),
    ],
)
def test_right_addresses(text: str, address: LakeAddress) -> None:
    assert parse_address(text) == address
    assert parse_address(address.text) == address


@pytest.mark.parametrize(
    "text",
    [
        "lakefs://",
        "lakefs://lake",
        "lakefs://la/main",
        "lakefs://Lake/main",
        "lakefs://lake/-main",
        "lakefs://lake/ma in",
        "lakefs://lake/main$/x",  # what isn't committed has no commit
        "lakefs://lake/main~x/x",
        "lakefs://lake/main^1.5/x",
        "lakefs://lake/main@1/x",
        "lakefs://lake/main@~1/x",
        "lakefs://lake/main~1@/x",
        f"lakefs://lake/main~{'1' * 20}/x",
        f"lakefs://lake/{'m' * 250}~~~~~~/x",
        "lakefs://lake/main/../x",
        "lakefs://lake/main/%2e%2e/x",
        "lakefs://lake/main//x",
        "lakefs://lake/main/a%00b",
        "lakefs://lake/main/a%0Ab",
        "lakefs://key:word@lake/main",
        "lakefs://lake/main#x",
        "lakefs://lake/main?region=x",
        "lakefs://lake/main?endpoint=https://a.example&endpoint=https://b.example",
        "lakefs://lake/main?endpoint=http://a.example",
        "lakefs://lake/main?endpoint=https://key:word@a.example",
        "lakefs://lake/main?allow_http=perhaps",
        "s3://lake/main",
        f"lakefs://lake/main/{'x' * 1001}",
    ],
)
def test_wrong_addresses(text: str) -> None:
    with pytest.raises(WombatError) as caught:
        parse_address(text)
    assert caught.value.code == "store-address"
    assert "word" not in _shown(caught.value)
