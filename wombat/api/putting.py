"""Putting: a run of one task without a plan, whose output is a file or folder of the user's."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wombat.ci import ref_of
from wombat.digest import digest_json
from wombat.errors import (
    Absent,
    Conflict,
    DataInvalid,
    StoreDamaged,
    StoreDenied,
    TaskFailed,
    UsageFault,
)
from wombat.language.address import Address, parse_address
from wombat.language.root import PIPELINES
from wombat.store.doom import Doomed
from wombat.store.records import Artifact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wombat.api.session import Session
    from wombat.store import Progress, Published, Store


@dataclass(frozen=True)
class Put:
    """What became of a put: `version` is the record's number, and `more` the bytes of packs that
    the version before doesn't use; None of each where nothing was written."""

    version: int | None = None
    more: int | None = None

    @property
    def written(self) -> bool:
        return self.version is not None


def put(
    session: Session, path: Path, text: str, *, kind: str | None, progress: Progress | None
) -> Put:
    """See `wombat.api.artifacts.put`."""
    address = _address(session, text)
    if not path.exists():
        raise Absent(f"there is no '{path}'", code="file-not-found")
    chosen = kind or ("directory" if path.is_dir() else "file")
    if path.is_dir() != (chosen == "directory"):
        what = "a folder" if path.is_dir() else "a file"
        raise UsageFault(f"'{path}' is {what}, and can't be a {chosen}", code="usage")
    commit = session.surroundings.commit  # whatever happens in the repository meanwhile
    before = _before(session, address)
    if kind is None and before and before[0][1] not in ("", chosen):
        raise _other_type(path, text, chosen, before[0][1])
    base = [artifact for artifact, _ in before]
    artifact = _push(session, path, chosen, base, progress)
    if before and before[0] == (artifact, chosen):
        return Put()
    try:
        published = _publish(session, address, artifact, chosen, commit)
    except Doomed:
        # A collection of garbage began meanwhile: what it is about to delete is stored anew.
        artifact = _push(session, path, chosen, base, progress)
        published = _publish(session, address, artifact, chosen, commit)
    return Put(published.seq, _more(session.store, artifact, base))


def _other_type(path: Path, text: str, chosen: str, before: str) -> UsageFault:
    """What a put would change in passing, whoever reads the output meets later."""
    if before == "directory" or chosen == "directory":
        hint = f"--type {chosen} changes it, and whoever reads it has to know"
    else:
        hint = f"--type {before} stores this as one, too; --type {chosen} changes it"
    return UsageFault(
        f"'{text}' is a {before} so far, and '{path}' would be a {chosen}; expected the same type",
        code="put-type",
        hint=hint,
    )


def _more(store: Store, artifact: Artifact, base: Sequence[Artifact]) -> int:
    used = {digest for one in base for digest in one.packs}
    manifest = store.manifest(artifact)
    rows = {row.digest: row.size for row in manifest.packs()}
    if not rows:
        return manifest.bytes  # little enough to stand in the manifest itself
    return sum(size for digest, size in rows.items() if digest not in used)


def _before(session: Session, address: Address) -> list[tuple[Artifact, str]]:
    """The same output, and its type, at the branch's head, else at the default branch's; what
    can't be read serves as no base."""
    around = session.surroundings
    branch, kind = ref_of(around.branch)
    own = _at_head(session.store, address, branch, kind)
    if own or (branch, kind) == (around.default_branch, "heads"):
        return own
    for store in session.readable:
        if found := _at_head(store, address, around.default_branch, "heads"):
            # Of another branch: its chunks are of use, but the ref is still to be written.
            return [(found[0][0], "")]
    return []


def _at_head(store: Store, address: Address, branch: str, kind: str) -> list[tuple[Artifact, str]]:
    with suppress(StoreDamaged, Absent, Conflict, StoreDenied):
        head = store.head(address.pipeline, branch, kind)
        if head is None or head.closed:
            return []
        value = head.outputs.get(str(address.output))
        if isinstance(value, dict) and "C" in value:
            artifact = Artifact.from_json(value)
            zone = artifact.zone or store.zone
            return [(replace(artifact, zone=None if zone == store.zone else zone), value["type"])]
    return []


def _publish(
    session: Session, address: Address, artifact: Artifact, type_: str, commit: str | None
) -> Published:
    around = session.surroundings
    branch, kind = ref_of(around.branch)
    return session.store.publish(
        pipeline=address.pipeline,
        branch=branch,
        kind=kind,
        run=_run(around.run, address, artifact),
        plan=digest_json({"put": str(address)}),
        order=around.order if around.ci else 0,  # it adds to what is there, and outbids nothing
        commit=commit,
        time=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        outputs={str(address.output): {**artifact.to_json(), "type": type_}},
        merge=True,
    )


def _run(run: str, address: Address, artifact: Artifact) -> str:
    """A run of its own for each content: a CI job may put several, and may be tried again."""
    what = digest_json({"address": str(address), "content": artifact.content})
    return f"{run[:51]}-{what[:12]}"


def _address(session: Session, text: str) -> Address:
    address = parse_address(text)
    if address.output is None or address.task or address.part or address.ref or address.project:
        raise UsageFault(
            f"'{text}' can't be put; expected pipeline/output",
            code="invalid-address",
            hint="for example raw/orders",
        )
    for ending in (".yml", ".yaml"):
        file = session.root / PIPELINES / f"{address.pipeline}{ending}"
        if file.exists():
            raise UsageFault(
                f"{PIPELINES}/{file.name} defines '{address.pipeline}'; its outputs "
                "come from its runs",
                code="put-defined",
                hint=f"another name, for example raw-{address.pipeline}",
            )
    return address


def _push(
    session: Session,
    path: Path,
    kind: str,
    base: Sequence[Artifact],
    progress: Progress | None,
) -> Artifact:
    """Frames are read and made canonical first; everything else is stored as it is."""
    if kind in ("directory", "file"):
        told = _of_all(progress, path)
        return session.store.push_tree(path, type=kind, base=base, progress=told, lasting=True)
    import shutil
    import tempfile

    from wombat.data.artifacts import Spec, load_type
    from wombat.data.engines import load_engine
    from wombat.schema.policy import resolve_policy

    if kind == "dataframe":
        load_engine("pyarrow")  # says which extra is missing
    with tempfile.TemporaryDirectory(prefix="wombat-") as scratch:
        form = path.suffix.lstrip(".") or "parquet"
        spec = Spec(path.stem, kind, path=path.name, options={"format": form})
        artifact_type = load_type(kind)
        shutil.copyfile(path, artifact_type.target(Path(scratch), spec))
        try:
            artifact_type.check(Path(scratch), spec, resolve_policy("development"))
        except TaskFailed as fault:
            said = fault.message.removeprefix(f"output '{spec.name}': ")
            said = said.replace("data.json", "it")  # which nobody has heard of
            raise DataInvalid(f"'{path}' is no {kind}: {said}") from fault
        told = _of_all(progress, Path(scratch))
        return session.store.push_tree(Path(scratch), type=kind, base=base, progress=told)


def _of_all(progress: Progress | None, path: Path) -> Progress | None:
    """Told in all from the start, where somebody looks on: a walk takes little beside reading."""
    if progress is None:
        return None
    from wombat.store.tree import walk

    total = sum(found.size for found in walk(path))
    return lambda done, _: progress(done, total)
