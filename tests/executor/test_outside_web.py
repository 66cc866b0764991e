"""Outside data over http: what tells its states apart, what is fetched, what is never asked."""

from __future__ import annotations

import subprocess
import tracemalloc
from pathlib import Path

import pytest

from tests.executor.web import site
from wombat.errors import (
    Absent,
    CheckFailed,
    DiskFault,
    SourceDenied,
    SourceUnreachable,
    UsageFault,
)
from wombat.executor.outside import web
from wombat.executor.outside.https import Web
from wombat.executor.outside.identity import Seen, content_digest, file_name
from wombat.executor.outside.web import Patience

CHANGED = {"Last-Modified": "Sat, 21 Nov 2026 10:00:00 GMT"}
QUICK = Web(Patience(first=0.01))
BRIEF = Web(Patience(first=0.01, silence=2))


@pytest.fixture
def there():
    with site() as one:
        yield one


def fetched(url, then, folder, scheme=QUICK):
    scheme.fetch(url, then, folder / "it")
    return (folder / "it").read_bytes()


def test_an_etag_else_the_time_of_the_change(there, tmp_path):
    url = there.put(b"a,b\n", etag='"one"', headers=CHANGED)
    assert QUICK.look(url) == Seen('"one"', None, "2026-11-21T10:00:00Z", 4)
    assert there.asked == ["HEAD /data.csv"]
    assert fetched(url, QUICK.look(url).to_json(), tmp_path) == b"a,b\n"
    url = there.put(b"a,b\n", headers=CHANGED)
    assert QUICK.look(url) == Seen(None, None, "2026-11-21T10:00:00Z", 4)
    url = there.put(b"a,b\n", headers={"Last-Modified": "long ago"})
    assert QUICK.look(url) == Seen(size=4)
    assert "Authorization" not in there.heard[0]


@pytest.mark.parametrize(
    ("now", "same"),
    [
        ({"etag": '"one"'}, True),
        ({"etag": 'W/"one"'}, True),
        ({"etag": '"two"'}, False),
        ({"headers": CHANGED}, False),
    ],
)
def test_what_moved_meanwhile_isnt_fetched(there, tmp_path, now, same):
    url = there.put(b"new", **now)
    if same:
        assert fetched(url, {"etag": '"one"'}, tmp_path) == b"new"
        return
    with pytest.raises(CheckFailed) as caught:
        fetched(url, {"etag": '"one"'}, tmp_path)
    assert caught.value.code == "source-moved"
    assert not (tmp_path / "it").exists()


def test_without_an_etag_time_and_size_are_compared(there, tmp_path):
    then = {"modified": "2026-11-21T10:00:00Z", "size": 3}
    url = there.put(b"new", headers=CHANGED)
    assert fetched(url, then, tmp_path) == b"new"
    there.put(b"newer", headers=CHANGED)
    with pytest.raises(CheckFailed):
        fetched(url, then, tmp_path)
    there.put(b"new", headers=CHANGED, chunked=True)  # its size is only known at its end
    assert fetched(url, then, tmp_path) == b"new"
    there.put(b"newer", headers=CHANGED, chunked=True)
    with pytest.raises(SourceUnreachable):
        fetched(url, then, tmp_path)
    del there.pages["/data.csv"]
    with pytest.raises(CheckFailed, match="is gone"):
        fetched(url, then, tmp_path)


@pytest.mark.parametrize(
    ("fault", "said"),
    [(503, "is 503"), (429, "is 429"), ("cut", "less came"), ("silent", "in time")],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_what_passes_is_tried_again(there, tmp_path, fault, said, chunked):
    url = there.put(b"x" * 1000, etag='"1"', chunked=chunked, faults=[fault])
    assert fetched(url, {"etag": '"1"'}, tmp_path, BRIEF) == b"x" * 1000
    assert len(there.asked) == 2
    there.put(b"x" * 1000, etag='"1"', chunked=chunked, faults=[fault] * 9)
    silence = 0.05 if fault == "silent" else 30.0
    with pytest.raises(SourceUnreachable, match=said) as caught:
        fetched(url, {"etag": '"1"'}, tmp_path, Web(Patience(tries=2, first=0.01, silence=silence)))
    assert len(there.asked) == 4
    assert caught.value.exit_code == 13


def test_what_stays_is_told_at_once(there):
    for status, kind, code in (
        (404, Absent, "source-absent"), (410, Absent, "source-absent"),
        (401, SourceDenied, "source-denied"), (418, SourceUnreachable, "source-unreachable"),
    ):  # fmt: skip
        there.asked.clear()
        with pytest.raises(kind) as caught:
            QUICK.look(there.put(b"", status=status) + "?key=value")
        assert caught.value.code == code
        assert "value" not in str(caught.value)
        assert len(there.asked) == 1
    there.put(b"", status=503, headers={"Retry-After": "3600"})
    with pytest.raises(SourceUnreachable, match="3,600 seconds"):
        QUICK.look(there.url())


def test_a_server_without_head_is_asked_by_get(there):
    url = there.put(b"x" * 10, etag='"1"', only=("GET",))
    assert QUICK.look(url).etag == '"1"'
    assert there.asked == ["HEAD /data.csv", "GET /data.csv"]


def test_a_source_that_drips_is_given_up(there, tmp_path):
    url = there.put(b"x" * 30, etag='"1"', drip=0.01)
    with pytest.raises(SourceUnreachable, match="in time"):
        fetched(url, {"etag": '"1"'}, tmp_path, Web(Patience(tries=1), window=0.1))
    assert fetched(url, {"etag": '"1"'}, tmp_path, Web(window=10, slowest=1)) == b"x" * 30


def test_a_full_disk_is_no_fault_of_the_network(there):
    for size in (10, 1 << 20):  # told at the end, or at once
        url = there.put(bytes(size), etag='"1"')
        with pytest.raises(DiskFault, match="no space left"):
            QUICK.fetch(url, {"etag": '"1"'}, Path("/dev/full"))
    assert len(there.asked) == 2


def test_certificates_are_looked_at(tmp_path, monkeypatch):
    subject = ["-subj", "/CN=data", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    files = ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "certificate")]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run(
        ["openssl", "req", "-x509", *kind, *subject, *files], check=True, capture_output=True
    )
    with site((tmp_path / "certificate", tmp_path / "key")) as there:
        url = there.put(b"x", etag='"1"').replace("http:", "https:")
        with monkeypatch.context() as patch:
            patch.setattr(web, "pause", None)  # it is of no use to try again
            with pytest.raises(SourceUnreachable, match="certificate isn't trusted"):
                QUICK.look(url)
        assert there.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate"))
        assert fetched(url, QUICK.look(url).to_json(), tmp_path) == b"x"
        monkeypatch.setattr(web, "forbidden", lambda host: host == "127.0.0.1")
        with pytest.raises(UsageFault):
            QUICK.look(url.replace("127.0.0.1", "localhost"))
        assert len(there.asked) == 2


