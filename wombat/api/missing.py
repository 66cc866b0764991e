"""What there is instead of what an address names: the error that says so."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from wombat.errors import Absent, StoreDenied
from wombat.language.near import listed, near
from wombat.language.root import PIPELINES

if TYPE_CHECKING:
    from wombat.api.session import Session
    from wombat.language.address import Address
    from wombat.store import RefRecord, Store


def closed_ref(address: Address, record: RefRecord) -> Absent:
    return Absent(
        f"branch '{record.branch}' of {address.pipeline} was closed at {record.time}; "
        "expected one that lives",
        code="ref-closed",
        hint=f"its last run is still there as @run:{record.run}, until retention lets it go",
    )


def absent_ref(session: Session, address: Address) -> Absent:
    project, pipeline, ref = address.project or session.project, address.pipeline, address.ref
    stores = list(session.stores_of(project))
    known = sorted({name for store in stores for name in store.pipelines()})
    if pipeline not in known:
        return _no_pipeline(session, address, stores, known)
    names = sorted({name for store in stores for name in store.branches(pipeline)})
    tags = sorted({name for store in stores for name in store.tags(pipeline)})
    wanted = f"'@{ref}'" if ref else f"branch '{session.surroundings.branch}'"
    tagged = f" and the tags {listed(tags)}" if tags else ""
    there = f"; there are the branches {listed(names)}{tagged}" if names else tagged
    return Absent(
        f"{pipeline} has no {wanted}{there}",
        hint=near(ref.value, [*names, *tags]) if ref else f"add @{names[0]}" if names else None,
    )


def _no_pipeline(
    session: Session, address: Address, stores: list[Store], known: list[str]
) -> Absent:
    if address.project in (None, session.project):
        there = f"; there are {listed(known)}" if known else "; nothing is published there yet"
        return Absent(
            f"pipeline '{address.pipeline}' isn't in the store{there}",
            hint=near(address.pipeline, known) or _run_it(session, address.pipeline),
        )
    project = str(address.project)
    if known:
        return Absent(
            f"project '{project}' has no pipeline '{address.pipeline}'; there are {listed(known)}",
            hint=near(address.pipeline, known),
        )
    others = _projects(stores)
    there = f"; there are {listed(others)}" if others else ""
    return Absent(
        f"project '{project}' has published nothing in a trusted zone of this store{there}",
        hint=near(project, others) or "what merge requests and laptops make is for themselves",
    )


def _projects(stores: list[Store]) -> list[str]:
    """Of whom the trusted zone has something; none where the credentials may not look."""
    with suppress(StoreDenied):
        return sorted({name for store in stores for name in store.projects()})
    return []


def _run_it(session: Session, pipeline: str) -> str | None:
    defined = (session.root / PIPELINES / f"{pipeline}{ending}" for ending in (".yml", ".yaml"))
    return f"wombat run {pipeline}" if any(file.exists() for file in defined) else None
