"""An address becomes what it names: a ref's record and one of its outputs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import permutations
from typing import TYPE_CHECKING, Any

from wombat.api.missing import absent_output, absent_ref, closed_ref
from wombat.ci import check_run, ref_of
from wombat.digest import is_digest
from wombat.errors import Absent, Conflict, StoreDamaged, StoreDenied, UsageFault
from wombat.language.address import Address, Ref, parse_address
from wombat.language.label import is_label, label_of
from wombat.language.near import listed, there_are
from wombat.store import Artifact
from wombat.store.parallel import each
from wombat.store.zones import relied_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.api.session import Session
    from wombat.store import RefRecord, Store


@dataclass(frozen=True)
class Found:
    """One output, or one part of it, as the store holds it.

    `name` is its key in the snapshot (`task.output`, or the output alone where it was put);
    `value` the record: one artifact, or `parts` by label. `ref` is None for `@blake3:`.
    """

    address: Address
    store: Store
    name: str
    value: Mapping[str, Any]
    ref: RefRecord | None

    @property
    def parts(self) -> dict[str, Mapping[str, Any]] | None:
        """The parts by label, or None for one artifact."""
        return dict(self.value["parts"]) if "parts" in self.value else None

    def artifacts(self) -> Iterator[tuple[str | None, Artifact]]:
        """Each artifact with its part's label, None without parts. A label names a folder, so
        one that would lead elsewhere is StoreDamaged."""
        if self.parts is None:
            yield None, self.artifact(self.value)
        for label, value in (self.parts or {}).items():
            if not is_label(label):
                raise StoreDamaged(f"{self.name} has a part with the label {label!r}")
            yield label, self.artifact(value)

    def artifact(self, value: Mapping[str, Any]) -> Artifact:
        """The artifact of a record; its zone is the one that the record was found in, or one that
        such a record may rely on. StoreDamaged for anything else."""
        try:
            found = Artifact.from_json(value)
        except (ValueError, AttributeError) as fault:
            raise StoreDamaged(f"{self.name} in {self.store.zone} names no artifact") from fault
        zone = found.zone or self.store.zone
        if zone not in relied_on(self.store.zone):
            raise StoreDamaged(
                f"{self.name} in {self.store.zone} names an artifact of {zone[:80]!r}, on which "
                "nothing of that zone may rely",
                hint="nothing of it was delivered; publish that output again",
            )
        return replace(found, zone=zone)


def resolve(session: Session, text: str) -> Found:
    """What an address names. Without `@`: the current branch, else the default branch.

    An address of another project is looked up in its trusted zone. Raises UsageFault for what is
    no address, Absent (17) with what there is, Conflict (15) where a name is both a branch and a
    tag, or was published twice at once; StoreDenied where the credentials may not read.
    """
    address = parse_address(text)
    if address.output is None:
        if address.ref is None:
            find_ref(session, address)  # of what isn't there nobody can name an output
        raise UsageFault(
            f"'{text}' names a whole pipeline; expected one output",
            code="invalid-address",
            hint=f"wombat ls {address.pipeline}",
        )
    if address.ref is not None and address.ref.kind == "blake3":
        return _by_content(session, address, address.ref.value)
    store, record = find_ref(session, address)
    name = _output(address, record)
    value = record.outputs[name]
    if address.part is not None:
        value = _part(address, value)
    return Found(address, store, name, value, record)


def find_ref(session: Session, address: Address) -> tuple[Store, RefRecord]:
    """The record that an address's ref names, and the store whose zone holds it.

    The own zone comes first, then the trusted one, then upstream.
    """
    project = address.project or session.project
    closed: RefRecord | None = None
    with readable_project(session, project):
        for store in session.stores_of(project):
            record = ref_in(session, store, address.pipeline, address.ref)
            if record is not None and not record.closed:
                return store, record
            closed = closed or record
        raise closed_ref(address, closed) if closed else absent_ref(session, address)


@contextmanager
def readable_project(session: Session, project: str) -> Iterator[None]:
    """StoreDenied names the project whose data the credentials may not read."""
    try:
        yield
    except StoreDenied as fault:
        if project == session.project:
            raise
        raise StoreDenied(
            f"project '{project}' can't be read with the credentials of '{session.project}': "
            f"{fault.message}",
            hint=f"whoever looks after the store may allow them to read t/{project}/",
        ) from fault


def ref_in(session: Session, store: Store, pipeline: str, ref: Ref | None) -> RefRecord | None:
    """What a ref names in the zone of one store.

    A closed record, too, where no other branch is next in turn.
    """
    if ref is None:
        return _first_open(store.head(pipeline, *one) for one in _unsaid(session, store))
    match ref.kind:
        case "name":
            return _named(store, pipeline, ref.value)
        case "branch":
            return store.head(pipeline, ref.value)
        case "tag":
            return store.head(pipeline, ref.value, "tags")
        case "run":
            return store.published_ref(pipeline, check_run(ref.value))
        case "asof":
            before = moment_of(ref.value)
            return _first_open(
                _as_of(store, pipeline, before, *one) for one in _unsaid(session, store)
            )
        case "blake3":
            raise AssertionError("read by content, not through a ref")


def named_refs(session: Session, store: Store, ref: Ref | None) -> tuple[tuple[str, str], ...]:
    """The branches and tags, as names and kinds, whose history a ref is about."""
    if ref is None or ref.kind in {"asof", "run", "blake3"}:
        return tuple(_unsaid(session, store))
    kinds = {"branch": ("heads",), "tag": ("tags",)}.get(ref.kind, ("heads", "tags"))
    return tuple((ref.value, kind) for kind in kinds)


def _unsaid(session: Session, store: Store) -> Iterator[tuple[str, str]]:
    """The refs that an address without one means: the current branch, else the default one, for
    which git is asked only then. Of another project the latter alone: its branches have nothing to
    do with one's own."""
    around = session.surroundings
    if store.zone.partition("/")[2] != session.project:
        yield around.default_branch, "heads"
        return
    yield (own := ref_of(around.branch))
    if own != (around.default_branch, "heads"):
        yield around.default_branch, "heads"