def test_memory_stays_small(there, tmp_path):
    url = there.put(bytes(30 << 20), etag='"1"')
    tracemalloc.start()
    try:
        QUICK.fetch(url, {"etag": '"1"'}, tmp_path / "it")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "it").stat().st_size == 30 << 20
    assert peak < 30 << 20  # the server's own copy was made before


def test_redirects_are_followed_a_few_times(there):
    there.put(b"", "/a", status=302, headers={"Location": "/b"})
    there.put(b"", "/b", status=308, headers={"Location": there.url()})
    there.put(b"here", etag='"1"')
    assert QUICK.look(there.url("/a")).etag == '"1"'
    there.put(b"", "/b", status=301, headers={"Location": "/a"})
    there.asked.clear()
    with pytest.raises(SourceUnreachable, match="more than 5 times"):
        QUICK.look(there.url("/a"))
    assert len(there.asked) == web.HOPS + 1


@pytest.mark.parametrize(
    ("to", "error", "said"),
    [
        ("http://169.254.169.254/latest/meta-data", UsageFault, "metadata"),
        ("http://[fe80::1]/", UsageFault, "metadata"),
        ("http://metadata.google.internal/", UsageFault, "metadata"),
        ("http://0xa9fea9fe/", UsageFault, "metadata"),
        ("ftp://127.0.0.1/", SourceUnreachable, "no address of the web"),
        ("file:///etc/passwd", SourceUnreachable, "no address of the web"),
        ("http://user:word@127.0.0.1/", SourceUnreachable, "a credential in it"),
        ("http://[", SourceUnreachable, "no address"),
        ("http://a..b/", SourceUnreachable, "connection failed"),
        ("", SourceUnreachable, "more than 5 times"),
    ],
)
def test_redirects_lead_to_data_alone(there, to, error, said):
    there.put(b"", status=302, headers={"Location": to})
    with pytest.raises(error, match=said) as caught:
        QUICK.look(there.url())
    assert "word" not in str(caught.value)
    assert len(there.asked) <= web.HOPS + 1


@pytest.mark.parametrize(
    ("here", "to"),
    [("https://data.example.com/x", "http://data.example.com/x"),
     ("http://data.example.com/x", "http://127.0.0.1/x"),
     ("https://data.example.com/x", "https://localhost:9/x")],
)  # fmt: skip
def test_redirects_never_lead_to_less(there, here, to):
    class Answer:
        headers = {"location": to}

    with pytest.raises((UsageFault, SourceUnreachable)):
        web._next(here, here, Answer())


def test_a_name_that_leads_to_metadata_isnt_asked(there, monkeypatch):
    """What counts is the number that is spoken to: a name may become another between two looks."""
    there.put(b"x", etag='"1"')
    monkeypatch.setattr(web, "forbidden", lambda host: host == "127.0.0.1")
    url = there.url().replace("127.0.0.1", "localhost")
    with pytest.raises(UsageFault) as caught:
        QUICK.look(url)
    assert caught.value.code == "source-refused"
    assert there.asked == []


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a/b/c.csv", "c.csv"),
        ("https://a/b/c%20d.csv?x=1", "c d.csv"),
        ("https://a/b/", "data"),
        ("https://a", "data"),
        ("https://a/..", "data"),
        ("https://a/%2e%2e%2fx", "data"),
        ("https://a/b%2Fc", "data"),
        ("https://a/%00", "data"),
        ("s3://a/b/c.csv?region=x", "c.csv"),
    ],
)
def test_the_file_is_called_as_the_address_ends(url, name):
    assert file_name(url) == name


def test_the_key_is_of_what_was_seen_not_of_when():
    one = {"etag": '"1"', "size": 3, "observed": "2026-11-21T10:00:00Z"}
    other = one | {"observed": "2026-11-22T10:00:00Z", "size": 4, "etag": 'W/"1"'}
    assert content_digest("https://a/b", one) == content_digest("https://a/b", other)
    changed = [one | {"etag": '"2"'}, {"version": "1"}, {"modified": "x", "size": 3}, {}]
    changed += [{"modified": "x", "size": 4}, {"modified": "y", "size": 3}, {"observed": "x"}]
    digests = {content_digest("https://a/b", seen) for seen in [one, *changed]}
    digests.add(content_digest("https://a/c", one))
    assert len(digests) == len(changed) + 2
