"""Putting: a run of one task without a plan, whose output is a file or folder of the user's."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wombat.ci import ref_of
from wombat.digest import digest_json
from wombat.errors import Absent, DataInvalid, TaskFailed, UsageFault
from wombat.language.names import Address, parse_address
from wombat.language.root import PIPELINES
from wombat.store.doom import Doomed

if TYPE_CHECKING:
    from wombat.api.session import Session
    from wombat.store import Artifact, Progress, Published


def put(
    session: Session, path: Path, text: str, *, kind: str | None, progress: Progress | None
) -> Published:
    """See `wombat.api.artifacts.put`."""
    address = _address(session, text)
    if not path.exists():
        raise Absent(f"there is no '{path}'", code="file-not-found")
    chosen = kind or ("directory" if path.is_dir() else "file")
    if path.is_dir() != (chosen == "directory"):
        what = "a folder" if path.is_dir() else "a file"
        raise UsageFault(f"'{path}' is {what}, and can't be a {chosen}", code="usage")
    try:
        return _publish(session, address, _push(session, path, chosen, progress), chosen)
    except Doomed:
        # A collection of garbage began meanwhile: what it is about to delete is stored anew.
        return _publish(session, address, _push(session, path, chosen, progress), chosen)


def _publish(session: Session, address: Address, artifact: Artifact, type_: str) -> Published:
    around = session.surroundings
    branch, kind = ref_of(around.branch)
    return session.store.publish(
        pipeline=address.pipeline,
        branch=branch,
        kind=kind,
        run=_run(around.run, address, artifact),
        plan=digest_json({"put": str(address)}),
        order=around.order if around.ci else 0,  # it adds to what is there, and outbids nothing
        commit=around.commit,
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


def _push(session: Session, path: Path, kind: str, progress: Progress | None) -> Artifact:
    """Frames are read and made canonical first; everything else is stored as it is."""
    if kind in ("directory", "file"):
        return session.store.push_tree(path, type=kind, progress=progress)
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
        return session.store.push_tree(Path(scratch), type=kind, progress=progress)