def _first_open(records: Iterator[RefRecord | None]) -> RefRecord | None:
    """The first that isn't closed; else the first."""
    closed: RefRecord | None = None
    for record in records:
        if record is not None and not record.closed:
            return record
        closed = closed or record
    return closed


def _as_of(
    store: Store, pipeline: str, before: datetime, branch: str, kind: str
) -> RefRecord | None:
    log = store.ref_log(pipeline, branch, kind)
    return next((r for r in log if not r.closed and moment_of(r.time) <= before), None)


def _named(store: Store, pipeline: str, name: str) -> RefRecord | None:
    branch, tag = each(lambda kind: store.head(pipeline, name, kind), ("heads", "tags"), width=2)
    if branch is not None and tag is not None and not branch.closed:
        raise Conflict(
            f"'{name}' is a branch and a tag of {pipeline}",
            code="ambiguous-ref",
            hint=f"write @branch:{name} or @tag:{name}",
        )
    return tag or branch


def moment_of(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageFault(
            f"'{text}' is no time; expected one like 2026-11-01T00:00Z", code="invalid-address"
        ) from None
    return moment if moment.tzinfo else moment.astimezone()


def _output(address: Address, record: RefRecord) -> str:
    wanted = f"{address.task}.{address.output}" if address.task else None
    fits = [
        name
        for name in record.outputs
        if name == wanted or (wanted is None and name.rpartition(".")[2] == address.output)
    ]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise UsageFault(
            f"'{address.output}' is an output of several tasks; expected one of "
            f"{listed(f'{address.pipeline}/{name}' for name in fits)}",
            code="ambiguous-address",
        )
    raise absent_output(address.pipeline, wanted or str(address.output), sorted(record.outputs))


def _part(address: Address, value: Mapping[str, Any]) -> Mapping[str, Any]:
    wanted = address.part or ""
    parts: Mapping[str, Any] = value.get("parts", {})
    for label in labels_meant(wanted):
        if label in parts:
            return parts[label]  # type: ignore[no-any-return]  # a record's own shape
    there = there_are(sorted(parts)) if parts else "it has no parts"
    raise Absent(f"{address.pipeline}/{address.output} has no part '{wanted}'; {there}")


def labels_meant(text: str) -> Iterator[str]:
    """The labels that `us`, `region=us` or `a=1,b=2` may mean; keys in any order."""
    yield text
    values = [item.partition("=")[2] for item in text.split(",") if "=" in item]
    if values and len(values) <= 6:
        yield from (label_of(order) for order in permutations(values))


def _by_content(session: Session, address: Address, content: str) -> Found:
    if not is_digest(content):
        raise UsageFault(
            f"'{content}' is no digest; expected 64 lower-case hex digits", code="invalid-address"
        )
    project = address.project or session.project
    with readable_project(session, project):
        for store in session.stores_of(project):
            if (artifact := store.find_artifact(content)) is not None:
                return Found(address, store, str(address.output), artifact.to_json(), None)
    raise Absent(f"no artifact with the content {content} in this store")
