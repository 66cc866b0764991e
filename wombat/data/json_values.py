"""JSON as artifacts hold it: values of Python and numpy, each key once, canonical bytes."""

from __future__ import annotations

import json
from typing import Any

from wombat.digest import canonical_json


class NotJson(ValueError):
    """Why a value, or a file's bytes, can't be JSON; it names no value."""


def to_bytes(value: object) -> bytes:
    """Canonical JSON; NotJson for what JSON can't say."""
    try:
        return canonical_json(_plain(value))
    except UnicodeEncodeError:
        raise NotJson("a text holds half a character") from None
    except (TypeError, ValueError, RecursionError) as fault:
        raise NotJson(_reason(fault)) from None


def from_bytes(data: bytes) -> Any:
    """The value of JSON in UTF-8, whose keys stand once; NotJson else."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise NotJson("it isn't JSON in UTF-8 with keys that stand once") from None
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refused(word: str) -> Any:
    raise ValueError(word)


def _plain(value: Any) -> Any:
    """numpy's scalars as Python's; keys must be text, or they would silently become it."""
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"a key is a {type(key).__name__}")
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        return value.item()
    return value


def _reason(fault: Exception) -> str:
    if isinstance(fault, RecursionError):
        return "it is nested too deep, or contains itself"
    if isinstance(fault, TypeError):
        return str(fault).replace("Object of type", "a")
    if "ircular" in str(fault):
        return "it contains itself"
    return "it holds NaN or infinity"
