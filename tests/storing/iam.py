"""Amazon's rules for who may do what, as far as our documents use them, apart from our code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wombat.errors import Absent, StoreDenied
from wombat.store.wrap.around import Around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wombat.store.blobs import BlobStore, Created, Entry, Stat


def allows(
    policy: Mapping[str, Any], action: str, resource: str | None, context: Mapping[str, str]
) -> bool:
    """Denied unless a statement allows, and none denies. Raises for words it doesn't know."""
    effects = {
        one["Effect"]
        for one in policy["Statement"]
        if _any(one["Action"], action)
        and (resource is None or _any(one["Resource"], resource))
        and all(_holds(*item, context) for item in one.get("Condition", {}).items())
    }
    return effects == {"Allow"}


def _any(patterns: str | list[str], text: str) -> bool:
    every = [patterns] if isinstance(patterns, str) else patterns
    return any(like(pattern, text) for pattern in every)


def like(pattern: str, text: str) -> bool:
    """`*` is any text, slashes too, and `?` one character."""
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def _holds(operator: str, wanted: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    if operator == "Null":
        return all((key not in context) == (value == "true") for key, value in wanted.items())
    if operator == "StringNotLike":
        return not _holds("StringLike", wanted, context)
    if operator not in ("StringEquals", "StringLike", "Bool"):
        raise AssertionError(f"an operator that isn't modelled: {operator}")
    for key, values in wanted.items():
        every = [values] if isinstance(values, str) else values
        got = context.get(key)
        if got is None:
            return False
        if not any(like(v, got) if operator == "StringLike" else v == got for v in every):
            return False
    return True


class Rights(Around):
    """A store behind a policy; `asked` is every right that was used, or refused."""

    def __init__(self, inner: BlobStore, policy: Mapping[str, Any], bucket: str, prefix: str):
        super().__init__(inner)
        self._policy = policy
        self._bucket = f"arn:aws:s3:::{bucket}"
        self._prefix = prefix
        self.asked: set[tuple[str, str]] = set()

    def get(self, key: str) -> bytes:
        return self._reading(key, lambda: self.inner.get(key))

    def get_range(self, key: str, start: int, length: int) -> bytes:
        return self._reading(key, lambda: self.inner.get_range(key, start, length))

    def stat(self, key: str) -> Stat:
        return self._reading(key, lambda: self.inner.stat(key))

    def put(self, key: str, data: bytes) -> None:
        self._object("s3:PutObject", key, {"s3:if-none-match": "*"})
        self.inner.put(key, data)

    def create(self, key: str, data: bytes) -> Created:
        self._object("s3:PutObject", key, {"s3:if-none-match": "*"})
        return self.inner.create(key, data)

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        self._listing(prefix)
        return self.inner.list(prefix, after=after, limit=limit)

    def folders(self, prefix: str) -> Iterator[str]:
        self._listing(prefix)
        return self.inner.folders(prefix)

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        self._listing(prefix)
        return self.inner.entries(prefix, after=after)

    def delete(self, keys: Iterable[str]) -> None:
        every = list(keys)
        for key in every:
            self._object("s3:DeleteObject", key, {})
        self.inner.delete(every)

    def _reading(self, key: str, read: Any) -> Any:
        """What isn't there is only said to who may list it."""
        self._object("s3:GetObject", key, {})
        try:
            return read()
        except Absent:
            self._listing(key)
            raise

    def _object(self, action: str, key: str, context: Mapping[str, str]) -> None:
        self.asked.add((action, key))
        if not allows(self._policy, action, f"{self._bucket}/{self._prefix}/{key}", context):
            raise StoreDenied(f"{action} is refused for {key}")

    def _listing(self, prefix: str) -> None:
        self.asked.add(("s3:ListBucket", prefix))
        context = {"s3:prefix": f"{self._prefix}/{prefix}"}
        if not allows(self._policy, "s3:ListBucket", self._bucket, context):
            raise StoreDenied(f"s3:ListBucket is refused for {prefix}")
