"""Addresses of S3 stores: what they mean, and what is refused."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.errors import UsageFault
from wombat.store.s3.address import S3Address, parse_address

STEP = st.from_regex(r"[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,8}", fullmatch=True)
ADDRESSES = st.builds(
    S3Address,
    bucket=st.from_regex(r"[a-z0-9][a-z0-9-]{1,20}[a-z0-9]", fullmatch=True),
    prefix=st.lists(STEP, max_size=3).map("/".join),
    endpoint=st.sampled_from(
        [None, "https://s3.example.com", "http://127.0.0.1:9000", "https://[2001:db8::1]:9000/a/b"]
    ),
    region=st.sampled_from([None, "eu-central-1", "auto"]),
    path_style=st.booleans(),
    allow_http=st.booleans(),
)


@given(ADDRESSES)
def test_the_text_says_all_of_it(address: S3Address) -> None:
    elsewhere = {} if address.endpoint else {"AWS_ENDPOINT_URL": ""}
    assert parse_address(address.text, elsewhere) == address


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ("s3://artifacts", {}, S3Address("artifacts")),
        ("s3://artifacts/wombat/", {}, S3Address("artifacts", "wombat")),
        ("s3://a.b.c", {}, S3Address("a.b.c", path_style=True)),
        (
            "s3://artifacts",
            {"AWS_ENDPOINT_URL": "https://one.example", "AWS_DEFAULT_REGION": "r"},
            S3Address("artifacts", "", "https://one.example", "r", path_style=True),
        ),
        (
            "s3://artifacts?endpoint=https://two.example/&region=q&path_style=false",
            {"AWS_ENDPOINT_URL_S3": "https://one.example", "AWS_REGION": "r"},
            S3Address("artifacts", "", "https://two.example", "q"),
        ),
        (
            "s3://artifacts?endpoint=https://s3.eu-west-1.amazonaws.com",
            {},
            S3Address("artifacts", "", "https://s3.eu-west-1.amazonaws.com"),
        ),
        (
            "s3://artifacts?endpoint=http://minio.example&allow_http=true",
            {},
            S3Address("artifacts", "", "http://minio.example", None, True, True),
        ),
    ],
)
def test_what_an_address_means(text: str, environ: dict[str, str], expected: S3Address) -> None:
    assert parse_address(text, environ) == expected


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.169.254.",
        "169.254.0.1:8080",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[::ffff:169.254.169.254]",
        "[2002:a9fe:a9fe::]",
        "[64:ff9b::a9fe:a9fe]",
        "100.100.100.200",
        "metadata.google.internal",
        "METADATA.google.internal.",
    ],
)
def test_metadata_services_are_never_spoken_to(host: str) -> None:
    for scheme in ("https", "http"):
        text = f"s3://artifacts?endpoint={scheme}://{host}&allow_http=true"
        with pytest.raises(UsageFault, match="link-local or metadata") as caught:
            parse_address(text, {})
        assert caught.value.code == "store-address"


def test_a_name_that_leads_to_one_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(*args: object, **more: object) -> list[tuple[object, ...]]:
        ends = [("203.0.113.7", 443), ("169.254.169.254", 443)]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", end) for end in ends]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(UsageFault, match="leads to a link-local"):
        parse_address("s3://artifacts?endpoint=https://objects.example", {}).guard()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("s3://", "no bucket"),
        ("s3:artifacts", "no bucket"),
        ("s3://Artifacts", "no bucket"),
        ("s3://a..b", "no bucket"),
        ("s3://art:9000/x", "no bucket"),
        ("s3://artifacts/a//b", "folder"),
        ("s3://artifacts/../b", "folder"),
        ("s3://artifacts/%2e%2e/b", "folder"),
        ("s3://artifacts/.hidden", "folder"),
        ("s3://artifacts#x", "none of an S3 address"),
        ("s3://artifacts?endpont=https://x", "did you mean endpoint"),
        ("s3://artifacts?path_style=yes", "neither true nor false"),
        ("s3://artifacts?region=eu&region=us", "twice"),
        ("s3://artifacts?region=eu/../x", "region"),
        ("s3://artifacts?endpoint=ftp://x", "endpoint names no server"),
        ("s3://artifacts?endpoint=https://", "endpoint names no server"),
        ("s3://artifacts?endpoint=https://x:y", "can't be read"),
        ("s3://artifacts?endpoint=http://minio.example", "without TLS"),
        ("s3://[artifacts", "can't be read"),
    ],
)
def test_what_is_refused(text: str, match: str) -> None:
    with pytest.raises(UsageFault, match=match) as caught:
        parse_address(text, {})
    assert caught.value.code == "store-address"


@pytest.mark.parametrize(
    "text",
    [
        "s3://AKIDCANARY:SECRETCANARY@artifacts",
        "s3://artifacts?endpoint=https://AKIDCANARY:SECRETCANARY@minio.example",
        "s3://artifacts?secret_access_key=SECRETCANARY",
        "s3://artifacts?SECRETCANARY=x",
    ],
)
def test_a_credential_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageFault) as caught:
        parse_address(text, {})
    assert "CANARY" not in f"{caught.value!r} {caught.value} {caught.value.hint}"
