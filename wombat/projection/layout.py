"""Which folder each output of a version has, and each of its parts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wombat.projection.target import RECORD
from wombat.store.records import Artifact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wombat.store import RefRecord

EMPTY: Final = "__HIVE_DEFAULT_PARTITION__"
"""How readers of such folders write that there is no value."""
STEP: Final = 255
"""Bytes of a file's name, as most disks have it."""
_ESCAPED: Final = re.compile(r'[\x00-\x1f\x7f"#%\'*/:=?\\{}\[\]^ ]')
"""Hive's own set, and the space; other characters stand as they are, as every reader has them."""


@dataclass(frozen=True)
class Folder:
    """One artifact's place below the pipeline's folder, with a slash at its end."""

    steps: str
    name: str
    artifact: Artifact


def folders(record: RefRecord) -> Iterator[Folder]:
    """The folders of a version: `task/output/`, with `key=value/` for each key of a part, in the
    order of the alphabet, since that of a mapping's keys means nothing.

    What was `put` belongs to no task. Rows that were set aside stand in a folder of their own.
    """
    for name, value in sorted(record.outputs.items()):
        task, _, output = name.rpartition(".")
        steps = f"{task}/{output}/" if task else f"{output}/"
        if "parts" not in value:
            yield Folder(steps, name, Artifact.from_json(value))
            continue
        for label, part in sorted(value["parts"].items()):
            below = "".join(f"{step}/" for step in _partition(part, label))
            yield Folder(steps + below, name, Artifact.from_json(part))


def unfit(found: Sequence[Folder]) -> tuple[str, str] | None:
    """A folder that no `pull` could write beside the others, and why; None for none.

    Files within an artifact were looked at when it was stored.
    """
    names, ends, inner = {RECORD.casefold(): RECORD}, {RECORD.casefold()}, set[str]()
    for one in found:
        path = folded = ""
        for place in one.steps.rstrip("/").split("/"):
            if unicodedata.normalize("NFC", place) != place:
                return one.steps, "it is not in Unicode's normal form NFC"
            if len(place.encode()) > STEP:
                return one.steps, f"a step of it has more than {STEP} bytes"
            inner.add(path)
            path += f"/{place}" if path else place
            folded = unicodedata.normalize("NFC", path.casefold())
            if (other := names.setdefault(folded, path)) != path:
                return one.steps, f"it differs from {other} only by upper and lower case"
            if folded in ends:
                return one.steps, f"another output writes {path}, too"
        ends.add(folded)
        if path in inner:
            return one.steps, "another output's folder is in it"
    return None


def step(key: str, value: str) -> str:
    """A folder's name that tells a value; `step` of another value is another name."""
    if not value:
        return f"{key}={EMPTY}"
    text = _ESCAPED.sub(lambda c: f"%{ord(c[0]):02X}", value)
    return f"{key}={f'%5F{text[1:]}' if text == EMPTY else text}"


def _partition(part: Mapping[str, Any], label: str) -> list[str]:
    values: Mapping[str, str] = part.get("values") or {}
    return [step(key, str(values[key])) for key in sorted(values)] or [label]
