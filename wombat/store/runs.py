"""A run's header, its attempts, and the record that it is whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wombat.digest import canonical_json
from wombat.errors import Absent, Conflict, StoreDamaged
from wombat.store import names
from wombat.store.doom import STALE, artifacts_in
from wombat.store.journal import create_record, read_record
from wombat.store.parallel import each
from wombat.store.presence import missing, unseen
from wombat.store.records import AttemptRecord, output_contents
from wombat.store.space import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wombat.store.blobs import Entry
    from wombat.store.records import Artifact
    from wombat.store.space import Space


def create_header(space: Space, pipeline: str, run: str, header: Any) -> Any:
    """Whoever comes first wins; returns the header that stands, as every reader will see it."""
    key = names.header(space.zone, pipeline, run)
    try:
        return read_record(space, key, "header")["header"]
    except Absent:
        pass
    if create_record(space, key, "header", {"header": header}):
        return json.loads(canonical_json(header))
    return read_record(space, key, "header")["header"]


def header(space: Space, pipeline: str, run: str) -> Any:
    """Of the first readable zone that has the run; raises Absent."""
    for zone in space.zones():
        try:
            return read_record(space, names.header(zone, pipeline, run), "header")["header"]
        except Absent:
            continue
    raise Absent(f"there is no run '{run}' of pipeline '{pipeline}'")


def record_attempt(  # noqa: PLR0917 -- the key's steps, in their order
    space: Space, pipeline: str, run: str, task: str, part: str | None, record: Mapping[str, Any]
) -> int:
    """Writes at the next free number, from 1; returns it."""
    prefix = names.folder(names.attempt(space.zone, pipeline, run, task, part, 1))
    taken = [int(name["attempt"]) for _, name in listed(space, prefix)]
    attempt = max(taken, default=0) + 1
    while True:
        body = {**record, "task": task, "part": part, "attempt": attempt}
        key = names.attempt(space.zone, pipeline, run, task, part, attempt)
        if create_record(space, key, "attempt", body):
            return attempt
        attempt += 1


def attempts(
    space: Space, pipeline: str, run: str, task: str | None = None, part: str | None = None
) -> list[AttemptRecord]:
    """By task, part and number; of the first readable zone that has any. `part` needs `task`."""
    for zone in space.zones():
        prefix = names.folder(names.header(zone, pipeline, run))
        if task is not None:
            prefix += f"{task}={part}/" if part is not None else f"{task}="
        if found := list(_attempts(space, prefix)):
            return sorted(found, key=lambda a: (a.task, a.part or "", a.attempt))
    return []


def _attempts(space: Space, prefix: str) -> Iterator[AttemptRecord]:
    listed = ((entry, names.parse(entry.key)) for entry in space.blobs.entries(prefix))
    found = ((e, name) for e, name in listed if name is not None and name.kind == "attempt")
    return each(lambda one: _attempt(space, *one), found)


def _attempt(space: Space, entry: Entry, name: names.Name) -> AttemptRecord:
    record, part = read_record(space, entry.key, "attempt"), name["part"] or None
    return AttemptRecord(name["task"], part, int(name["attempt"]), record, entry.time)


def require_outputs(space: Space, chosen: Iterable[AttemptRecord]) -> None:
    """Looks whether what attempts made is still there: nothing else keeps that of an old run.

    What was recorded in the last 12 hours is there. Raises StoreDamaged (`store-lost`) with the
    tasks of which something is gone, or about to be.
    """
    old = []
    for one in chosen:
        if 0 <= space.watch.wall() - one.time <= STALE:
            for artifact in _made(one):
                space.watch.note(artifact, space.zone)
        else:
            old.append(one)
    if old:
        space.watch.look(space)
    lacking = [one for one in old if missing(space, unseen(space, _made(one)))]
    if lacking:
        raise _gone(lacking)


def _made(attempt: AttemptRecord) -> list[Artifact]:
    return list(artifacts_in(attempt.record.get("outputs")))


def _gone(attempts: list[AttemptRecord]) -> StoreDamaged:
    tasks = sorted({one.task for one in attempts})
    said = ", ".join(f"'{task}'" for task in tasks[:5]) + (", …" if len(tasks) > 5 else "")
    return StoreDamaged(
        f"what {said} made is gone: a run that isn't published keeps it for 7 days",
        code="store-lost",
        hint="run the pipeline again, as another run: it makes anew what isn't there",
    )


def runs(space: Space, pipeline: str) -> Iterator[str]:
    """The ids of all runs of a pipeline that the own zone has a record of, in any order.

    One request for about a thousand runs, however many records they have. What was put has no
    header.
    """
    above = names.folder(names.header(space.zone, pipeline, "x"))[:-2]
    return (run for run in space.blobs.folders(above) if names.fits("run", run))


def is_whole(space: Space, pipeline: str, run: str) -> bool:
    """Whether the run was published, or was about to be."""
    try:
        space.blobs.stat(names.everything(space.zone, pipeline, run))
    except Absent:
        return False
    return True


def record_all(space: Space, pipeline: str, run: str, body: Mapping[str, Any]) -> None:
    """What the run chose to publish, once; raises Conflict where it chose otherwise before."""
    key = names.everything(space.zone, pipeline, run)
    if create_record(space, key, "all", body, learned=True):
        return
    stands = read_record(space, key, "all")
    if stands.get("plan") != body.get("plan"):
        raise _chose_before(run, "with another plan")
    if _contents(stands) != _contents(body):
        raise _chose_before(run, "with other results")


def _contents(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: output_contents(value) for name, value in body["outputs"].items()}


def _chose_before(run: str, how: str) -> Conflict:
    return Conflict(
        f"run '{run}' was published before {how}",
        hint="what a run publishes is chosen once; start a new run",
    )


def read_all(space: Space, pipeline: str, run: str) -> dict[str, Any]:
    """Raises Absent for a run that was never published."""
    return read_record(space, names.everything(space.zone, pipeline, run), "all")
