"""What the listings show: versions and runs, and whether they can be the whole truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.gc.rules import Version
from wombat.store.records import Mismatch
from wombat.store.space import read_sealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.store.blobs import Entry
    from wombat.store.gc.lists import Collection
    from wombat.store.space import Space


@dataclass(slots=True)
class Run:
    """One run's records; `time` is the newest one's."""

    pipeline: str
    run: str
    time: float
    header: Entry | None = None
    everything: Entry | None = None
    attempts: list[Entry] = field(default_factory=list)


def versions(
    space: Space, notes: list[str] | None = None
) -> dict[tuple[str, str, str], list[Version]]:
    """By pipeline, kind and branch, the newest first.

    Raises StoreDamaged (`gc-listing`) where a number is missing in between: ref records are never
    deleted, so the listing is short, or somebody took a record away. With `notes` that is noted.
    """
    found: dict[tuple[str, str, str], list[Version]] = {}
    for entry in space.blobs.entries(f"{space.zone}/refs/"):
        name = names.parse(entry.key)
        if name is None:
            continue
        at = (name["pipeline"], name["kind"], names.decode_branch(name["branch"]))
        seq = names.number(name["inverse"])
        found.setdefault(at, []).append(Version(entry.key, *at, seq, entry.time, entry.size))
    for at, branch in found.items():
        try:
            _whole(space.zone, at, branch)
        except StoreDamaged as error:
            if notes is None:
                raise
            notes.append(str(error))
    return found


def _whole(zone: str, at: tuple[str, str, str], branch: list[Version]) -> None:
    seen = {version.seq for version in branch}
    missing = next((seq for seq in range(1, max(seen) + 1) if seq not in seen), None)
    if missing is not None:
        raise short(f"version {missing} of {'/'.join((zone, 'refs', *at))}")


def short(what: str) -> StoreDamaged:
    """A listing lacks something that was there: roots could be missing too."""
    return StoreDamaged(
        f"the store's listing lacks {what}; expected every record that was ever there",
        code="gc-listing",
        hint="nothing was collected; see whether the store lists all that it holds",
    )


def tops(found: dict[tuple[str, str, str], list[Version]]) -> dict[str, int]:
    """The newest number of each branch."""
    return {"/".join(at[:2]) + "/" + at[2]: branch[0].seq for at, branch in found.items()}


def check_progress(space: Space, past: Iterable[Collection], now: dict[str, int]) -> None:
    """No branch may have fewer versions than an earlier collection saw. Raises StoreDamaged."""
    earlier = next((one for one in past if len(one.states) > 1), None)
    for page in earlier.states[1:] if earlier else ():
        for branch, seq in _tops_on(space, page.key).items():
            if now.get(branch, 0) < seq:
                raise short(f"version {seq} of {space.zone}/refs/{branch}")


def _tops_on(space: Space, key: str) -> dict[str, int]:
    try:
        body = read_sealed(space, key, "state")
        return {str(branch): int(seq) for branch, seq in body["tops"].items()}
    except Absent:
        return {}
    except (KeyError, TypeError, ValueError, AttributeError, Mismatch) as error:
        raise StoreDamaged(f"{key} can't be read: {error}") from error


def runs(space: Space) -> Iterator[Run]:
    """Every run of the zone, one after another as they are listed."""
    listed = ((e, names.parse(e.key)) for e in space.blobs.entries(f"{space.zone}/runs/"))
    known = ((entry, name) for entry, name in listed if name is not None)
    for (pipeline, run), group in groupby(known, lambda one: (one[1]["pipeline"], one[1]["run"])):
        found = Run(pipeline, run, 0.0)
        for entry, name in group:
            found.time = max(found.time, entry.time)
            if name.kind == "attempt":
                found.attempts.append(entry)
            elif name.kind == "header":
                found.header = entry
            else:
                found.everything = entry
        yield found
