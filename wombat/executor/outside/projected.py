"""Outputs that runs published to lakeFS, as the records beside them tell: `_wombat.json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from wombat.digest import Digest, is_digest
from wombat.errors import Absent, UsageFault
from wombat.executor.outside.identity import Seen
from wombat.executor.outside.pinned import CONTENT, runs
from wombat.printable import shown_url
from wombat.store.lakefs.objects import read
from wombat.store.tree import ContentDigest, File, order

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.executor.outside.pinned import Pinned

RECORD: Final = "_wombat.json"
LONGEST: Final = 64 << 20
"""Bytes of a record: a greater one is none of ours."""
_KEPT: Final = ("type", "schema", "path")
_NULL: Final = "__HIVE_DEFAULT_PARTITION__"


def as_artifact(url: str, pinned: Pinned) -> Seen:
    """What a folder is by its record: an output, or one part of it, with the content digest that
    its files have by their metadata. No byte of them is read.

    UsageFault `lakefs-not-published` where no record names it, where it has parts, and where other
    files stand there than the record's.
    """
    steps = pinned.path.split("/")
    values = {}
    while steps and "=" in steps[-1]:
        key, _, value = steps.pop().partition("=")
        values[unquote(key)] = "" if value == _NULL else unquote(value)
    for said, name in _records(pinned, steps):
        output = said["outputs"].get(name)
        if isinstance(output, dict):
            return _seen(url, pinned, said, name, _part(url, output, values))
    raise _refused(url, f"no {RECORD} names it")


def _records(pinned: Pinned, steps: list[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """The records that may name it, of a task's output or of what was put, and how."""
    for depth in (2, 1):
        if len(steps) <= depth:
            continue
        path = "/".join((*steps[:-depth], RECORD))
        try:
            data = read(pinned.client, pinned.commit, path, 0, LONGEST + 1)
            said = json.loads(data) if len(data) <= LONGEST else None
        except (Absent, ValueError, RecursionError):
            continue
        if isinstance(said, dict) and said.get("v") == 1 and isinstance(said.get("outputs"), dict):
            yield said, ".".join(steps[-depth:])


def _part(url: str, output: Mapping[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """The output, or the one part that its path names."""
    if "parts" not in output:
        if values:
            raise _refused(url, "it has no parts")
        return dict(output)
    whole = {word: output[word] for word in _KEPT if word in output}
    parts = output["parts"]
    for part in parts.values() if isinstance(parts, dict) else ():
        if values and isinstance(part, dict) and part.get("values") == values:
            return whole | dict(part)
    raise _refused(url, "its output has parts, and this is none of them")


def _seen(
    url: str, pinned: Pinned, said: Mapping[str, Any], name: str, output: Mapping[str, Any]
) -> Seen:
    content = str(output.get("content"))
    if _content(pinned) != content:
        raise _refused(url, f"other files stand there than its {RECORD} says")
    facts = {word: said.get(word) for word in ("project", "pipeline", "run")}
    facts |= {word: output.get(word) for word in _KEPT}
    known = {word: text for word, text in facts.items() if isinstance(text, str)}
    return Seen(
        etag=content,
        commit=pinned.commit,
        size=pinned.size,
        files=len(pinned.objects),
        artifact={**known, "type": str(output.get("type") or "file"), "output": name},
    )


def _content(pinned: Pinned) -> Digest | None:
    """The content digest of the files by their metadata; None where one says nothing."""
    hasher = ContentDigest()
    for name, one in sorted(pinned.objects, key=lambda item: order(item[0])):
        digest = one.metadata.get(CONTENT, "")
        if not is_digest(digest):
            return None
        hasher.add(File(name, runs(one), one.size, Digest(digest)))
    return hasher.finish()


def _refused(url: str, what: str) -> UsageFault:
    return UsageFault(
        f"{shown_url(url)} is no output that a run published: {what}; expected "
        "lakefs://REPOSITORY/REF/PATH/PIPELINE/TASK/OUTPUT",
        code="lakefs-not-published",
        hint=f"as files of anybody's: url: {shown_url(url)}",
    )
