"""`pylock.toml`, the lock file of PEP 751."""

from __future__ import annotations

from typing import Any, Final

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

KNOWN: Final = "1."


def parse(text: str) -> tuple[list[Pin], bool]:
    """Its pins, and whether it says who depends on whom, which tools may leave out.

    LockFault where it is broken. Markers are taken as if all held.
    """
    tree = parse_toml(text)
    version = tree.get("lock-version")
    if not isinstance(version, str) or not version.startswith(KNOWN):
        raise LockFault(f"this lock file has lock-version {version!r}; expected {KNOWN}x")
    given = list(entries(tree, "packages", text))
    graph = any("dependencies" in entry for entry, _ in given)
    return [_pin(entry, line) for entry, line in given], graph


def _pin(entry: dict[str, Any], line: int) -> Pin:
    name = normal(entry["name"])
    uses = tuple(names_in(entry.get("dependencies", []), f"'dependencies' of {name}", line))
    version = text_of(entry, "version", line)
    if "directory" in entry:
        folder = table_of(entry["directory"], f"'directory' of {name}", line)
        return Pin(name, "", uses, text_of(folder, "path", line, "."))
    if "vcs" in entry:
        vcs = table_of(entry["vcs"], f"'vcs' of {name}", line)
        return Pin(name, sourced(version, text_of(vcs, "commit-id", line) or vcs), uses)
    if "archive" in entry:
        archive = table_of(entry["archive"], f"'archive' of {name}", line)
        return Pin(name, sourced(version, _hashes(archive, name, line) or archive), uses)
    return Pin(name, version or sourced("", _files(entry, name, line)), uses)


def _files(entry: dict[str, Any], name: str, line: int) -> str:
    files = tables_of(entry.get("wheels", []), f"'wheels' of {name}", line)
    files = [*files, table_of(entry.get("sdist", {}), f"'sdist' of {name}", line)]
    return ",".join(sorted(filter(None, (_hashes(file, name, line) for file in files))))


def _hashes(file: dict[str, Any], name: str, line: int) -> str:
    hashes = table_of(file.get("hashes", {}), f"'hashes' of {name}", line)
    return ",".join(f"{kind}:{value}" for kind, value in sorted(hashes.items()))
