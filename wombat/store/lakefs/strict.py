"""The SDK's answers, taken from lakeFS alone: a page to sign in is none of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from wombat.store.lakefs.faults import not_lakefs
from wombat.store.lakefs.wire import Lost

if TYPE_CHECKING:
    from collections.abc import Mapping

_DONE: Final = {"DELETE": frozenset({"204"})}
_MADE: Final = frozenset({"201", "204"})
"""What is answered where nothing is told."""


def only_lakefs(inner: Any) -> None:
    """From now on the SDK's client raises Lost (`foreign`) where lakeFS would never answer so: by
    itself it takes the text for a model, and any status below 300 for a yes."""
    call, request, deserialize = inner.call_api, inner.request, inner.deserialize
    asked = threading.local()

    def calling(path: str, method: str, *args: Any, **words: Any) -> Any:
        told = _told(words.get("response_types_map") or {})
        asked.awaited = told or _DONE.get(method, _MADE)
        return call(path, method, *args, **words)

    def requesting(*args: Any, **words: Any) -> Any:
        answer = request(*args, **words)
        if str(answer.status) not in asked.awaited:
            raise Lost(not_lakefs(f"it answers {answer.status}, which lakeFS never does there"))
        if bytes(answer.data or b"").lstrip()[:1] == b"<":
            raise Lost(not_lakefs(f"it answers {answer.status} with a page"))
        return answer

    def deserializing(*args: Any) -> Any:
        try:
            return deserialize(*args)
        except (ValueError, TypeError, AttributeError, LookupError):
            raise Lost(not_lakefs("its answer isn't in lakeFS's words")) from None

    inner.call_api, inner.request, inner.deserialize = calling, requesting, deserializing


def _told(types: Mapping[str, Any]) -> frozenset[str]:
    """The statuses below 300 that an operation is answered with."""
    return frozenset(status for status in types if status.startswith("2"))
