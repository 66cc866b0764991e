"""Tags by hand, and branches that are no more: records on top of a ref."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wombat.api.addresses import find_ref
from wombat.api.let_go import told
from wombat.api.missing import absent_ref
from wombat.errors import Conflict, UsageFault
from wombat.executor.record import now
from wombat.language.address import Address, parse_address, quoted
from wombat.store import Change, Published, output_contents
from wombat.store.names import BRANCH_LENGTH, encode_branch

if TYPE_CHECKING:
    from wombat.api.session import Session
    from wombat.store import RefRecord


@dataclass(frozen=True)
class Tagged:
    """A tag, the version that it names now, and what became of it; `was` is the run before."""

    pipeline: str
    tag: str
    version: RefRecord
    published: Published
    was: str | None = None


def tag(session: Session, text: str, name: str, *, force: bool = False) -> Tagged:
    """Gives a version of a pipeline a name that stays: a root that retention keeps.

    Conflict `tag-exists` where the name means another version; with `force` a new record moves it,
    and the history keeps the old one. UsageFault for an output, or a version of another project,
    store or zone; `tag-name` for a name that addresses couldn't tell from something else.
    """
    _check_name(name)
    address = _whole(session, text, "tagged")
    version = _own(session, address)
    tops = session.store.tops(address.pipeline, name, "tags")
    if len(tops) == 1 and _same(tops[0], version):
        stands = Published("already", tops[0].seq, tops[0].name, tops[0].run)
        return Tagged(address.pipeline, name, version, stands)
    if tops and not force:
        raise Conflict(
            f"tag '{name}' of {address.pipeline} names run {tops[0].run}; expected a new name for "
            f"run {version.run}",
            code="tag-exists",
            hint="--force moves it: whoever reads it gets other data from then on",
        )
    if not tops:
        _no_branch(session, address.pipeline, name)
    with told(session, session.store, version):
        published = session.store.commit_ref(_change(name, version, tops))
    return Tagged(address.pipeline, name, version, published, tops[0].run if tops else None)


def _check_name(name: str) -> None:
    """UsageFault for what can't stand behind '@': a tag stays, so nobody could mend it later."""
    steps = name.split("/")
    if (
        not name.isprintable()
        or any(c.isspace() or c == ":" for c in name)
        or any(step in {"", ".", ".."} for step in steps)
        or name.startswith("-")
        or not _fits(name)
    ):
        raise UsageFault(
            f"{quoted(name)} can't be a tag; expected a name as in v1.2 or models/2026-11, without "
            f"spaces, ':' and empty steps, of at most {BRANCH_LENGTH} characters",
            code="tag-name",
            hint="tag:, branch:, run:, asof: and blake3: say in addresses what follows them"
            if ":" in name
            else None,
        )


def _fits(name: str) -> bool:
    try:
        return bool(encode_branch(name))
    except UsageFault:
        return False


def _no_branch(session: Session, pipeline: str, name: str) -> None:
    """UsageFault where a branch has the name: what `@name` means would be doubtful for good."""
    around = session.surroundings
    stores = (session.store, *session.readable[1:])
    checked_out = name in {around.default_branch, around.branch}
    if checked_out or any(store.tops(pipeline, name) for store in stores):
        raise UsageFault(
            f"'{name}' is a branch; expected another name for the tag, so that @{name} goes on to "
            "mean one thing",
            code="tag-name",
            hint="for example v1",
        )


def close(session: Session, text: str) -> Published | None:
    """Says that a branch is no more; None where that was said before.

    Absent for a branch without records; UsageFault for what is no `pipeline@branch`.
    """
    address = _whole(session, text, "closed")
    ref = address.ref
    if ref is None or ref.kind not in {"name", "branch"}:
        raise UsageFault(
            f"'{text}' names no branch; expected PIPELINE@BRANCH",
            code="invalid-address",
            hint=f"wombat ls {address.pipeline}@main tells what a branch holds",
        )
    if not session.store.tops(address.pipeline, ref.value):
        raise absent_ref(session, address)
    return session.store.close(address.pipeline, ref.value, time=now())


def _whole(session: Session, text: str, done: str) -> Address:
    """A pipeline of one's own at a ref, without an output."""
    address = parse_address(text)
    if address.output is not None or address.project not in (None, session.project):
        raise UsageFault(
            f"'{text}' can't be {done}; expected a pipeline of this project, as in shop@main",
            code="invalid-address",
            hint="all outputs of a version go together",
        )
    return address


def _own(session: Session, address: Address) -> RefRecord:
    """Of the own zone: a tag keeps nothing that lies upstream or in another one."""
    store, version = find_ref(session, address)
    if session.is_upstream(store):
        raise UsageFault(
            f"'{address}' was found upstream alone; expected a version of this store",
            code="not-here",
            hint="tag it where it was published",
        )
    if store.zone != session.store.zone:
        raise UsageFault(
            f"'{address}' lies in {store.zone}, and a tag in {session.store.zone} would keep none "
            "of it; expected a version of the zone that is written",
            code="not-here",
            hint=f"tag it by a job of zone {store.zone[0]}, or pull it and put it here",
        )
    return version


def _same(tag: RefRecord, version: RefRecord) -> bool:
    return tag.run == version.run and _contents(tag) == _contents(version)


def _contents(record: RefRecord) -> dict[str, object]:
    return {name: output_contents(value) for name, value in record.outputs.items()}


def _change(name: str, version: RefRecord, tops: list[RefRecord]) -> Change:
    """It goes on top of what the tag named before, however old the version is."""
    return Change(
        pipeline=version.pipeline,
        branch=name,
        kind="tags",
        run=version.run,
        plan=version.plan,
        order=max([version.order, *(top.order for top in tops)]),
        commit=version.commit,
        time=now(),
        outputs=dict(version.outputs),
        again=tops[0].seq if tops else 0,
    )
