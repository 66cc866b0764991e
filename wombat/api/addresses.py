"""An address becomes what it names: a ref's record and one of its outputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import permutations
from typing import TYPE_CHECKING, Any

from wombat.ci import ref_of
from wombat.digest import is_digest
from wombat.errors import Absent, Conflict, StoreDamaged, UsageFault
from wombat.language.decode import listed, near
from wombat.language.names import Address, Ref, parse_address
from wombat.language.root import PIPELINES
from wombat.plan.foreach import is_label, label_of
from wombat.store import Artifact

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
        """The artifact of a record; its zone is the one that the record was found in."""
        found = Artifact.from_json(value)
        return found if found.zone else replace(found, zone=self.store.zone)


def resolve(session: Session, text: str) -> Found:
    """What an address names. Without `@`: the current branch, else the default branch.

    Raises UsageFault for what is no address, Absent (17) with what there is, Conflict (15) where
    a name is both a branch and a tag.
    """
    address = parse_address(text)
    if address.project not in (None, session.project):
        raise UsageFault(
            f"'{text}' is of project '{address.project}'; this version reads only "
            f"its own, '{session.project}'",
            code="other-project",
        )
    if address.output is None:
        raise UsageFault(
            f"'{text}' names a whole pipeline; expected one output",
            code="invalid-address",
            hint=f"wombat ls {address.pipeline}",
        )
    if address.ref is not None and address.ref.kind == "blake3":
        return _by_content(session, address, address.ref.value)
    store, record = find_ref(session, address.pipeline, address.ref)
    name = _output(address, record)
    value = record.outputs[name]
    if address.part is not None:
        value = _part(address, value)
    return Found(address, store, name, value, record)


def find_ref(session: Session, pipeline: str, ref: Ref | None) -> tuple[Store, RefRecord]:
    """The ref's record, and the store whose zone holds it: the own zone first."""
    for store in session.readable:
        record = _in_zone(session, store, pipeline, ref)
        if record is not None:
            return store, record
    raise _absent(session, pipeline, ref)


def _in_zone(session: Session, store: Store, pipeline: str, ref: Ref | None) -> RefRecord | None:
    if ref is None:
        around = session.surroundings
        own = store.head(pipeline, *ref_of(around.branch))
        return own or store.head(pipeline, around.default_branch)
    match ref.kind:
        case "name":
            return _named(store, pipeline, ref.value)
        case "branch":
            return store.head(pipeline, ref.value)
        case "tag":
            return store.head(pipeline, ref.value, "tags")
        case "run":
            return next((r for r in _history(store, pipeline) if r.run == ref.value), None)
        case "asof":
            before = _moment(ref.value)
            log = store.ref_log(pipeline, session.surroundings.default_branch)
            return next((r for r in log if _moment(r.time) <= before), None)
        case "blake3":
            raise AssertionError("read by content, not through a ref")


def _named(store: Store, pipeline: str, name: str) -> RefRecord | None:
    branch, tag = store.head(pipeline, name), store.head(pipeline, name, "tags")
    if branch is not None and tag is not None:
        raise Conflict(
            f"'{name}' is a branch and a tag of {pipeline}",
            code="ambiguous-ref",
            hint=f"write @branch:{name} or @tag:{name}",
        )
    return branch or tag


def _history(store: Store, pipeline: str) -> Iterator[RefRecord]:
    for branch in store.branches(pipeline):
        yield from store.ref_log(pipeline, branch)
    for tag in store.tags(pipeline):
        yield from store.ref_log(pipeline, tag, "tags")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageFault(
            f"'{text}' is no time; expected one like 2026-11-01T00:00Z", code="invalid-address"
        ) from None
    return moment if moment.tzinfo else moment.astimezone()


def _absent(session: Session, pipeline: str, ref: Ref | None) -> Absent:
    known = sorted({name for store in session.readable for name in store.pipelines()})
    if pipeline not in known:
        there = f"; there are {listed(known)}" if known else "; nothing is published there yet"
        return Absent(
            f"pipeline '{pipeline}' isn't in the store{there}",
            hint=near(pipeline, known) or _run_it(session, pipeline),
        )
    names = sorted({name for store in session.readable for name in store.branches(pipeline)})
    wanted = f"'@{ref}'" if ref else f"branch '{session.surroundings.branch}'"
    return Absent(
        f"{pipeline} has no {wanted}; there are the branches {listed(names)}",
        hint=near(ref.value, names) if ref else f"add @{names[0]}" if names else None,
    )


def _run_it(session: Session, pipeline: str) -> str | None:
    defined = (session.root / PIPELINES / f"{pipeline}{ending}" for ending in (".yml", ".yaml"))
    return f"wombat run {pipeline}" if any(file.exists() for file in defined) else None


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
    known = sorted(record.outputs)
    raise Absent(
        f"{address.pipeline} has no output '{wanted or address.output}'; there are {listed(known)}",
        hint=near(wanted or str(address.output), known),
    )


def _part(address: Address, value: Mapping[str, Any]) -> Mapping[str, Any]:
    wanted = address.part or ""
    parts: Mapping[str, Any] = value.get("parts", {})
    for label in _labels(wanted):
        if label in parts:
            return parts[label]  # type: ignore[no-any-return]  # a record's own shape
    there = f"there are {listed(sorted(parts))}" if parts else "it has no parts"
    raise Absent(f"{address.pipeline}/{address.output} has no part '{wanted}'; {there}")


def _labels(text: str) -> Iterator[str]:
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
    store = session.readable[0]
    artifact = store.find_artifact(content)
    if artifact is None:
        raise Absent(f"no artifact with the content {content} in this store")
    return Found(address, store, str(address.output), artifact.to_json(), None)
