"""`s3://bucket/prefix?endpoint=…`: where a store lies, and which endpoints are never spoken to."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from wombat.errors import UsageFault
from wombat.store.endpoint import endpoint_of, guard

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS: Final = ("endpoint", "region", "path_style", "allow_http", "role")
"""What may stand behind the `?` of an address."""
FORM: Final = "s3://BUCKET/PREFIX?endpoint=https://HOST&region=REGION"
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_STEP: Final = re.compile(r"[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,99}")
_REGION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}")
_ROLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9:/_+=,.@-]{2,2047}")
AMAZON: Final = (".amazonaws.com", ".amazonaws.com.cn")


@dataclass(frozen=True, slots=True)
class S3Address:
    """A bucket, the steps before every key (`a/b`, or nothing), and the server.

    Without `endpoint` the server is Amazon's of the region. It holds no credential.
    """

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    path_style: bool = False
    allow_http: bool = False
    role: str | None = None
    """The name of a role to take on, as `arn:aws:iam::123456789012:role/ci`; no secret."""

    @property
    def text(self) -> str:
        """The address that says all of it, whatever the environment says."""
        said = {
            "endpoint": self.endpoint,
            "region": self.region,
            "path_style": _flag_text(self.path_style),
            "allow_http": "true" if self.allow_http else None,
            "role": self.role,
        }
        query = urlencode({k: v for k, v in said.items() if v}, quote_via=quote, safe=":/")
        return f"s3://{self.bucket}{f'/{self.prefix}' if self.prefix else ''}?{query}"

    @property
    def server(self) -> str:
        """What people know the server by: its endpoint, or Amazon's region."""
        return self.endpoint or f"Amazon S3 in {self.region or 'us-east-1'}"

    def key(self, name: str) -> str:
        """A name of the store as a key of the bucket."""
        return f"{self.prefix}/{name}" if self.prefix else name

    def guard(self) -> None:
        """UsageFault where the endpoint's name leads to an address that is never spoken to.

        Asks the resolver, so it stands at the opening of a store and not at the parsing.
        """
        guard(self.endpoint)


def parse_address(text: str, environ: Mapping[str, str] | None = None) -> S3Address:
    """The address that is written; what it leaves out comes from the environment, as for AWS's
    own tools: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION.

    Raises UsageFault (`store-address`) for one that can't be meant or is never spoken to.
    """
    given = os.environ if environ is None else environ
    parts = _split(text)
    said = _words(parts.query)
    bucket, prefix = _bucket(parts.netloc), _prefix(parts.path)
    allow_http = _flag("allow_http", said.get("allow_http", "false"))
    endpoint = said.get("endpoint") or _first(given, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    endpoint = endpoint_of(endpoint, allow_http=allow_http) if endpoint else None
    region = said.get("region") or _first(given, "AWS_REGION", "AWS_DEFAULT_REGION")
    if region and not _REGION.fullmatch(region):
        raise _wrong("the region of the store's address is none", "expected one as eu-central-1")
    role = _role(said.get("role"))
    style = said.get("path_style")
    path_style = _flag("path_style", style) if style else _path_style(endpoint, bucket)
    return S3Address(bucket, prefix, endpoint, region or None, path_style, allow_http, role)


def acting(text: str, role: str | None) -> str:
    """The address with a role to take on, where it names none of its own."""
    if not role or "role" in _words(_split(text).query):
        return text
    return f"{text}{'&' if '?' in text else '?'}{urlencode({'role': role}, safe=':/')}"


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
    except ValueError:
        raise _wrong("the store's address can't be read", f"expected {FORM}") from None
    if parts.scheme != "s3" or parts.fragment or "@" in parts.netloc:
        # Nothing of it is repeated: people write keys there.
        raise _wrong(
            "the store's address has a part that is none of an S3 address",
            f"expected {FORM}; credentials come from the environment or AWS's own files",
        )
    return parts


def _words(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for word, value in parse_qsl(query, keep_blank_values=True):
        if word not in WORDS:
            near = difflib.get_close_matches(word, WORDS, 1)
            raise _wrong(
                "the store's address has a word that is unknown",
                f"did you mean {near[0]}?" if near else f"expected {', '.join(WORDS)}",
            )
        if word in found:
            raise _wrong(f"the store's address says {word} twice", "expected it once")
        found[word] = value
    return {word: value for word, value in found.items() if value}


def _bucket(text: str) -> str:
    if not _BUCKET.fullmatch(text) or ".." in text:
        raise _wrong(
            "the store's address names no bucket",
            "expected 3 to 63 of a-z, 0-9, '.' and '-', beginning and ending with one of a-z, 0-9",
        )
    return text


def _prefix(path: str) -> str:
    prefix = path.strip("/")
    if prefix and not all(_STEP.fullmatch(step) for step in prefix.split("/")):
        raise _wrong(
            "the folder in the store's address is none",
            "expected steps of letters, digits, '_', '-', '=' and '.', parted by single '/'",
        )
    return prefix


def _path_style(endpoint: str | None, bucket: str) -> bool:
    """Where a server isn't Amazon's, names of buckets are rarely names of hosts; and a dot in one
    is in no certificate."""
    host = urlsplit(endpoint).hostname if endpoint else None
    return "." in bucket or not (host is None or host.endswith(AMAZON))


def _role(text: str | None) -> str | None:
    if text and not _ROLE.fullmatch(text):
        raise _wrong("the role in the store's address is none", "expected its whole name, an ARN")
    return text


def _flag(word: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise _wrong(f"{word} in the store's address is neither true nor false", "write true")
    return text == "true"


def _flag_text(value: bool) -> str:
    return "true" if value else "false"


def _first(environ: Mapping[str, str], *names: str) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)


def _wrong(what: str, expected: str) -> UsageFault:
    return UsageFault(f"{what}; {expected}", code="store-address", hint=f"the form is {FORM}")
