"""`schemas/locked/`: what the lock's frames look like, a file an entry, so that no store is needed
to prove an edge, and so that an upgrade shows what changed, line by line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from wombat.api.files import write_whole
from wombat.errors import DiskFault, Place, UsageFault
from wombat.language.source import Document
from wombat.language.source import Mapping as Node
from wombat.plan.recorded import Recorded
from wombat.schema.load import Located, Schemas
from wombat.schema.model import FrameSchema, schema_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wombat.api.lockfile import Entry, Lock
    from wombat.errors import Diagnostics

FOLDER: Final = "schemas/locked"
LARGEST: Final = 4 << 20


def schema_text(schema: FrameSchema) -> str:
    """The file of a schema: the same schema gives the same bytes."""
    return json.dumps(schema.to_json(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def write_locked(root: Path, lock: Lock, known: Mapping[str, FrameSchema]) -> None:
    """Writes the files of the entries that are known, and takes those away that no entry of the
    lock has any more. DiskFault."""
    for name, schema in known.items():
        file, text = root / FOLDER / f"{name}.json", schema_text(schema)
        if not file.is_file() or file.read_text("utf-8", "replace") != text:
            write_whole(file, text)
    if not (root / FOLDER).is_dir():
        return
    kept = {f"{name}.json" for name, one in lock.entries.items() if "schema_digest" in one.facts}
    try:
        for file in sorted((root / FOLDER).glob("*.json")):
            if file.name not in kept:
                file.unlink()
        if not any((root / FOLDER).iterdir()):
            (root / FOLDER).rmdir()
    except OSError as fault:
        raise DiskFault.of(fault) from fault


def holds(root: Path, entry: Entry) -> bool:
    """Whether the entry's schema is there as the lock has it, or there is none to be there."""
    wanted = entry.facts.get("schema_digest")
    try:
        return wanted is None or _read(root, entry.name).digest == wanted
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _read(root: Path, name: str) -> FrameSchema:
    with (root / FOLDER / f"{name}.json").open("rb") as stream:
        data = stream.read(LARGEST)
    return schema_from_json(json.loads(data))


def read_recorded(root: Path, sink: Diagnostics) -> dict[str, Recorded]:
    """What is known of each locked artifact by its address; what is wrong is reported."""
    from wombat.api.lockfile import FILE, read_lock

    try:
        lock = read_lock(root)
    except UsageFault as fault:
        sink.error("lock-broken", fault.message, Place(FILE), hint=fault.hint)
        return {}
    found = ((one, _recorded(root, one, sink)) for one in lock.entries.values())
    return {one.address: known for one, known in found if known is not None}


def _recorded(root: Path, entry: Entry, sink: Diagnostics) -> Recorded | None:
    """None where nothing was recorded, by an older lock or an older producer."""
    facts: Mapping[str, Any] = entry.facts
    place = Place(f"{FOLDER}/{entry.name}.json")
    if "schema_digest" not in facts:
        framed = facts.get("type") == "dataframe" and facts.get("schema")
        return None if framed else Recorded(str(facts.get("type", "any")), None, "", place)
    if not holds(root, entry):
        sink.error(
            "lock-schema",
            f"the schema of '{entry.name}' isn't here as wombat.lock has it; expected "
            f"{str(facts['schema_digest'])[:16]}",
            place,
            hint="wombat lock",
        )
        return None
    profile = str(facts.get("schema_profile", "production"))
    return Recorded("dataframe", _read(root, entry.name), profile, place)


class WithLocked(Schemas):
    """A project's own schemas, then those that the lock recorded, by name or as `name@major`."""

    def __init__(self, own: Schemas, stored: Mapping[str, Recorded]) -> None:
        super().__init__({**own}, (), own.pending)
        self._own = own
        self._locked = [
            Located(one.schema, Document(one.place.path, _nothing()))
            for one in stored.values()
            if one.schema is not None
        ]

    def broken(self, name: str) -> bool:
        return self._own.broken(name)

    def near(self, name: str) -> str | None:
        return self._own.near(name)

    def __getitem__(self, name: str) -> Located:
        try:
            return self._own[name]
        except KeyError:
            plain, _, major = name.partition("@")
            for one in self._locked:
                version = (one.schema.version or "").partition(".")[0]
                if plain not in self._own and one.schema.name == plain and major in ("", version):
                    return one
            raise


def _nothing() -> Node:
    """The root of a file whose places nobody edits."""
    node = Node()
    node.line = node.column = 1
    return node
