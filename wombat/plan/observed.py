"""What of an observation of outside data counts: the same state has the same identity. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def names_folder(url: str) -> bool:
    """Whether an address means all that lies below it: one of lakeFS that ends in `/`."""
    return url.startswith("lakefs:") and url.partition("?")[0].endswith("/")


def identity(url: str, seen: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an observation that counts in keys: the ETag, else the version or the commit,
    else the time of its change with its size, else the time of the observation: then it is another
    one each time. An ETag is of the content: a commit that changed something else costs nothing. Of
    a published output it is the content digest, with its type.
    """
    if "artifact" in seen:
        return {"url": url, "etag": seen["etag"], "type": seen["artifact"]["type"]}
    if "etag" in seen:
        return {"url": url, "etag": opaque(seen["etag"])}
    if "version" in seen:
        return {"url": url, "version": seen["version"]}
    if "commit" in seen:
        return {"url": url, "commit": seen["commit"]}
    if "modified" in seen:
        return {"url": url, "modified": seen["modified"], "size": seen.get("size")}
    return {"url": url, "observed": seen.get("observed")}


def identifies(seen: Mapping[str, Any]) -> bool:
    """Whether anything tells one state of the source from another."""
    return any(word in seen for word in ("etag", "version", "commit", "modified"))


def opaque(etag: str) -> str:
    """A weak ETag is believed like a strong one; a proxy that compresses makes one of the other."""
    return etag.removeprefix("W/")
