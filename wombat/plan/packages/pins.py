"""What all lock files come to: pins, their names in one form, and how a file can be broken."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wombat.digest import digest_json
from wombat.plan.ir import Package

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_BETWEEN: Final = re.compile(r"[-_.]+")
_SHOWN_DIGITS: Final = 16


class LockFault(Exception):
    """A lock file that can't be read: what is wrong and where, line and column from 1.

    `path` is the file itself where it is None, else one that it includes.
    """

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.path: str | None = None


@dataclass(frozen=True)
class Pin:
    """One entry of a lock file. `folder` is where it is installed from, if that is a folder."""

    name: str
    version: str
    uses: tuple[str, ...] = ()
    folder: str | None = None


def normal(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return _BETWEEN.sub("-", name).lower()


def is_name(text: str) -> bool:
    """Whether a distribution can have that name."""
    return _NAME.fullmatch(text) is not None


def merged(pins: Iterable[Pin]) -> dict[str, Package]:
    """Pins by name. One that is there several times, for other machines, has all its versions.

    What isn't pinned itself is left out of what they use.
    """
    versions: dict[str, set[str]] = {}
    uses: dict[str, set[str]] = {}
    for pin in pins:
        versions.setdefault(pin.name, set()).add(pin.version)
        uses.setdefault(pin.name, set()).update(pin.uses)
    return {
        name: Package("|".join(sorted(versions[name])), tuple(sorted(uses[name] & versions.keys())))
        for name in sorted(versions)
    }


def sourced(version: str, source: Any) -> str:
    """A version with what tells its content: a commit, a hash, or else where it comes from.

    An address may hold a password: of those only a digest is told.
    """
    told = source if isinstance(source, str) else digest_json(source)[:_SHOWN_DIGITS]
    return f"{version}+{told}"


def parse_toml(text: str) -> dict[str, Any]:
    """A document of TOML; LockFault where it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        found = _PLACE.search(str(fault))
        said = _PLACE.sub("", str(fault))
        line, column = (int(found[1]), int(found[2])) if found and found[1] else (_last(text), 1)
        raise LockFault(
            f"this lock file isn't valid TOML: {said[:1].lower()}{said[1:]}", line, column
        ) from None
    except (RecursionError, ValueError) as fault:
        raise LockFault(f"this lock file isn't valid TOML: {type(fault).__name__}") from None


def _last(text: str) -> int:
    return text.count("\n") + (not text.endswith("\n"))


def entries(tree: dict[str, Any], word: str, text: str) -> Iterator[tuple[dict[str, Any], int]]:
    """The tables `[[word]]`, each with the line of its header; each has a name."""
    listed = tree.get(word, [])
    if not isinstance(listed, list):
        raise LockFault(f"'{word}' is no list of tables; expected [[{word}]]")
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.strip() == f"[[{word}]]"]
    for number, entry in enumerate(listed):
        line = lines[number] if len(lines) == len(listed) else 1
        if not isinstance(entry, dict):
            raise LockFault(f"an entry of '{word}' is no table; expected [[{word}]]", line)
        name = entry.get("name")
        if not isinstance(name, str) or not is_name(name):
            raise LockFault('an entry has no name; expected name = "DISTRIBUTION"', line)
        yield entry, line


def text_of(entry: dict[str, Any], word: str, line: int, default: str = "") -> str:
    """A text of a table; LockFault where something else stands there."""
    value = entry.get(word, default)
    if not isinstance(value, str):
        raise LockFault(f"'{word}' of {entry.get('name', 'an entry')} is no text", line)
    return value


def tables_of(value: Any, what: str, line: int) -> list[dict[str, Any]]:
    """A list of tables; LockFault where something else stands there."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise LockFault(f"{what} is no list of tables", line)
    return value


def table_of(value: Any, what: str, line: int) -> dict[str, Any]:
    """A table; LockFault where something else stands there."""
    if not isinstance(value, dict):
        raise LockFault(f"{what} is no table", line)
    return value


def names_in(value: Any, what: str, line: int) -> list[str]:
    """The names that a list of dependencies has."""
    named = [one.get("name") for one in tables_of(value, what, line)]
    if not all(isinstance(name, str) for name in named):
        raise LockFault(f"an entry of {what} has no name", line)
    return [normal(str(name)) for name in named]
