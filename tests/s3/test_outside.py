"""Outside data in buckets: what tells its states apart; what was seen is what is fetched."""

from __future__ import annotations

import secrets

import pytest

from tests.s3.servers import BUCKET, client
from wombat.errors import Absent, CheckFailed, SourceDenied, SourceUnreachable, UsageFault
from wombat.executor.outside.s3 import Bucket
from wombat.store.s3.client import Patience

QUICK = Bucket(Patience(tries=2, pause=0.01))


class Place:
    """A key of a bucket at a server."""

    def __init__(self, server, bucket, key):
        self.bucket, self.key, self.endpoint = bucket, key, server.endpoint
        self.s3 = client(server.endpoint)

    @property
    def url(self):
        return f"s3://{self.bucket}/{self.key}?endpoint={self.endpoint}&region=us-east-1"

    def put(self, body):
        self.s3.put_object(Bucket=self.bucket, Key=self.key, Body=body)
        return QUICK.look(self.url)


@pytest.fixture
def place(servers):
    def at(kind, *, versions=False):
        server = servers(kind)
        found = Place(server, BUCKET, f"landing-{secrets.token_hex(4)}/customers.csv")
        if versions:
            found.bucket = f"versions-{secrets.token_hex(4)}"
            found.s3.create_bucket(Bucket=found.bucket)
            kept = {"Status": "Enabled"}
            found.s3.put_bucket_versioning(Bucket=found.bucket, VersioningConfiguration=kept)
        return found

    return at


def fetched(url, seen, folder):
    QUICK.fetch(url, seen.to_json(), folder / "it")
    return (folder / "it").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["moto", "seaweed", "rclone"])
def test_what_was_seen_is_fetched_or_nothing(place, tmp_path, kind):
    here = place(kind)
    seen = here.put(b"a,b\n" * 1_000_000)  # more than one piece
    assert (seen.size, seen.version) == (4_000_000, None)
    assert seen.etag
    assert fetched(here.url, seen, tmp_path) == b"a,b\n" * 1_000_000
    assert here.put(b"other").etag != seen.etag
    with pytest.raises(CheckFailed) as caught:
        fetched(here.url, seen, tmp_path)
    assert caught.value.code == "source-moved"
    assert here.put(b"a,b\n" * 1_000_000).etag == seen.etag  # the same again
    assert fetched(here.url, seen, tmp_path) == b"a,b\n" * 1_000_000
    here.s3.delete_object(Bucket=here.bucket, Key=here.key)
    with pytest.raises(CheckFailed, match="is gone"):
        fetched(here.url, seen, tmp_path)
    with pytest.raises(Absent) as absent:
        QUICK.look(here.url)
    assert absent.value.code == "source-absent"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["moto", "seaweed"])
def test_a_bucket_with_versions_gives_the_one_that_was_seen(place, tmp_path, kind):
    here = place(kind, versions=True)
    seen = here.put(b"first")
    assert seen.version
    here.put(b"second")
    assert fetched(here.url, seen, tmp_path) == b"first"
    here.s3.delete_object(Bucket=here.bucket, Key=here.key)
    assert fetched(here.url, seen, tmp_path) == b"first"
    here.s3.delete_object(Bucket=here.bucket, Key=here.key, VersionId=seen.version)
    with pytest.raises(CheckFailed, match="is gone"):
        fetched(here.url, seen, tmp_path)
    no_more = {"Status": "Suspended"}
    here.s3.put_bucket_versioning(Bucket=here.bucket, VersioningConfiguration=no_more)
    assert here.put(b"third").version is None  # the next one will overwrite it


@pytest.mark.slow
def test_keys_are_written_as_in_addresses(place, tmp_path):
    here = place("moto")
    here.key = "a folder/50%?#ü.csv"
    here.s3.put_object(Bucket=here.bucket, Key=here.key, Body=b"x")
    here.key = "a%20folder/50%25%3F%23%C3%BC.csv"
    assert fetched(here.url, QUICK.look(here.url), tmp_path) == b"x"


@pytest.mark.slow
def test_who_may_not_and_where_nobody_listens(place, monkeypatch):
    here = place("seaweed")
    here.put(b"x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(SourceDenied) as caught:
        QUICK.look(here.url)
    assert "another" not in str(caught.value)
    here.endpoint = "http://127.0.0.1:9"
    with pytest.raises(SourceUnreachable):
        QUICK.look(here.url)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("s3://data/x?endpoint=https://evil.example.com", "endpoint-not-allowed"),
        ("s3://data/x?endpoint=http://169.254.169.254", "store-address"),
        ("s3://data/x?endpoint=http://a.example.com", "store-address"),
        ("s3://D/x", "store-address"),
    ],
)
def test_servers_that_credentials_arent_for(url, code):
    with pytest.raises(UsageFault) as caught:
        QUICK.look(url)
    assert caught.value.code == code
    assert "wombat.yml" not in str(caught.value)


def test_a_name_that_leads_to_metadata_isnt_asked(monkeypatch):
    monkeypatch.setenv("WOMBAT_ALLOW_ENDPOINT", "data.example.com")
    monkeypatch.setattr("wombat.store.endpoint.resolved", lambda host: ("169.254.169.254",))
    with pytest.raises(UsageFault, match="metadata"):
        QUICK.look("s3://data/x?endpoint=https://data.example.com")
