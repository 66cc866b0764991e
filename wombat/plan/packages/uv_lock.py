"""`uv.lock`: every distribution with what it depends on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from wombat.plan.packages.pins import (
    LockFault,
    Pin,
    entries,
    names_in,
    normal,
    parse_toml,
    sourced,
    table_of,
    tables_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWN: Final = 1
"""The version of the format; revisions within it only add to it."""
_FOLDERS: Final = ("editable", "virtual", "directory")
_WHEEL: Final = re.compile(r'    \{ url = "[^"]*", hash = "[^"]*"[^"]*("[^"]*"[^"]*)*\},?')
_HEADER: Final = "[[package]]"
_REGISTRY: Final = "source = { registry = "


def parse(text: str) -> list[Pin]:
    """Its pins; LockFault where it is broken. Markers and extras are taken as if all held."""
    tree = parse_toml(_without_wheels(text))
    version = tree.get("version")
    if version != KNOWN:
        raise LockFault(f"this lock file has version {version!r} of its format; expected {KNOWN}")
    return [_pin(entry, line) for entry, line in entries(tree, "package", text)]


def _pin(entry: dict[str, Any], line: int) -> Pin:
    name = normal(entry["name"])
    source = table_of(entry.get("source", {}), f"'source' of {name}", line)
    version = text_of(entry, "version", line)
    for word in _FOLDERS:
        if word in source:
            return Pin(name, "", tuple(_uses(entry, name, line)), text_of(source, word, line))
    if "registry" not in source:
        version = sourced(version, _content(entry, source, name, line))
    return Pin(name, version, tuple(_uses(entry, name, line)))


def _uses(entry: dict[str, Any], name: str, line: int) -> Iterator[str]:
    yield from names_in(entry.get("dependencies", []), f"'dependencies' of {name}", line)
    extras = table_of(
        entry.get("optional-dependencies", {}), f"'optional-dependencies' of {name}", line
    )
    for extra in extras.values():
        yield from names_in(extra, f"'optional-dependencies' of {name}", line)


def _content(entry: dict[str, Any], source: dict[str, Any], name: str, line: int) -> Any:
    """A commit, else the hash of a file, else where it comes from."""
    _, _, commit = text_of(source, "git", line).partition("#")
    if commit:
        return commit
    files = tables_of(entry.get("wheels", []), f"'wheels' of {name}", line)
    files = [*files, table_of(entry.get("sdist", {}), f"'sdist' of {name}", line)]
    hashes = sorted(text_of(file, "hash", line) for file in files if "hash" in file)
    return ",".join(hashes) or source


def _without_wheels(text: str) -> str:
    """The same lines, those empty that list the files of a registry's distribution.

    Nine tenths of the file are such lines, and of a registry's distribution only the version
    counts.
    """
    lines = text.split("\n")
    registry = False
    for number, line in enumerate(lines):
        if line == _HEADER:
            registry = False
        elif line.startswith(_REGISTRY):
            registry = True
        elif registry and line.startswith("    { url = ") and _WHEEL.fullmatch(line):
            lines[number] = ""
    return "\n".join(lines)
