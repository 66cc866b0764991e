"""What a source says that it is, and whether it still is that. Pure."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from wombat.digest import Digest, digest_json
from wombat.errors import CheckFailed
from wombat.plan.observed import identifies, identity, opaque
from wombat.printable import shown_url
from wombat.store.tree import BadPath, check_path

if TYPE_CHECKING:
    from collections.abc import Mapping

UNNAMED: Final = "data"
"""How a source's file is called where its address names none."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a server tells of a source; None for what it doesn't tell.

    `etag` as it is sent, `modified` in RFC 3339 (UTC, to the second), `size` in bytes. `commit` is
    lakeFS's, which keeps it as it was; `files` how many it is. `artifact` is what the record of a
    published output says of it: {project, pipeline, output, run, type, schema, path}; `etag` is its
    content digest then.
    """

    etag: str | None = None
    version: str | None = None
    modified: str | None = None
    size: int | None = None
    commit: str | None = None
    files: int | None = None
    artifact: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        words = ("etag", "version", "commit", "modified", "size", "files", "artifact")
        return {word: getattr(self, word) for word in words if getattr(self, word) is not None}


def content_digest(url: str, seen: Mapping[str, Any]) -> Digest:
    """What stands in a key for the source's content, which nobody has read yet."""
    return digest_json(identity(url, seen))


def require_same(url: str, then: Mapping[str, Any], now: Seen) -> None:
    """CheckFailed `source-moved` where a source isn't any more what the run's header says.

    What has no identity is whatever is there.
    """
    if identifies(then) and not _same(then, now.to_json()):
        raise moved(url, "isn't what it was when the run began")


def _same(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    if "etag" in then:
        return "etag" in now and opaque(now["etag"]) == opaque(then["etag"])
    if "version" in then:
        return bool(now.get("version") == then["version"])
    sizes = {one["size"] for one in (then, now) if "size" in one}
    return bool(now.get("modified") == then["modified"] and len(sizes) <= 1)


def moved(url: str, what: str) -> CheckFailed:
    return CheckFailed(
        f"{shown_url(url)} {what}; expected the same until the run has read it",
        code="source-moved",
        hint="start a new run: it looks anew what is there",
    )


def gone(url: str) -> CheckFailed:
    return moved(url, "is gone since the run began")


def file_name(url: str) -> str:
    """The last step of the address's path, where that is a file's name that a store keeps."""
    step = unquote(urlsplit(url).path.rpartition("/")[2])
    if step and "/" not in step:
        with suppress(BadPath):
            return check_path(step)
    return UNNAMED
