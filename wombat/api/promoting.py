"""An earlier run becomes what a branch holds again: the explicit way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wombat.api.let_go import told
from wombat.api.session import open_session
from wombat.ci import check_run, ref_of
from wombat.errors import Absent
from wombat.executor.record import now
from wombat.store import Published
from wombat.store.refs import Change

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.api.session import Session
    from wombat.store import Store


@dataclass(frozen=True)
class Promoted:
    """One pipeline's branch, and what became of it: `published`, or `already` its newest."""

    pipeline: str
    branch: str
    published: Published


def promote(start: Path, run: str, *, pipeline: str | None = None) -> list[Promoted]:
    """Puts what a run published on top of its branches again, of one pipeline or of all it has.

    Later pipelines publish on top as ever; older ones are superseded as before. Absent where no
    pipeline has such a run that was published, or was about to be. Conflict, OutcomeUnknown.
    """
    session = open_session(start)
    store = session.store
    wanted = check_run(run)
    names = [pipeline] if pipeline is not None else store.pipelines()
    found = {name: body for name in names if (body := _published(store, name, wanted))}
    if not found:
        whose = f"of pipeline '{pipeline}'" if pipeline else f"in {store.zone}"
        raise Absent(
            f"no run '{wanted}' {whose} was published; expected one of 'wombat log PIPELINE'",
            hint="a run that failed, or belongs to another zone, can't be promoted",
        )
    return [_again(session, name, wanted, body) for name, body in found.items()]


def _published(store: Store, pipeline: str, run: str) -> dict[str, Any] | None:
    try:
        return store.published(pipeline, run)
    except Absent:
        return None


def _again(session: Session, pipeline: str, run: str, body: dict[str, Any]) -> Promoted:
    store = session.store
    branch, kind = ref_of(str(body["branch"]))
    tops = store.tops(pipeline, branch, kind)  # of a fork both: it goes on top of them
    if len(tops) == 1 and tops[0].run == run and not tops[0].closed:
        stands = Published("already", tops[0].seq, tops[0].name, run)
        return Promoted(pipeline, body["branch"], stands)
    change = Change(
        pipeline=pipeline,
        branch=branch,
        kind=kind,
        run=run,
        plan=body["plan"],
        order=max((top.order for top in tops), default=body["order"]),
        commit=body["commit"],
        time=now(),
        outputs=body["outputs"],
        again=tops[0].seq if tops else 0,
    )
    with told(session, store, store.published_ref(pipeline, run)):
        return Promoted(pipeline, body["branch"], store.commit_ref(change))
