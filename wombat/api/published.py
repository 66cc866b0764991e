"""What a run published beside what stood before, by their records: no data is fetched."""

from __future__ import annotations

import os
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from wombat.api.addresses import Found
from wombat.api.diffing import told
from wombat.api.files import write_whole
from wombat.api.noting import note
from wombat.api.reviewing import bounded
from wombat.api.session import open_session
from wombat.ci import branch_of, ref_of
from wombat.errors import WombatError
from wombat.executor.header import find_header, plan_of
from wombat.executor.reuse.frozen import all_reused
from wombat.executor.units import published_units
from wombat.language.address import Address
from wombat.review.published import Changed, changed_junit, changed_markdown, changed_metrics
from wombat.review.report import FOLDER, METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wombat.api.session import Session
    from wombat.review.data_diff import Side
    from wombat.store import RefRecord, Store

LOOKED: Final = 50
"""Versions among which a run's own is looked for."""


def what_changed(
    session: Session, header: Mapping[str, Any], mine: RefRecord, outcome: str
) -> Changed:
    """Of a run that published `mine`: its outputs beside those of the version before it on its
    branch, else of the default branch; where it was superseded, of what stands instead."""
    store = session.store
    before = _before(session, header)
    now, then = _sides(store, mine), _sides(*before) if before else {}
    return Changed(
        str(header["pipeline"]),
        outcome,
        _called(before[1]) if before else None,
        _parts(store, header),
        {name: (then.get(name), now.get(name)) for name in sorted(now.keys() | then.keys())},
    )


def _before(session: Session, header: Mapping[str, Any]) -> tuple[Store, RefRecord] | None:
    store, pipeline, run = session.store, str(header["pipeline"]), str(header["run"])
    log = list(islice(store.ref_log(pipeline, *ref_of(str(header["branch"]))), LOOKED))
    place = next((place for place, one in enumerate(log) if one.run == run), -1)
    earlier = [one for one in log[place + 1 :] if not one.closed]
    if earlier:
        return store, earlier[0]
    for other in session.near(session.project):
        for record in other.tops(pipeline, str(header["default_branch"]), "heads"):
            if record.run != run and not record.closed:
                return other, record
    return None


def _called(record: RefRecord) -> str:
    branch = branch_of(record.branch, record.kind)
    return f"version {record.seq} of {branch}, run {record.run}" if record.seq else branch


def _sides(store: Store, record: RefRecord) -> dict[str, Side]:
    found = {}
    for name, value in record.outputs.items():
        task, _, output = name.rpartition(".")
        address = Address(record.pipeline, output, task or None)
        found[name] = told(Found(address, store, name, value, record))
    return found


def _parts(store: Store, header: Mapping[str, Any]) -> dict[str, int]:
    """How many of a run's parts it made, judged anew, and took as they were."""
    plan = plan_of(header)
    kept = {(one.task, one.part) for one in all_reused(header)}
    counts = Counter(made=0, judged=0, reused=len(kept))
    newest = {}
    if len(kept) < len(published_units(plan)):
        attempts = store.attempts(plan.pipeline, str(header["run"]))
        newest = {(one.task, one.part): one for one in attempts if one.done}
    for unit in published_units(plan):
        if unit not in kept and unit in newest:
            record = newest[unit].record
            known = "reused" in record
            counts["made" if not known else "judged" if "report" in record else "reused"] += 1
    return dict(counts)


def tell(
    start: Path,
    pipeline: str,
    outcome: str,
    *,
    run: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> str | None:
    """Writes what a publish changed where the job's artifacts have it, and says it in the merge
    request at hand where that is asked for. What kept it from that, or None: the publish stands."""
    given = os.environ if environ is None else environ
    try:
        session = open_session(start, flags={"run": run})
        changed = changes_of(session, pipeline, run or session.surroundings.run, outcome)
        if changed is None:
            return None
        text = write_changes(session.root / FOLDER, changed)
        if given.get("GITLAB_CI"):
            write_whole(session.root / FOLDER / METRICS, changed_metrics(changed))
    except WombatError as fault:
        return f"what {pipeline} changed can't be told: {fault.message}"
    return note(session.root, f"changes of {pipeline}", text, environ=given)


def changes_of(session: Session, pipeline: str, run: str, outcome: str) -> Changed | None:
    """None for a run that isn't published."""
    header = find_header(session.store, pipeline, run)
    mine = session.store.published_ref(pipeline, run) if header is not None else None
    if header is None or mine is None:
        return None
    return what_changed(session, header, mine, outcome)


def write_changes(folder: Path, changed: Changed) -> str:
    """`PIPELINE.changes.md` and `PIPELINE.publish.xml`; the Markdown. DiskFault."""
    text = bounded(changed_markdown(changed))
    write_whole(folder / f"{changed.pipeline}.changes.md", text)
    write_whole(folder / f"{changed.pipeline}.publish.xml", changed_junit(changed))
    return text
