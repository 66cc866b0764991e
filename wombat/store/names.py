"""Every name in a store: built and taken apart here, checked on the way in and back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from wombat.errors import UsageFault
from wombat.store.zones import PATTERN as ZONE
from wombat.store.zones import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT_KEY: Final = "wombat.json"
TOP: Final = 1 << 63
LABEL_LENGTH: Final = 180
BRANCH_LENGTH: Final = 200

_HEX: Final = r"[0-9a-f]"
_WORD: Final = r"[A-Za-z0-9._-]{1,40}"
_FIELDS: Final[Mapping[str, str]] = {
    "zone": ZONE,
    "xx": rf"{_HEX}{{2}}",
    "digest": rf"{_HEX}{{64}}",
    "content": rf"{_HEX}{{64}}",
    "manifest": rf"{_HEX}{{64}}",
    "key": rf"{_HEX}{{64}}",
    "inverse": rf"{_HEX}{{16}}",
    "nonce": rf"{_HEX}{{16}}",
    "fork": rf"(?:-{_HEX}{{64}})?",
    "attempt": r"[1-9][0-9]{0,8}",
    "move": r"[1-9][0-9]{0,8}",
    "run": r"[A-Za-z0-9_-]{1,64}",
    "pipeline": r"[a-z][a-z0-9_-]{0,62}",
    "task": r"[a-z][a-z0-9_-]{0,62}",
    "part": rf"(?:{_WORD}(?:,{_WORD})*)?",
    "project": PROJECT,
    "consumer": PROJECT,
    "subscription": r"[A-Za-z0-9._=-]{1,200}",
    "moment": rf"{_HEX}{{16}}",
    "page": r"[0-9]{6}",
    "kind": r"heads|tags",
    "branch": rf"(?:[A-Za-z0-9_.~-]|%[0-9A-F]{{2}}){{1,{BRANCH_LENGTH}}}",
}
_TEMPLATES: Final[Mapping[str, str]] = {
    "pack": "{zone}/p/{xx}/{digest}",
    "manifest": "{zone}/m/{xx}/{content}.{manifest}",
    "moved": "{zone}/moved/{digest}/{move}",
    "result": "{zone}/results/{xx}/{key}/{run}.{attempt}",
    "header": "{zone}/runs/{pipeline}/{run}/header",
    "all": "{zone}/runs/{pipeline}/{run}/all",
    # The '=' is always there, so that a task may be called `header` or `all`.
    "attempt": "{zone}/runs/{pipeline}/{run}/{task}={part}/{attempt}",
    "segment": "{zone}/cache/{pipeline}/{inverse}-{run}",
    "ref": "{zone}/refs/{pipeline}/{kind}/{branch}/{inverse}{fork}",
    "pin": "x/{project}/{consumer}/{subscription}",
    "doomed": "{zone}/gc/{moment}-{nonce}/doomed/{page}",
    "state": "{zone}/gc/{moment}-{nonce}/state/{page}",
    "done": "{zone}/gc/{moment}-{nonce}/done",
    "damage": "{zone}/damage/{digest}/{nonce}",
}
_KNOWN: Final = 4096
# `xx` spreads names over 256 folders: the first two digits of the field that follows.
_SPREAD: Final = {"pack": "digest", "manifest": "content", "result": "key"}


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart: its kind, and the text of each field."""

    kind: str
    fields: Mapping[str, str]

    def __getitem__(self, field: str) -> str:
        return self.fields[field]


@cache
def _field(field: str) -> re.Pattern[str]:
    return re.compile(_FIELDS[field])


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    pattern = re.escape(_TEMPLATES[kind]).replace(r"\{", "{").replace(r"\}", "}")
    for field, expression in _FIELDS.items():
        pattern = pattern.replace(f"{{{field}}}", f"(?P<{field}>{expression})")
    return re.compile(pattern)


def build(kind: str, /, **fields: str) -> str:
    """The key of one object; raises UsageFault where a field can't stand in a name."""
    return _built(kind, tuple(fields.items()))


