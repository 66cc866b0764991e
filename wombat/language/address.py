"""Addresses: what stands for an output, or a whole pipeline, on a command line or in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from wombat.errors import UsageFault

NAME: Final = r"[a-z][a-z0-9_-]{0,62}"
IDENTIFIER: Final = r"[a-z][a-z0-9_]{0,62}"

_ADDRESS: Final = re.compile(
    rf"(?:(?P<project>{NAME}):)?(?P<pipeline>{NAME})"
    rf"(?:/(?:(?P<task>{NAME})\.)?(?P<output>{IDENTIFIER}(?:_rejected)?|{NAME}))?"
    r"(?:\[(?P<part>[^\[\]]*)\])?(?:@(?P<ref>.+))?"
)
_KINDS: Final = ("branch", "tag", "run", "asof", "blake3")
RefKind = Literal["name", "branch", "tag", "run", "asof", "blake3"]


class Ref(NamedTuple):
    """What stands behind `@`: a branch or tag by name, or one of the explicit kinds."""

    kind: RefKind
    value: str

    def __str__(self) -> str:
        return self.value if self.kind == "name" else f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True)
class Address:
    """`[project:]pipeline/[task.]output[part]@ref`; `output` is None for a whole pipeline."""

    pipeline: str
    output: str | None = None
    task: str | None = None
    part: str | None = None
    ref: Ref | None = None
    project: str | None = None

    def __str__(self) -> str:
        project = f"{self.project}:" if self.project else ""
        task = f"{self.task}." if self.task else ""
        output = f"/{task}{self.output}" if self.output else ""
        part = f"[{self.part}]" if self.part is not None else ""
        return f"{project}{self.pipeline}{output}{part}" + (f"@{self.ref}" if self.ref else "")


def parse_address(text: str) -> Address:
    """The address in `text`; raises UsageFault `invalid-address` that shows the grammar."""
    found = _ADDRESS.fullmatch(text)
    ref = _parse_ref(found["ref"]) if found and found["ref"] else None
    if not found or (found["ref"] and ref is None):
        dotted = re.fullmatch(rf"({NAME})\.({NAME})", text)
        raise UsageFault(
            f"{quoted(text)} is no address; expected pipeline/[task.]output[key=value]@ref",
            code="invalid-address",
            hint=f"did you mean '{dotted[1]}/{dotted[2]}'?"
            if dotted
            else "for example churn/features@main",
        )
    return Address(
        found["pipeline"], found["output"], found["task"], found["part"], ref, found["project"]
    )


def _parse_ref(text: str) -> Ref | None:
    kind, colon, value = text.partition(":")
    if colon and kind in _KINDS:
        return Ref(kind, value) if value else None  # type: ignore[arg-type]  # one of _KINDS
    return None if colon or text.startswith("-") else Ref("name", text)


def quoted(name: str) -> str:
    """A name in a message, cut where it is long."""
    return f"'{name}'" if len(name) <= 40 else f"'{name[:37]}...'"
