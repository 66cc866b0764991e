"""Paths below the project, names of files and of functions, as they may be written."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema

from wombat.language.scalars import Words, mistake

_FUNCTION: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def _function(text: str) -> str:
    if not _FUNCTION.fullmatch(text):
        raise mistake(
            "invalid-function",
            f"'{text}' names no function; expected module:function",
            _meant_function(text),
        )
    return text


def _meant_function(text: str) -> str:
    """A hint: a file's path instead of its module, or a dot instead of the colon."""
    before, colon, name = text.partition(":") if ":" in text else text.rpartition(".")
    meant = f"{before.removesuffix('.py').replace('/', '.')}:{name}"
    if colon and len(meant) <= 100 and _FUNCTION.fullmatch(meant):
        return f"did you mean '{meant}'?"
    return "for example churn.features:engineer"


def _relative(text: str) -> str:
    parts = text.split("/")
    if not text or text.startswith(("/", "~")) or "\\" in text or "\0" in text or ".." in parts:
        raise mistake(
            "invalid-path",
            f"'{text}' leaves the project; expected a path below it",
            "write it relative to the project's root, with '/'",
        )
    path = "/".join(part for part in parts if part not in ("", "."))
    if not path:
        raise mistake("invalid-path", f"'{text}' is the project itself; expected a path below it")
    if problem := _unkept(path):
        raise mistake(
            "invalid-path", f"'{text[:80]}' {problem}; expected a path that a store keeps"
        )
    return path


def _unkept(path: str) -> str | None:
    """What keeps a path out of every artifact: the same on all systems, or not at all."""
    if any(ord(c) < 32 or ord(c) == 127 for c in path):
        return "has a control character"
    if not unicodedata.is_normalized("NFC", path):
        return "is not in Unicode's normal form NFC"
    if any(len(step.encode()) > 255 for step in path.split("/")):
        return "has a step of more than 255 bytes"
    return None


def _file_name(text: str) -> str:
    if _relative(text) != text or "/" in text:
        raise mistake("invalid-path", f"'{text}' is no file's name; expected one without '/'")
    return text


Function = Annotated[
    Words,
    AfterValidator(_function),
    WithJsonSchema({"type": "string", "pattern": f"^{_FUNCTION.pattern}$"}),
]
RelativePath = Annotated[Words, AfterValidator(_relative)]
FileName = Annotated[Words, AfterValidator(_file_name)]
