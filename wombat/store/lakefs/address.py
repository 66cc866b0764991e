"""`lakefs://repository/ref/path`: a place in lakeFS, as lakeFS's own tools write it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from wombat.errors import UsageFault
from wombat.store.endpoint import endpoint_of

FORM: Final = "lakefs://REPOSITORY/BRANCH/PREFIX?endpoint=https://HOST"
WORDS: Final = ("endpoint", "allow_http")
"""What may stand behind the `?` of an address."""
REPOSITORY: Final = r"[a-z0-9][a-z0-9-]{2,62}"
BRANCH: Final = r"[A-Za-z0-9_][A-Za-z0-9_-]{0,254}"
_REF: Final = re.compile(r"(?=.{1,255}\Z)[A-Za-z0-9_][A-Za-z0-9_.-]*(?:@|(?:[~^](?:[0-9]{1,9})?)*)")
"""A branch, a tag, a commit, or one of them with `~2` or `^1` behind it, or a branch with `@`. What
lakeFS calls `main$` is what nobody has committed: no commit is meant by it."""
_LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class LakeAddress:
    """A repository, a branch or another ref of it, and a path, which may be empty.

    Without `endpoint` the server is the one that the environment, or lakectl's file, names. It
    holds no credential.
    """

    repository: str
    ref: str
    path: str = ""
    endpoint: str | None = None
    allow_http: bool = False
    literal: str = field(default="", compare=False)
    """The path as it is written, where `%20` and the like may be meant as they stand."""

    @property
    def paths(self) -> tuple[str, ...]:
        """What the path may mean: a `%20` is a blank, else it is a name's own, as in
        `k=a%20b`, which lakeFS's tools write as it is."""
        return (self.path, self.literal) if self.literal else (self.path,)

    @property
    def text(self) -> str:
        """The address that says all of it."""
        said = {"endpoint": self.endpoint, "allow_http": "true" if self.allow_http else None}
        query = urlencode({k: v for k, v in said.items() if v}, quote_via=quote, safe=":/")
        place = "/".join(one for one in (self.repository, self.ref, quote(self.path)) if one)
        return f"lakefs://{place}{f'?{query}' if query else ''}"

    @property
    def shown(self) -> str:
        """As people write it."""
        return f"lakefs://{self.repository}/{self.ref}/{self.path}"

    @property
    def is_branch(self) -> bool:
        """Whether the ref may be a branch's name: nothing else can be written."""
        return re.fullmatch(BRANCH, self.ref) is not None

    def key(self, name: str) -> str:
        """A name below the path, as a path of the repository."""
        return f"{self.path}/{name}" if self.path else name


def parse_address(text: str) -> LakeAddress:
    """The address that is written; UsageFault (`store-address`) for one that can't be meant."""
    try:
        parts = urlsplit(text)
    except ValueError:
        raise _wrong("the address can't be read") from None
    if parts.scheme != "lakefs" or parts.fragment or "@" in parts.netloc:
        raise _wrong("the address has a part that is none of lakeFS's")
    ref, _, path = parts.path[1:].partition("/")
    path, literal = unquote(path), path.rstrip("/")
    if not re.fullmatch(REPOSITORY, parts.netloc):
        raise _wrong("the address names no repository; expected 3 to 63 of a-z, 0-9 and '-'")
    if not _REF.fullmatch(ref):
        raise _wrong("the address names no branch, tag or commit behind the repository")
    if len(path) > _LONGEST or not path.isprintable() or _climbs(path):
        raise _wrong("the path of the address is none that a file can have")
    said = _words(parts.query)
    allow_http = said.get("allow_http") == "true"
    endpoint = said.get("endpoint")
    return LakeAddress(
        parts.netloc,
        ref,
        path.rstrip("/"),
        endpoint_of(endpoint, allow_http=allow_http) if endpoint else None,
        allow_http,
        "" if literal == path.rstrip("/") or _climbs(literal) else literal,
    )


def _climbs(path: str) -> bool:
    steps = path.rstrip("/").split("/")
    return path.startswith("/") or (path != "" and not all(steps)) or bool({".", ".."} & {*steps})


def _words(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for word, value in parse_qsl(query, keep_blank_values=True):
        if word not in WORDS or word in found:
            raise _wrong(f"known behind the '?' are {' and '.join(WORDS)}, each once")
        found[word] = value
    if found.get("allow_http", "false") not in ("true", "false"):
        raise _wrong("allow_http is neither true nor false")
    return found


def _wrong(what: str) -> UsageFault:
    return UsageFault(what, code="store-address", hint=f"the form is {FORM}")
