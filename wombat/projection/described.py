"""What a projection says of itself: in `_wombat.json`, and in the metadata of its commits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from wombat.digest import digest_json
from wombat.errors import Absent
from wombat.store.lakefs import objects
from wombat.store.records import output_contents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.projection.target import Target
    from wombat.store import RefRecord

VERSION: Final = 1
NAMED: Final = 100
"""Outputs that a commit's metadata names one by one; the record names all."""
_KEPT: Final = ("type", "schema", "path")


def describe(target: Target, record: RefRecord) -> dict[str, Any]:
    """The record of a version, as its readers have it."""
    return {
        "v": VERSION,
        "project": target.project,
        "pipeline": target.pipeline,
        "run": record.run,
        "version": record.seq,
        "commit": record.commit,
        "order": record.order,
        "plan": record.plan,
        "time": record.time,
        "outputs": {name: _output(value) for name, value in record.outputs.items()},
    }


def _output(value: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {name: value[name] for name in _KEPT if value.get(name) is not None}
    if "parts" in value:
        return {**told, "parts": {label: _part(part) for label, part in value["parts"].items()}}
    return {**told, **_counts(value)}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    return {"values": dict(part.get("values") or {}), **_counts(part)}


def _counts(value: Mapping[str, Any]) -> dict[str, Any]:
    stats = value.get("stats") or {}
    kept = {name: stats[name] for name in ("rows", "bytes") if stats.get(name) is not None}
    return {"content": value["C"], **({"stats": kept} if kept else {})}


def encode(described: Mapping[str, Any], again: int) -> bytes:
    """`again` counts how often the same version was written anew: two records are never equal
    unless nothing was done between them."""
    said = {**described, "again": again} if again else described
    return (json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def standing(target: Target, ref: str) -> tuple[dict[str, Any], int] | None:
    """What a record at a ref says, without how often it was written, and that."""
    try:
        data = objects.read(target.client, ref, target.record)
    except Absent:
        return None
    try:
        said = json.loads(data)
        again = said.pop("again", 0)
        return said, int(again)
    except (ValueError, TypeError, AttributeError):
        return {}, 0


def metadata(target: Target, record: RefRecord) -> dict[str, str]:
    """Of the commits of a run. A long list of outputs stands in `_wombat.json` alone."""
    said = {
        "wombat-project": target.project,
        "wombat-pipeline": target.pipeline,
        "wombat-run": record.run,
        "wombat-version": str(record.seq),
        "wombat-order": str(record.order),
        "wombat-plan": record.plan,
        "wombat-outputs": digest_json(
            {name: output_contents(value) for name, value in record.outputs.items()}
        ),
    }
    if record.commit:
        said["wombat-commit"] = record.commit
    if len(record.outputs) <= NAMED:
        for name, value in record.outputs.items():
            contents = output_contents(value)
            said[f"wombat-content:{name}"] = (
                contents if isinstance(contents, str) else digest_json(dict(contents))
            )
            if value.get("schema"):
                said[f"wombat-schema:{name}"] = str(value["schema"])
    return said


def written_by(said: Mapping[str, str]) -> tuple[str, str, str] | None:
    """The project, pipeline and run of a commit's metadata; None for somebody else's."""
    found = tuple(said.get(f"wombat-{word}", "") for word in ("project", "pipeline", "run"))
    return (found[0], found[1], found[2]) if all(found) else None
