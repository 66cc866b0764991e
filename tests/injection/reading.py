"""Everything that is generated from a project, and what of it may differ."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wombat.api.project import compile_all, compile_files
from wombat.backends import Selection

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = "ci"
_DIGEST: Final = re.compile(r"\b[0-9a-f]{12,64}\b")
_LABEL: Final = re.compile(r": \[[^\]]*\]|--part=[^\s\"\],]+")
_REMARK: Final = re.compile(r"(?m)^# \w+ ← (?:file|artifact)(?: (.*))?$")
_IMAGE: Final = re.compile(r"(?m)^( +image: ).*$")


def generated(root: Path) -> dict[str, str]:
    """The files of a child pipeline, and those that teams commit, by path."""
    checked = compile_all(root)
    selection = Selection("run-1", tuple(checked.plans), effects=True)
    child = compile_files(checked, "gitlab", selection).files
    committed = compile_files(checked, "gitlab", None, root / FOLDER).files
    return child | {f"{FOLDER}/{path}": text for path, text in committed.items()}


def shown(text: str, seen: str) -> str:
    """A file's text without what it may show: digests, and what else stands there by design."""
    if seen == "label":
        text = _LABEL.sub("#", text)
    if seen == "image":
        text = _IMAGE.sub(r"\1#", text)
    if seen == "remark":
        text = _REMARK.sub("#", text)
    return _DIGEST.sub("#", text)


def remarks(text: str) -> list[str]:
    """What the comments of a generated file say of files and artifacts."""
    return [said for said in _REMARK.findall(text) if said]
