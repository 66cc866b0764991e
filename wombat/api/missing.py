"""What there is instead of what an address names: the error that says so."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from wombat.errors import Absent, StoreDenied
from wombat.language.near import listed, near, there_are
from wombat.language.root import PIPELINES

BRANCHES: Final = 8
"""Of so many it is asked which outputs they have, to tell a mistyped one."""

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
    if ref is None and (fault := _no_output(address, stores, names)):
        return fault
    return Absent(
        f"{pipeline} has no {_wanted(session, address)}{_there(names, tags)}",
        hint=near(ref.value, [*names, *tags]) if ref else f"add @{names[0]}" if names else None,
    )


def _wanted(session: Session, address: Address) -> str:
    around = session.surroundings
    if address.ref:
        return f"'@{address.ref}'"
    own = address.project in (None, session.project)
    return f"branch '{around.branch if own else around.default_branch}'"


def _there(names: list[str], tags: list[str]) -> str:
    found = [
        f"the {kind}{'es' * (kind == 'branch') or 's' if len(some) > 1 else ''} {listed(some)}"
        for kind, some in (("branch", names), ("tag", tags))
        if some
    ]
    verb = "are" if len(names) + len(tags) > 1 else "is"
    return f"; there {verb} {' and '.join(found)}" if found else ""


def _no_output(address: Address, stores: list[Store], names: list[str]) -> Absent | None:
    """Where no branch has such an output, its name is what is wrong, and not the branch."""
    tops = [
        top
        for store in stores
        for name in names[:BRANCHES]
        for top in store.tops(address.pipeline, name)
    ]
    known = sorted({output for top in tops for output in top.outputs})
    wanted = f"{address.task}.{address.output}" if address.task else address.output
    short = {output.rpartition(".")[2] for output in known}
    if wanted is None or not known or len(names) > BRANCHES or wanted in {*known, *short}:
        return None
    return absent_output(address.pipeline, wanted, known)


def absent_output(pipeline: str, wanted: str, known: list[str]) -> Absent:
    return Absent(
        f"{pipeline} has no output '{wanted}'; {there_are(known)}",
        hint=near(wanted, [*known, *(name.rpartition(".")[2] for name in known)]),
    )


def _no_pipeline(
    session: Session, address: Address, stores: list[Store], known: list[str]
) -> Absent:
    if address.project in (None, session.project):
        there = f"; {there_are(known)}" if known else "; nothing is published there yet"
        return Absent(
            f"pipeline '{address.pipeline}' isn't in the store{there}",
            hint=near(address.pipeline, known) or _run_it(session, address.pipeline),
        )
    project = str(address.project)
    if known:
        return Absent(
            f"project '{project}' has no pipeline '{address.pipeline}'; {there_are(known)}",
            hint=near(address.pipeline, known),
        )
    return absent_project(project, stores)


def absent_project(project: str, stores: list[Store]) -> Absent:
    """Nothing of it is published where others may read; says of whom there is something."""
    others = [name for name in _projects(stores) if name != project]
    there = f"; {there_are(others)}" if others else ""
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
