"""`requirements.txt`: a requirement a line, and files that it includes."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wombat.plan.packages.pins import LockFault, Pin, normal, sourced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NAMED: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*(.*)", re.DOTALL)
_EXACT: Final = re.compile(r"===?\s*([^\s,;*()]+)")
_COMPARED: Final = re.compile(
    r"(===|[=~!<>]=|[<>])\s*[^\s,;]+(\s*,\s*(===|[=~!<>]=|[<>])\s*[^\s,;]+)*"
)
_INCLUDES: Final = re.compile(r"(?:-r|--requirement|-c|--constraint)(?:\s+|=|(?<=-[rc]))\s*(\S.*)")
_HASH: Final = re.compile(r"--hash[= ](\S+)")
_OPTION: Final = re.compile(r"\s--[a-z].*$", re.DOTALL)
_FRAGMENT: Final = re.compile(r"#(?:.*&)?(sha(?:256|384|512)=[0-9a-f]+)")
_COMMIT: Final = re.compile(r"@([0-9a-f]{40})(?:#|$)")
_WHEEL: Final = re.compile(r"(?:.*/)?([A-Za-z0-9_.]+)-([A-Za-z0-9_.+!]+)-[^/]*\.whl(#.*)?")
_SHOWN: Final = 60


@dataclass
class Requirements:
    """What the files say: pins, and requirements without a version, each with its place."""

    pins: list[Pin] = field(default_factory=list)
    unpinned: list[tuple[str, str, int]] = field(default_factory=list)
    """The requirement's text, its file and its line."""


def parse(path: str, read: Callable[[str], str | None]) -> Requirements:
    """The pins of a file and of those that it includes; hashes, order and comments don't count.

    `read` gives a file's text by its path below the project's root, None where there is none.
    LockFault where one is broken.
    """
    found, seen = Requirements(), {path}
    waiting: list[tuple[str, str, int]] = [(path, path, 1)]
    while waiting:
        file, by, line = waiting.pop(0)
        text = read(file)
        if text is None:
            raise _at(LockFault(f"this file includes '{file}', which isn't there", line), by)
        for included in _parse_one(file, text, found):
            if included[0] not in seen:
                seen.add(included[0])
                waiting.append(included)
    return found


def _at(fault: LockFault, path: str) -> LockFault:
    fault.path = path
    return fault


def _parse_one(path: str, text: str, found: Requirements) -> Iterator[tuple[str, str, int]]:
    for number, line in logical_lines(text):
        if included := _INCLUDES.fullmatch(line):
            yield _beside(path, included[1].strip("\"'"), number), path, number
        elif not line.startswith("-"):  # an option of pip, or -e, which is a folder's own code
            try:
                _add(line, path, number, found)
            except LockFault as fault:
                raise _at(fault, path) from None


def _beside(path: str, named: str, line: int) -> str:
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), named))
    if "://" in named or beside.startswith(("/", "..")):
        said = f"this file includes '{named[:_SHOWN]}', which leads out of the project"
        raise _at(LockFault(f"{said}; expected a path below it", line), path)
    return beside


def _add(line: str, path: str, number: int, found: Requirements) -> None:
    bare = _OPTION.sub("", f" {line}").strip()
    bare = re.sub(r"\s*;.*$", "", bare, flags=re.DOTALL) if "://" not in bare else bare
    if wheel := _WHEEL.fullmatch(bare):
        found.pins.append(Pin(normal(wheel[1]), wheel[2]))
        return
    if bare.startswith((".", "/")) or "://" in bare.split("@")[0]:
        return  # a folder or an archive that has no name before it is built
    named = _NAMED.fullmatch(bare)
    if named is None:
        raise LockFault(f"'{bare[:_SHOWN]}' is no requirement; expected name==version", number)
    name, rest = normal(named[1]), named[3].strip()
    if rest.startswith("@"):
        version, exact = _of_address(rest[1:].strip(), line)
    else:
        version, exact = _of_versions(rest.strip("() "), bare, number)
    found.pins.append(Pin(name, version))
    if not exact:
        found.unpinned.append((bare[:_SHOWN], path, number))


def _of_address(address: str, line: str) -> tuple[str, bool]:
    """What tells the content of an address, and whether that is sure."""
    if commit := _COMMIT.search(address.split(";", maxsplit=1)[0].strip()):
        return sourced("", commit[1]), True
    hashes = [*_HASH.findall(line), *_FRAGMENT.findall(address)]
    told = ",".join(sorted(hashes)) or {"address": address}
    return sourced("", told), bool(hashes) or not address.startswith(("git+", "hg+", "svn+"))


def _of_versions(said: str, line: str, number: int) -> tuple[str, bool]:
    if exact := _EXACT.fullmatch(said):
        return exact[1], True
    if said and not _COMPARED.fullmatch(said):
        raise LockFault(f"'{line[:_SHOWN]}' is no requirement; expected name==version", number)
    return "unpinned" + re.sub(r"\s+", "", said), False


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines as pip reads them: continued by a backslash, without comments; numbers from 1."""
    parts: list[str] = []
    start = 1
    for number, line in enumerate(text.splitlines(), 1):
        if not parts:
            start = number
        bare = re.sub(r"(^|\s)#.*$", "", line).strip()
        parts.append(bare.removesuffix("\\").strip())
        if bare.endswith("\\"):
            continue
        if joined := " ".join(part for part in parts if part):
            yield start, joined
        parts = []
    if joined := " ".join(part for part in parts if part):
        yield start, joined
