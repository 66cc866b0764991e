"""What a branch's ref holds of a pipeline, and what may still come to stand there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from wombat.ci import by_issuer, ref_of
from wombat.errors import Absent, Conflict
from wombat.executor.effects import undone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.api.session import Session
    from wombat.store import RefRecord, Store

PATIENCE: Final = timedelta(hours=2)
"""How long effects may take to begin after their publish, before they count as left undone."""


@dataclass(frozen=True)
class Standing:
    """The newest record of a ref, the store whose zone holds it, and its run's header, if it has
    one. `own`: it is the branch's own ref, not the default branch's."""

    store: Store
    record: RefRecord
    header: dict[str, Any] | None
    own: bool


def standing(session: Session, pipeline: str, *, default: bool = False) -> Standing | None:
    """What the branch's ref holds; where it has none, in a merge request or with `default`, the
    default branch's. Raises Conflict `project-taken` where another repository's runs stand there.
    """
    around = session.surroundings
    refs = [(ref_of(around.branch), True)]
    if default or around.event == "merge_request":
        refs.append(((around.default_branch, "heads"), False))
    for ref, own in refs:
        for store in _readable(session):
            record = _only(store.tops(pipeline, *ref))
            if record is not None:
                found = Standing(store, record, header_of(store, pipeline, record.run), own)
                _same_repository(session, found)
                return found
    return None


def _only(tops: list[RefRecord]) -> RefRecord | None:
    """None for a closed branch, and for a fork: the next run that publishes mends it."""
    return tops[0] if len(tops) == 1 and not tops[0].closed else None


def _readable(session: Session) -> Iterator[Store]:
    yield session.store  # made where there is none, so that the others are there
    yield from session.near(session.project)[1:]


def header_of(store: Store, pipeline: str, run: str) -> dict[str, Any] | None:
    """None for a run without a header, as of `put`."""
    try:
        found: dict[str, Any] = store.header(pipeline, run)
    except Absent:
        return None
    return found


def _same_repository(session: Session, found: Standing) -> None:
    """Two repositories of one name would overtake each other without a word."""
    mine = session.surroundings.repository
    theirs = (found.header or {}).get("repository")
    if mine and theirs and mine != theirs:
        raise Conflict(
            f"project '{session.project}' of this store belongs to the repository {theirs}; "
            f"this one is {mine}",
            code="project-taken",
            hint="give this one a name of its own in wombat.yml: project: …",
        )


def in_flight(session: Session, pipeline: str, found: Standing) -> str | None:
    """A run of the same branch that began after what stands, and may still be published."""
    store, record, own = session.store, found.record, session.surroundings.run
    for runs in by_issuer(store.runs(pipeline)):
        for run in runs:
            header = header_of(store, pipeline, run)
            if header is None:
                continue
            if header["order"] <= record.order:
                break
            mine = ref_of(header["branch"]) == (record.branch, record.kind)
            if mine and run not in {own, record.run} and not ended(store, pipeline, run):
                return run
    return None


def ended(store: Store, pipeline: str, run: str) -> bool:
    try:
        store.published(pipeline, run)
    except Absent:
        return False
    return True


def left_undone(found: Standing, now: datetime) -> str | None:
    """An effect of the run that stands which failed, or never began: its name."""
    if found.header is None or not found.own:
        return None
    began = datetime.fromisoformat(found.record.time).astimezone(UTC)
    return undone(found.store, found.header, found.record, patient=now - began < PATIENCE)
