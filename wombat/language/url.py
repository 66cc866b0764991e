"""Addresses of outside data, as they may be written: `https://…`, `http://…`, `s3://…`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator

from wombat.language.scalars import Words, mistake

if TYPE_CHECKING:
    from urllib.parse import SplitResult

SCHEMES: Final = ("https", "http", "s3")
S3_WORDS: Final = ("endpoint", "region", "path_style", "allow_http")
_PLAIN: Final = re.compile(r"[\x21-\x7e]{1,2000}")
_SECRET: Final = re.compile(
    r"(?i)x-(amz|goog)-(signature|credential|security-token)|sig|signature|password|passwd|secret"
    r"|((access|private|job|auth|id|refresh)[-_]?)?token|api[-_]?key|awsaccesskeyid"
)
"""Words of a query whose values let somebody in."""


def _url(text: str) -> str:
    parts = _split(text)
    if "@" in parts.netloc:
        raise _credentials("a user or a password")
    words = [word for word, _ in parse_qsl(parts.query, keep_blank_values=True)]
    if any(_SECRET.fullmatch(word) for word in words):
        raise _credentials("a token or a signature")
    if parts.fragment or "#" in text:
        raise _invalid("the address has a fragment, which no server sees")
    if parts.scheme == "s3":
        _check_s3(parts, words)
    return text


def _split(text: str) -> SplitResult:
    if not _PLAIN.fullmatch(text):
        raise _invalid(
            "the address isn't plain ASCII, or longer than 2,000", "write a blank as %20"
        )
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _invalid("the address can't be read") from None
    if parts.scheme not in SCHEMES or not host:
        raise _invalid("the address is of no kind that is known")
    return parts


def _check_s3(parts: SplitResult, words: list[str]) -> None:
    if not parts.path.strip("/") or parts.path.endswith("/"):
        raise _invalid("the address names no object", "one file: s3://BUCKET/FOLDER/FILE")
    for word in words:
        if word not in S3_WORDS:
            raise _invalid(
                f"the address has the word '{word[:40]}'", f"known are {', '.join(S3_WORDS)}"
            )


def _invalid(what: str, hint: str | None = None) -> Exception:
    return mistake(
        "invalid-url",
        f"{what}; expected https://HOST/PATH or s3://BUCKET/KEY",
        hint,
    )


def _credentials(what: str) -> Exception:
    return mistake(
        "url-credentials",
        f"the address holds {what}; expected one without",
        "git keeps it for everybody: make it invalid at its server, and let the environment of the "
        "jobs say who they are",
    )


Url = Annotated[Words, AfterValidator(_url)]
