"""What a projection says of itself: in `_wombat.json`, and in the metadata of its commits."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from wombat.digest import digest_json
from wombat.errors import Absent
from wombat.store.lakefs import objects
from wombat.store.records import output_contents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.projection.target import Target
    from wombat.store import RefRecord

VERSION: Final = 1
_COUNTED: Final = 1 << 53
NAMED: Final = 100
"""Outputs that a commit's metadata names one by one; the record names all."""
LONGEST: Final = 64 << 20
"""Bytes of a record that are read."""
_KEPT: Final = ("type", "schema", "path")


def describe(target: Target, record: RefRecord) -> dict[str, Any]:
    """The record of a version, as its readers have it."""
    return {
        "v": VERSION,
        "project": target.project,
        "pipeline": target.pipeline,
        "zone": target.zone,
        "store": target.store,
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


def encode(described: Mapping[str, Any], again: int, sums: Mapping[str, str]) -> bytes:
    """`again` counts how often the same version was written anew: two records are never equal
    unless nothing was done between them. `sums` are the MD5 of large files, by their content: they
    weren't known yet when the files' own metadata were sent."""
    said = {**described, **({"again": again} if again else {}), **({"md5": sums} if sums else {})}
    return (json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


@dataclass(frozen=True)
class Standing:
    """What a record says: of the version, how often it was written, and large files' MD5."""

    said: Mapping[str, Any]
    again: int = 0
    sums: Mapping[str, str] = field(default_factory=dict)


def standing(target: Target, ref: str) -> Standing | None:
    """The record at a ref; one that says nothing where it can't be read, however it was made."""
    try:
        data = objects.read(target.client, ref, target.record, 0, LONGEST + 1)
    except Absent:
        return None
    try:
        said = json.loads(data) if len(data) <= LONGEST else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return Standing({})
    again, sums = said.pop("again", 0), said.pop("md5", {})
    if type(again) is not int or not 0 <= again < _COUNTED or not isinstance(sums, dict):
        return Standing({})
    return Standing(said, again, {k: v for k, v in sums.items() if isinstance(v, str)})


def replaces(target: Target, said: Mapping[str, Any], version: int) -> bool:
    """Whether this version may stand instead of what a record says: an earlier one of the same zone
    and store, or, from CI, what somebody showed from their own machine. Nothing is lost by a record
    that doesn't say so much."""
    zone, store, there = (said.get(word) for word in ("zone", "store", "version"))
    if target.force or type(there) is not int or not isinstance(zone, str) or not store:
        return True
    if (zone, store) == (target.zone, target.store):
        return there <= version
    return (zone, target.zone) == ("local", "t")


def metadata(target: Target, record: RefRecord) -> dict[str, str]:
    """Of the commits of a run. A long list of outputs stands in `_wombat.json` alone."""
    said = {
        "wombat-project": target.project,
        "wombat-pipeline": target.pipeline,
        "wombat-zone": target.zone,
        "wombat-store": target.store,
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


class Writer(NamedTuple):
    """Who made a commit, by what its metadata say."""

    project: str
    pipeline: str
    zone: str
    store: str
    run: str

    def __str__(self) -> str:
        zone = f", zone {self.zone} of store {self.store[:8]}" if self.zone else ""
        return f"{self.project}/{self.pipeline}, run {self.run}{zone}"


def writer(target: Target, run: str) -> Writer:
    return Writer(target.project, target.pipeline, target.zone, target.store, run)


def written_by(said: Mapping[str, str]) -> Writer | None:
    """Of a commit's metadata; None for somebody else's."""
    found = Writer(*(said.get(f"wombat-{word}", "") for word in Writer._fields))
    return found if found.project and found.pipeline and found.run else None
