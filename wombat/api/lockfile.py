"""`wombat.lock`: what a project consumes, by content; a table an entry, a line a fact."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from wombat.api.files import write_whole
from wombat.digest import is_digest
from wombat.errors import UsageFault
from wombat.language.address import NAME, parse_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FILE: Final = "wombat.lock"
VERSION: Final = 1
HEAD: Final = (
    "# What this project consumes, by content. Written by wombat lock, add and remove; commit it.\n"
    f"version = {VERSION}\n"
)
_TEXTS: Final = (
    "type", "schema", "schema_digest", "schema_profile", "path", "branch", "tag", "run", "commit",
    "time",
)  # fmt: skip


@dataclass(frozen=True)
class Content:
    """One artifact: its content, and the manifest that it was found by."""

    content: str
    manifest: str


@dataclass(frozen=True)
class Entry:
    """One thing that is consumed. `added`: somebody asked for it; else a task's input did.

    `facts` are what was known of it: type, schema, path, branch or tag, run, commit, time, seq;
    the digest of the schema that its run recorded, which stands in a file, and that run's profile.
    It is one artifact, or several parts by label.
    """

    name: str
    address: str
    added: bool
    facts: Mapping[str, str | int]
    whole: Content | None = None
    parts: Mapping[str, Content] = field(default_factory=dict)

    @property
    def contents(self) -> dict[str, str]:
        """By label; '' where it is whole."""
        every = dict(self.parts) if self.whole is None else {"": self.whole}
        return {label: one.content for label, one in every.items()}


@dataclass(frozen=True)
class Lock:
    """All entries by name."""

    entries: Mapping[str, Entry] = field(default_factory=dict)

    def find(self, address: str) -> Entry | None:
        return next((one for one in self.entries.values() if one.address == address), None)

    def having(self, entry: Entry) -> Lock:
        return Lock({**self.entries, entry.name: entry})

    def without(self, name: str) -> Lock:
        return Lock({n: one for n, one in self.entries.items() if n != name})

    def text(self) -> str:
        """The file's text: the same entries give the same bytes."""
        return "\n".join(
            [HEAD, *("\n".join(_lines(self.entries[n])) for n in sorted(self.entries))]
        )


def _lines(entry: Entry) -> Iterator[str]:
    at = f"artifact.{entry.name}"
    yield f"[{at}]"
    facts: dict[str, Any] = {"address": entry.address, "added": entry.added, **entry.facts}
    facts |= _told(entry.whole) if entry.whole else {}
    yield from _facts(facts)
    for label in sorted(entry.parts):
        yield f"[{at}.parts.{_quoted(label)}]"
        yield from _facts(_told(entry.parts[label]))


def _told(one: Content) -> dict[str, str]:
    return {"content": one.content, "manifest": one.manifest}


def _facts(facts: Mapping[str, Any]) -> Iterator[str]:
    for name, value in sorted(facts.items()):
        yield f"{name} = {_quoted(value) if isinstance(value, str) else json.dumps(value)}"
    yield ""


def _quoted(text: str) -> str:
    """A TOML string of one line. JSON's escapes are TOML's, apart from one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_lock(root: Path) -> Lock:
    """The lock of a project; an empty one where there is no file. UsageFault `lock-broken`."""
    file = root / FILE
    if not file.is_file():
        return Lock()
    try:
        text = file.read_bytes().decode("utf-8")
        if re.search(r"^(<<<<<<<|>>>>>>>) ", text, re.MULTILINE):
            raise ValueError("it holds the marks of a merge")
        tree = tomllib.loads(text)
        if tree.get("version") != VERSION:
            raise ValueError(f"its version is {str(tree.get('version'))[:20]}, not {VERSION}")
        return Lock({name: _entry(name, one) for name, one in tree.get("artifact", {}).items()})
    except (ValueError, AttributeError, RecursionError, UsageFault) as fault:
        raise UsageFault(
            f"{FILE} can't be read: {fault}; expected what 'wombat lock' wrote",
            code="lock-broken",
            hint=f"resolve the merge by taking both sides' tables, or remove {FILE} and lock anew",
        ) from fault


def write_lock(root: Path, lock: Lock) -> None:
    """Whole or not at all; no file where nothing is locked and there was none. DiskFault."""
    file = root / FILE
    if lock.entries or file.exists():
        write_whole(file, lock.text())


def _entry(name: str, tree: Mapping[str, Any]) -> Entry:
    if not re.fullmatch(NAME, name):
        raise ValueError(f"{name[:40]!r} is no name")
    facts = {word: _text(name, tree[word]) for word in _TEXTS if word in tree}
    entry = Entry(
        name,
        str(parse_address(_text(name, tree.get("address")))),
        tree.get("added") is True,
        facts | ({"seq": int(tree["seq"])} if "seq" in tree else {}),
    )
    parts = {label: _content(name, one) for label, one in tree.get("parts", {}).items()}
    return replace(entry, parts=parts) if parts else replace(entry, whole=_content(name, tree))


def _content(name: str, tree: Mapping[str, Any]) -> Content:
    found = [tree.get(word) for word in ("content", "manifest")]
    if not all(isinstance(one, str) and is_digest(one) for one in found):
        raise ValueError(f"'{name}' lacks a digest of 64 hex digits")
    return Content(str(found[0]), str(found[1]))


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"'{name}' lacks a text")
