"""What the real server refuses before it does anything: parameters that its OpenAPI forbids."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from tests.lakefs.double.answers import MOST, Trouble, one

if TYPE_CHECKING:
    from tests.lakefs.double.server import Request

_NEEDED: Final = {
    "uploadObject": "path",
    "deleteObject": "path",
    "getObject": "path",
    "headObject": "path",
    "statObject": "path",
    "getPhysicalAddress": "path",
    "linkPhysicalAddress": "path",
    "copyObject": "dest_path",
}
_BODIES: Final = {
    "createRepository": ("name", "storage_namespace"),
    "createBranch": ("name", "source"),
    "createTag": ("id", "ref"),
    "deleteObjects": ("paths",),
    "copyObject": ("src_path",),
    "commit": ("message",),
    "linkPhysicalAddress": ("staging", "checksum", "size_bytes"),
    "login": ("access_key_id", "secret_access_key"),
}
_LONGEST: Final = 1024
_REPOSITORY: Final = re.compile(r"[a-z0-9][a-z0-9-]{2,62}")


def check(request: Request) -> None:
    """Trouble (400) with the beginning of the real server's sentence."""
    name = _NEEDED.get(request.kind)
    if name and not one(request.query, name):
        why = (
            "empty value is not allowed"
            if name in request.query
            else "value is required but missing"
        )
        raise Trouble(400, f'parameter "{name}" in query has an error: {why}')
    for word in ("path", "prefix"):
        if (size := len(one(request.query, word).encode())) > _LONGEST:
            said = f"validation error: {size} is above maximum length ({_LONGEST})"
            raise Trouble(400, f"argument {word}: invalid value: {said}")
    amount = one(request.query, "amount")
    if amount:
        _amount(amount)
    tree = _tree(request)
    for field in _BODIES.get(request.kind, ()):
        if field not in tree:
            raise Trouble(
                400, f"request body has an error: doesn't match schema: {field} is missing"
            )
    if request.kind == "createRepository" and not _REPOSITORY.fullmatch(tree["name"]):
        raise Trouble(400, "request body has an error: doesn't match schema: name")


def _amount(text: str) -> None:
    if not re.fullmatch(r"-?\d+", text):
        raise Trouble(400, 'parameter "amount" in query has an error: an invalid integer')
    if int(text) > MOST:
        raise Trouble(
            400, f'parameter "amount" in query has an error: number must be at most {MOST}'
        )
    if int(text) < -1:
        raise Trouble(400, 'parameter "amount" in query has an error: number must be at least -1')


def _tree(request: Request) -> Any:
    if request.kind not in _BODIES or not isinstance(request.body, bytes):
        return {}
    try:
        return json.loads(request.body)
    except ValueError:
        raise Trouble(400, "request body has an error: failed to decode request body") from None
