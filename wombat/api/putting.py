"""Putting: a run of one task without a plan, whose output is a file or folder of the user's."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
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


def put(
    session: Session, path: Path, text: str, *, kind: str | None, progress: Progress | None
) -> bool:
    """See `wombat.api.artifacts.put`; whether anything was written."""
    address = _address(session, text)
    if not path.exists():
        raise Absent(f"there is no '{path}'", code="file-not-found")
    chosen = kind or ("directory" if path.is_dir() else "file")
    if path.is_dir() != (chosen == "directory"):
        what = "a folder" if path.is_dir() else "a file"
        raise UsageFault(f"'{path}' is {what}, and can't be a {chosen}", code="usage")
    commit = session.surroundings.commit  # whatever happens in the repository meanwhile
    before = _before(session, address)
    base = [artifact for artifact, _ in before]
    artifact = _push(session, path, chosen, base, progress)
    if before and before[0] == (artifact, chosen):
        return False
    try:
        _publish(session, address, artifact, chosen, commit)
    except Doomed:
        # A collection of garbage began meanwhile: what it is about to delete is stored anew.
        artifact = _push(session, path, chosen, base, progress)
        _publish(session, address, artifact, chosen, commit)
    return True


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
        return session.store.push_tree(path, type=kind, base=base, progress=progress, lasting=True)
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
            raise DataInvalid(f"'{path}' is no {kind}: {fault}") from fault
        return session.store.push_tree(Path(scratch), type=kind, base=base, progress=progress)
