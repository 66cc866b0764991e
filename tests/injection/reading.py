"""Everything that is generated from a project, and what of it may differ."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wombat.api.project import compile_all, compile_files, options_of
from wombat.backends import Selection
from wombat.backends.gitlab.template import PATH as TEMPLATE
from wombat.backends.gitlab.template import template

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = "ci"
_DIGEST: Final = re.compile(r"\b[0-9a-f]{12,64}\b")
_LABEL: Final = re.compile(r": \[[^\]]*\]|--part=[^\s\"\],]+")
_REMARK: Final = re.compile(r"(?m)^# \w+ ← (?:file|artifact)(?: (.*))?$")
_IMAGE: Final = re.compile(r"(?m)^( +image: ).*$")


def generated(root: Path, *, whole: bool = True) -> dict[str, str]:
    """A child pipeline; with `whole` the template and the files that teams commit too, by path."""
    checked = compile_all(root)
    selection = Selection("run-1", tuple(checked.plans), effects=True)
    made = compile_files(checked, "gitlab", selection).files
    if whole:
        made[TEMPLATE] = template(options_of(checked, "gitlab"), list(checked.plans.values()))
        committed = compile_files(checked, "gitlab", None, root / FOLDER).files
        made |= {f"{FOLDER}/{path}": text for path, text in committed.items()}
    return made


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
