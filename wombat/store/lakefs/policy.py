"""The rights that each role needs in lakeFS, as documents of its access control; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from wombat.errors import UsageFault
from wombat.store.reach import Role, reach

if TYPE_CHECKING:
    from collections.abc import Iterable

Shown = Literal["publisher", "consumer"]
SHOWN: Final[dict[Shown, str]] = {
    "publisher": "the publish job, on protected branches: shows runs as commits",
    "consumer": "who reads what stands there, with Wombat or without",
}
"""The roles of a branch on which runs are shown; those of a store are the same on every server."""
RUNS: Final = "wombat-*"
"""The branches of runs."""
_ARN: Final = "arn:lakefs:fs:::repository/"
_WILD: Final = re.compile(r"[*?\\\[\]]")


@dataclass(frozen=True, slots=True)
class LakePlace:
    """A path of a repository; the branch is one to write to."""

    repository: str
    branch: str
    path: str = ""

    def __post_init__(self) -> None:
        if _WILD.search(self.path):
            raise UsageFault(
                f"the path {self.path} has a character that stands for others in a policy; "
                "expected none of * ? [ ] \\",
                code="store-address",
            )

    @property
    def whole(self) -> str:
        return f"{_ARN}{self.repository}"

    def object(self, name: str) -> str:
        return f"{self.whole}/object/{f'{self.path}/{name}' if self.path else name}"

    def at(self, branch: str) -> str:
        return f"{self.whole}/branch/{branch}"


def permissions(place: LakePlace, role: Role, project: str, reads: Iterable[str]) -> dict[str, Any]:
    """What a role of a store may do. Listing is a right on a repository: it can't be narrowed."""
    names = reach(role, project, tuple(reads))
    return _document(
        [
            _allow("fs:ReadConfig", "*"),
            _allow("fs:ListObjects", place.whole),
            *_each("fs:ReadObject", place, ("wombat.json", *names.reads)),
            *_each("fs:WriteObject", place, names.makes),
            *_each("fs:DeleteObject", place, names.deletes),
        ]
    )


def showing(place: LakePlace, role: Shown) -> dict[str, Any]:
    """What a role may do where runs are shown as commits."""
    own = _publisher(place) if role == "publisher" else _consumer(place)
    return _document([_allow("fs:ReadConfig", "*"), *own])


def _publisher(place: LakePlace) -> list[dict[str, Any]]:
    """Writes on any branch, since lakeFS's rights on objects know none; but moves the target, and
    the branches of runs, alone."""
    written = ("fs:ReadObject", "fs:WriteObject", "fs:DeleteObject")
    return [
        _allow(
            ("fs:ListObjects", "fs:ListBranches", "fs:ReadCommit", "fs:ListCommits"), place.whole
        ),
        _allow(written, place.object("*")),
        _allow(("fs:CreateBranch", "fs:DeleteBranch", "fs:CreateCommit"), place.at(RUNS)),
        _allow("fs:CreateCommit", place.at(place.branch)),
    ]


def _consumer(place: LakePlace) -> list[dict[str, Any]]:
    return [
        _allow(("fs:ListObjects", "fs:ReadCommit"), place.whole),
        _allow("fs:ReadObject", place.object("*")),
    ]


def _each(action: str, place: LakePlace, names: Iterable[str]) -> list[dict[str, Any]]:
    """A statement a name: older servers take one resource in each."""
    return [_allow(action, place.object(name)) for name in dict.fromkeys(names)]


def _allow(actions: str | tuple[str, ...], resource: str) -> dict[str, Any]:
    every = [actions] if isinstance(actions, str) else [*actions]
    return {"effect": "allow", "action": every, "resource": resource}


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"statement": statements}
