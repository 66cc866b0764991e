"""Addresses of outside data, as they may be written: `https://…`, `http://…`, `s3://…`, `lakefs://…`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import AfterValidator

from wombat.language.scalars import Words, mistake, shown

if TYPE_CHECKING:
    from urllib.parse import SplitResult

LAKEFS: Final = "lakefs://"
SCHEMES: Final = ("https", "http", "s3", "lakefs")
S3_WORDS: Final = ("endpoint", "region", "path_style", "allow_http")
LAKEFS_WORDS: Final = ("endpoint", "allow_http")
_REPOSITORY: Final = re.compile(r"[a-z0-9][a-z0-9-]{2,62}")
_REF: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.~^$@-]{0,254}")
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
    if parts.scheme == "lakefs":
        _check_lakefs(parts, words)
    return text


def _endpoint(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = None, None
    if parts is not None and "@" in parts.netloc:
        raise _credentials("a user or a password")
    plain = _PLAIN.fullmatch(text) and "?" not in text and "#" not in text
    if parts is None or not plain or not host or parts.scheme not in ("https", "http"):
        raise mistake(
            "invalid-url",
            f"{shown(text)} is no server; expected https://HOST, or https://HOST:PORT",
        )
    return text


def below(url: str) -> str:
    """The address of all that lies below it."""
    head, mark, words = url.partition("?")
    return f"{head.rstrip('/')}/{mark}{words}"


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
    _check_words(words, S3_WORDS)


def _check_lakefs(parts: SplitResult, words: list[str]) -> None:
    ref, slash, path = parts.path[1:].partition("/")
    if not _REPOSITORY.fullmatch(parts.netloc) or not _REF.fullmatch(ref) or not slash:
        raise _invalid(
            "the address names no repository of lakeFS with a ref",
            "one file: lakefs://REPOSITORY/REF/FOLDER/FILE, or all below: …/FOLDER/",
        )
    steps = unquote(path).removesuffix("/").split("/") if path else []
    if not all(steps) or {".", ".."} & {*steps} or not unquote(path).isprintable():
        raise _invalid("the address has a path that no object of lakeFS has")
    _check_words(words, LAKEFS_WORDS)


def _check_words(words: list[str], known: tuple[str, ...]) -> None:
    for word in words:
        if word not in known:
            raise _invalid(
                f"the address has the word '{word[:40]}'", f"known are {', '.join(known)}"
            )


def _invalid(what: str, hint: str | None = None) -> Exception:
    return mistake(
        "invalid-url",
        f"{what}; expected https://HOST/PATH, s3://BUCKET/KEY or lakefs://REPOSITORY/REF/PATH",
        hint,
    )


def _credentials(what: str) -> Exception:
    return mistake(
        "url-credentials",
        f"the address holds {what}; expected one without",
        "git keeps it for everybody: make it invalid at its server, and let the environment of the "
        "jobs say who they are",
    )


def _projected(text: str) -> str:
    """An artifact's address, which may be where lakeFS shows it."""
    return _url(text) if text.startswith(LAKEFS) else text


Projected = Annotated[Words, AfterValidator(_projected)]
Endpoint = Annotated[Words, AfterValidator(_endpoint)]
"""A server, as `https://HOST` or `https://HOST:PORT`; whether it is spoken to is none of this."""
Url = Annotated[Words, AfterValidator(_url)]
