"""Verifying a store, and repairing it as far as good copies are found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from wombat.api.let_go import kept
from wombat.api.session import open_session
from wombat.errors import Absent, UsageFault
from wombat.store.repair import Repaired, repair
from wombat.store.sources import Files, OtherSpace, Source
from wombat.store.through import near
from wombat.store.verify import Report, roots
from wombat.store.verify import verify as verify_space

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wombat.api.session import Session
    from wombat.store import Progress, Store


ROUNDS: Final = 3
"""What a damaged record or manifest leads to is seen only once that is mended."""


@dataclass(frozen=True)
class Verified:
    """What one look at a zone told; after a repair it is the last look."""

    zone: str
    report: Report
    repaired: Repaired = field(default_factory=Repaired)


def verify(
    start: Path,
    pipelines: Sequence[str] = (),
    *,
    read_data: bool = False,
    mend: bool = False,
    source: Path | None = None,
    choose: str | None = None,
    progress: Progress | None = None,
) -> Verified:
    """Looks at everything that the roots of the session's zone reach, or those of some pipelines.

    With `mend` what is wrong gets good copies beside it: from the same zone, zones and stores that
    may be read, and the user's own file or folder `source`; `choose` is the run whose version a
    branch gets where its newest record is damaged and nothing proves what it was. Absent for a
    pipeline that the zone doesn't have; StoreDenied where the role may not write.
    """
    if choose is not None and not mend:
        raise UsageFault("--choose belongs to --repair", code="usage")
    if source is not None and not mend:
        raise UsageFault("--from belongs to --repair", code="usage")
    if source is not None and not source.exists():
        raise Absent(f"there is no '{source}'", code="file-not-found")
    session = open_session(start)
    store = _alone(session.readable[0])
    for name in pipelines:
        if next(roots(store.space, [name]), None) is None:
            raise Absent(f"there is no pipeline '{name}' in zone {store.zone}")

    def look() -> Report:
        return verify_space(
            store.space,
            pipelines,
            read_data=read_data,
            progress=progress,
            kept=lambda: kept(session, store),
        )

    report, repaired = look(), Repaired()
    for _ in range(ROUNDS if mend else 0):
        done = repair(store.space, report, sources(session, store, source), choose=choose)
        repaired.choices = done.choices
        if not done.written:
            break
        repaired.written |= done.written
        report = look()
    return Verified(store.zone, report, repaired)


def _alone(store: Store) -> Store:
    """Without the store behind it: what lies only there isn't here."""
    return replace(store, space=near(store.space))


def sources(session: Session, store: Store, source: Path | None) -> list[Source]:
    """The user's files first, then zones and stores that may be read."""
    found: list[Source] = [Files(source)] if source is not None else []
    others = [one for one in session.readable if one.zone != store.zone]
    if session.has_upstream:
        others.append(session.upstream(session.project))
    return [*found, *(OtherSpace(other.space) for other in others)]