@lru_cache(_KNOWN)
def _built(kind: str, given: tuple[tuple[str, str], ...]) -> str:
    """One record is looked at from several sides, each of which asks for the same keys."""
    fields = dict(given)
    if kind in _SPREAD:
        fields["xx"] = fields[_SPREAD[kind]][:2]
    for field, text in fields.items():
        if not fits(field, text):
            raise UsageFault(f"{text[:80]!r} can't be a {field} in the store", code="store-name")
    if len(fields.get("part", "")) > LABEL_LENGTH:
        raise UsageFault(f"the part '{fields['part'][:40]}...' is too long", code="store-name")
    return _TEMPLATES[kind].format(**fields)


def fits(field: str, text: str) -> bool:
    """Whether a step of a listing can be this field of a name."""
    return _field(field).fullmatch(text) is not None


def parse(key: str) -> Name | None:
    """What a key says, or None where it is none of this format's names."""
    for kind in _TEMPLATES:
        if match := _pattern(kind).fullmatch(key):
            fields = match.groupdict()
            if kind in _SPREAD and fields[_SPREAD[kind]][:2] != fields["xx"]:
                return None
            return Name(kind, fields)
    return None


def inverse(number: int) -> str:
    """16 hex digits of 2^63 - number: the highest number is the first key of a listing."""
    if not 0 <= number <= TOP:
        raise UsageFault(f"{number} is out of range for a name", code="store-name")
    return f"{TOP - number:016x}"


def number(text: str) -> int:
    """Inverts `inverse`."""
    return TOP - int(text, 16)


def encode_branch(branch: str) -> str:
    """Percent-encoded, so that a branch is one step of a key and never climbs out of it."""
    text = branch.replace(".", "%2E") if branch in (".", "..") else _quoted(branch)
    if len(text) > BRANCH_LENGTH or not re.fullmatch(_FIELDS["branch"], text):
        raise UsageFault(
            f"the branch {branch[:60]!r} can't be a ref; expected 1 to {BRANCH_LENGTH} characters, "
            "three for each that isn't a letter, a digit or one of '_.~-'",
            code="store-name",
            hint="a shorter branch",
        )
    return text


def _quoted(branch: str) -> str:
    """Empty, which no branch is, for half a character."""
    try:
        return quote(branch, safe="")
    except UnicodeEncodeError:
        return ""


def decode_branch(text: str) -> str:
    return unquote(text)


def pack(zone: str, digest: str) -> str:
    return build("pack", zone=zone, digest=digest)


def manifest(zone: str, content: str, digest: str) -> str:
    return build("manifest", zone=zone, content=content, manifest=digest)


def header(zone: str, pipeline: str, run: str) -> str:
    return build("header", zone=zone, pipeline=pipeline, run=run)


def everything(zone: str, pipeline: str, run: str) -> str:
    return build("all", zone=zone, pipeline=pipeline, run=run)


def attempt(  # noqa: PLR0917 -- the key's steps, in their order
    zone: str, pipeline: str, run: str, task: str, part: str | None, number: int
) -> str:
    fields = {"pipeline": pipeline, "run": run, "task": task, "part": part or ""}
    return build("attempt", zone=zone, attempt=str(number), **fields)


def result(zone: str, key: str, run: str, attempt: int) -> str:
    return build("result", zone=zone, key=key, run=run, attempt=str(attempt))


def segment(zone: str, pipeline: str, milliseconds: int, run: str) -> str:
    return build("segment", zone=zone, pipeline=pipeline, inverse=inverse(milliseconds), run=run)


def ref(  # noqa: PLR0917 -- the key's steps, in their order
    zone: str, pipeline: str, kind: str, branch: str, seq: int, key: str | None
) -> str:
    fork = f"-{key}" if key else ""
    fields = {"pipeline": pipeline, "kind": kind, "branch": encode_branch(branch)}
    return build("ref", zone=zone, inverse=inverse(seq), fork=fork, **fields)


def folder(key: str) -> str:
    """The prefix that lists a key with its siblings."""
    return key.rpartition("/")[0] + "/"
