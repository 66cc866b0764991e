"""What a repository's own `.gitlab-ci.yml` says of its stages and of the files it includes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import yaml

from wombat.backends.gitlab.committed import TRIGGERS
from wombat.backends.gitlab.template import PATH as TEMPLATE
from wombat.emit import emit_yaml
from wombat.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GITLAB: Final = ".gitlab-ci.yml"
USUAL: Final = "test"
"""The template's stage, where nobody names another one; GitLab has it where no stages are said."""
_OURS: Final = ("wombat.yml", "wombat.yaml")
DEEP: Final = 100
"""GitLab reads no file that is nested deeper."""
_STARS: Final = re.compile(r"(\*\*/|\*\*|\*)")
_STEPS: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}


@dataclass(frozen=True, slots=True)
class CiFile:
    """`stages` in their order, none where the file says none. `included`: the kind of each include
    (local, component, …) and what it names. `begun`: whether there is an `include:` at all."""

    stages: tuple[str, ...] = ()
    included: tuple[tuple[str, str], ...] = ()
    begun: bool = False

    @property
    def names_template(self) -> bool:
        """Whether GitLab refuses the file where there is no template: a pattern may match none."""
        return any(kind == "local" and _path(said) == TEMPLATE for kind, said in self.included)

    @property
    def has_wombat(self) -> bool:
        """Whether wombat's jobs come from somewhere: the template, a component, triggers."""
        return any(_brings_wombat(kind, said) for kind, said in self.included)

    @property
    def stage(self) -> str | None:
        """One of their stages for wombat's jobs; None where the usual one is there."""
        if not self.stages or USUAL in self.stages:
            return None
        return next((one for one in self.stages if USUAL in one), self.stages[-1])


def read_ci_file(folder: Path) -> CiFile:
    """The file's top level, as far as it is YAML; empty where there is none.

    Nothing is built of it, no tag means anything, and it ends where it gets too deep. UsageFault
    for a folder of that name.
    """
    file = folder / GITLAB
    require_file(folder, GITLAB)
    if not file.exists():
        return CiFile()
    said = list(_scalars(file.read_bytes().decode("utf-8", "replace")))
    return CiFile(
        stages=tuple(text for steps, text in said if steps == ("stages",)),
        included=tuple(
            (steps[1] if len(steps) > 1 else _kind(text), text)
            for steps, text in said
            if steps[:1] == ("include",) and len(steps) < 3
        ),
        begun=any(steps[:1] == ("include",) for steps, _ in said),
    )


def require_file(folder: Path, path: str) -> None:
    """UsageFault where a folder stands in a file's place."""
    if (folder / path).is_dir():
        raise UsageFault(f"'{path}' is a folder; expected a file", code="not-a-file")


def to_add(found: CiFile) -> str:
    """What a person has to write into the file, so that GitLab runs wombat."""
    entry: dict[str, object] = {"local": TEMPLATE}
    if found.stage is not None:
        entry["inputs"] = {"stage": found.stage}
    text = emit_yaml({"include": [entry]}).rstrip()
    if not found.begun:
        return f"add to {GITLAB}:\n{text}"
    return f"add to the include of {GITLAB}:\n" + text.partition("\n")[2]


def _brings_wombat(kind: str, said: str) -> bool:
    if kind == "local":
        path = _path(said)
        return path.rpartition("/")[2] == TRIGGERS or _matches(path, TEMPLATE)
    if kind == "component":
        return said.partition("@")[0].rpartition("/")[2] == "wombat"
    return kind in ("file", "remote") and said.rpartition("/")[2] in _OURS


def _kind(text: str) -> str:
    return "remote" if "://" in text else "local"


def _path(said: str) -> str:
    return said.removeprefix("./").removeprefix("/")


def _matches(pattern: str, path: str) -> bool:
    """GitLab's patterns: `*` within a folder, `**` through folders."""
    pieces = (_STEPS.get(piece, re.escape(piece)) for piece in _STARS.split(pattern))
    return re.fullmatch("".join(pieces), path) is not None


def _scalars(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every value that is text, with the keys above it; lists count as no step."""
    keys: list[str | None] = []  # a mapping's key that waits for its value; None between two
    kinds: list[bool] = []  # whether each open collection is a mapping
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.CollectionEndEvent):
                if kinds.pop():
                    keys.pop()
                _valued(keys, kinds)
            elif isinstance(event, yaml.CollectionStartEvent):
                kinds.append(isinstance(event, yaml.MappingStartEvent))
                if len(kinds) > DEEP:
                    return
                if kinds[-1]:
                    keys.append(None)
            elif isinstance(event, yaml.NodeEvent):  # a scalar or an alias
                value = getattr(event, "value", "")
                if kinds and kinds[-1] and keys[-1] is None:
                    keys[-1] = value
                    continue
                yield tuple(key or "" for key in keys), value
                _valued(keys, kinds)
    except yaml.YAMLError:
        return


def _valued(keys: list[str | None], kinds: list[bool]) -> None:
    """The value of the innermost mapping's key is complete."""
    if kinds and kinds[-1]:
        keys[-1] = None
