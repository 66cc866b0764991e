"""What a ref holds, as files in lakeFS, where `wombat.yml` asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.api.session import open_session
from wombat.errors import Absent, Conflict, StoreDamaged, UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wombat.api.session import Session
    from wombat.errors import WombatError
    from wombat.projection.steps import Projected
    from wombat.projection.target import Target
    from wombat.store import Progress, RefRecord

CI = (".gitlab-ci.yml", ".gitlab/wombat.yml", ".github/workflows")
"""Where a project's own CI is said."""
ROUNDS = 3
"""How often `sync` follows a ref that moves meanwhile."""


def project_run(
    start: Path, pipeline: str, run: str | None = None, *, progress: Progress | None = None
) -> Projected | None:
    """Projects a run that was just published; None where nothing asks for it: without
    publish.lakefs, outside the trusted zone, and on another branch than the default one.

    Raises Conflict, OutcomeUnknown, StoreDamaged, StoreDenied, StoreUnreachable: the ref stands,
    and the same command again goes on.
    """
    session = open_session(start, flags={"run": run})
    if session.lakefs is None or session.settings.zone.value != "t":
        return None
    _require_apart(session)
    head = _head(session, pipeline)
    wanted = session.settings.run.value or session.surroundings.run
    if head is None or head.run != wanted:
        return None  # of another branch, or overtaken: whoever overtook it projects its own
    return _project(session, pipeline, head, progress=progress)


def sync(
    start: Path,
    pipelines: Sequence[str] = (),
    *,
    dry: bool = False,
    force: bool = False,
    on_done: Callable[[Projected], None] | None = None,
    progress: Progress | None = None,
) -> list[Projected]:
    """Brings lakeFS to what the default branch's refs hold now, of these pipelines or of all, one
    after another; `on_done` is told of each. With `dry` nothing is written. `force` takes over what
    another zone or store shows there, or a later version; files of others never.

    UsageFault where wombat.yml doesn't say where to, and in the untrusted zone; Absent for a
    pipeline of that name that has nothing there; otherwise as `project_run`. Where one is in
    conflict, or damaged, the others are done all the same, before the first such error is raised.
    """
    session = open_session(start)
    if session.lakefs is None:
        raise UsageFault(
            "nothing says where published runs would stand in lakeFS; expected publish.lakefs in "
            "wombat.yml",
            hint="publish: {lakefs: {repository: REPOSITORY}}",
        )
    if session.settings.zone.value == "u":
        raise UsageFault(
            "what an untrusted run made isn't shown in lakeFS; expected the zone t, or local"
        )
    _require_apart(session)
    done: list[Projected] = []
    failed: list[WombatError] = []
    for name in pipelines or session.store.pipelines():
        try:
            found = _synced(session, name, dry=dry, force=force, progress=progress)
        except (Conflict, StoreDamaged) as fault:
            failed.append(fault)
            continue
        if found is None and name in pipelines:
            raise _unpublished(session, name)
        if found is not None:
            done.append(found)
            if on_done is not None:
                on_done(found)
    if failed:
        raise failed[0]
    return done


def shown_elsewhere(start: Path) -> bool:
    """Whether what was published here would be shown by `wombat lakefs sync`, as far as can be told
    without asking lakeFS: not from one's own machine where the project has CI, which shows its."""
    session = open_session(start)
    zone = session.settings.zone.value
    if session.lakefs is None or zone == "u":
        return False
    if zone != "t" and any((session.root / name).exists() for name in CI):
        return False
    return session.surroundings.branch == session.surroundings.default_branch


def _synced(
    session: Session, pipeline: str, *, dry: bool, force: bool, progress: Progress | None
) -> Projected | None:
    """A ref that moves meanwhile is followed, a few times; None where it holds nothing."""
    done = None
    for _ in range(ROUNDS):
        head = _head(session, pipeline)
        if head is None or head.closed:
            return None
        done = _project(session, pipeline, head, progress=progress, dry=dry, force=force)
        if done.outcome != "superseded":
            break
    return done


def _unpublished(session: Session, pipeline: str) -> Absent:
    branch = session.surroundings.default_branch
    return Absent(
        f"pipeline '{pipeline}' has nothing published on {branch} that could stand in lakeFS",
        hint="wombat ls shows what is published",
    )


def _require_apart(session: Session) -> None:
    """UsageFault for a store on the very branch that is merged into: what a store writes is never
    committed, and nothing is merged into such a branch."""
    from wombat.store.lakefs.address import parse_address

    address, said = session.settings.store_address, session.lakefs or {}
    if not address.startswith("lakefs://"):
        return
    store = parse_address(address)
    if (store.repository, store.ref) == (said["repository"], said["branch"]):
        raise UsageFault(
            f"the store stands on {store.shown}, the branch that publish.lakefs merges into; "
            "expected a branch of its own",
            code="store-address",
            hint="lakeFS merges nothing into a branch with uncommitted files, as a store's are",
        )


def _head(session: Session, pipeline: str) -> RefRecord | None:
    return session.store.head(pipeline, session.surroundings.default_branch)


def _project(
    session: Session,
    pipeline: str,
    head: RefRecord,
    *,
    progress: Progress | None,
    dry: bool = False,
    force: bool = False,
) -> Projected:
    from wombat.projection.steps import Projection

    return Projection(
        session.store,
        _target(session, pipeline, force=force),
        head,
        lambda: _head(session, pipeline),
        progress,
        dry,
    ).run()


def _target(session: Session, pipeline: str, *, force: bool) -> Target:
    from wombat.projection.target import Target
    from wombat.store.endpoint import guard
    from wombat.store.lakefs.address import LakeAddress
    from wombat.store.lakefs.allowing import published_server
    from wombat.store.lakefs.client import open_client

    assert session.lakefs is not None  # noqa: S101 -- both verbs looked
    said = session.lakefs
    server = published_server(said["endpoint"]) if said["endpoint"] else None
    address = LakeAddress(said["repository"], said["branch"], endpoint=server)
    guard(server, "a server of lakeFS")
    client = open_client(address)
    zone, store = session.store.zone.partition("/")[0], session.store.identity()
    return Target(
        client, said["branch"], said["path"] or "", session.project, pipeline, zone, store, force
    )
