"""How a payload is written into a YAML file, and projects made of many of them."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

TOOLS: Final = '''\
"""Writes digests of what it was given; names and values are the caller's."""

import hashlib
from pathlib import Path


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def python(**given: object) -> dict:
    return {name: digest(str(value).encode()) for name, value in given.items()}


def anything(**given: object) -> dict:
    return {}
'''


def quoted(text: str) -> str:
    """A double-quoted YAML scalar in ASCII.

    YAML has no surrogate pairs: what lies beyond U+FFFF is written as eight digits.
    """
    return '"' + "".join(map(_character, text)) + '"'


def _character(character: str) -> str:
    if ord(character) > 0xFFFF:
        return f"\\U{ord(character):08x}"
    return json.dumps(character)[1:-1]


def write(root: Path, files: Mapping[str, str]) -> None:
    """Writes files below a folder; halves of characters become the bytes that they'd have."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8", "surrogatepass"))


def project(root: Path, pipelines: Mapping[str, str], settings: str = "project: shop\n") -> None:
    """A project with these pipelines by name; its tools take whatever they are given."""
    write(root, {"wombat.yml": settings, "tools.py": TOOLS})
    write(root, {f"pipelines/{name}.yml": text for name, text in pipelines.items()})


def data(root: Path, names: Iterable[str]) -> None:
    """Files below `data/` by these names, where the system and the names' own `..` allow them."""
    (root / "data").mkdir(parents=True, exist_ok=True)
    for name in names:
        file = root / "data" / name.lstrip("/")
        if ".." in file.parts or "\0" in name:
            continue
        with contextlib.suppress(OSError, UnicodeEncodeError):
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.exists():  # two names of one file
                file.write_bytes(name.encode())
