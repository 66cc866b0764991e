"""Artifacts by address: fetched into a folder or a notebook, and put from one."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.api.addresses import Found, resolve
from wombat.api.session import open_session
from wombat.errors import DataInvalid, UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.api.session import Session
    from wombat.store import Artifact, Progress

    Wanted = list[tuple[str | None, Artifact]]
    """Each artifact with its part's label, None without parts."""

FORMS: Final = ("pandas", "polars", "pyarrow", "path", "json", "text", "bytes")


@dataclass(frozen=True)
class Pulled:
    """What a pull left: the folder, files and bytes in all; `fetched` False where all was there."""

    found: Found
    folder: Path
    files: int
    bytes: int
    fetched: bool


def pull(
    session: Session,
    text: str,
    into: Path | None = None,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> Pulled:
    """Fetches an artifact into a folder: by default one named like the output, in the current one.

    Parts become subfolders by label. A folder that holds something else is refused with UsageFault
    unless `force`; one that holds just this is left alone. Every byte is verified on the way.
    """
    found = resolve(session, text)
    folder = into if into is not None else Path.cwd() / str(found.address.output)
    wanted = list(found.artifacts())
    manifests = [found.store.manifest(artifact) for _, artifact in wanted]
    files, size = sum(m.files for m in manifests), sum(m.bytes for m in manifests)
    if _holds(folder, wanted):
        return Pulled(found, folder, files, size, fetched=False)
    _require_room(session, folder, force=force)
    if folder.exists() and any(folder.iterdir()):
        _replace(found, wanted, folder, progress)
    else:
        _fetch(found, wanted, folder, progress)
    return Pulled(found, folder, files, size, fetched=True)


def _fetch(found: Found, wanted: Wanted, folder: Path, progress: Progress | None) -> None:
    for label, artifact in wanted:
        there = folder if label is None else folder / label
        there.parent.mkdir(parents=True, exist_ok=True)
        found.store.fetch_tree(artifact, there, progress=progress)


def _replace(found: Found, wanted: Wanted, folder: Path, progress: Progress | None) -> None:
    """Fetches beside the folder first, so that a failure loses nothing of what is there."""
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _fetch(found, wanted, beside / "new", progress)
        folder.rename(beside / "old")
        (beside / "new").rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _holds(folder: Path, wanted: Wanted) -> bool:
    """Whether the folder's content is the artifact's already, by digest."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return False
    from wombat.store import content_of

    labels = {label for label, _ in wanted}
    if None not in labels and {one.name for one in folder.iterdir()} != labels:
        return False
    try:
        return all(
            content_of(folder if label is None else folder / label) == artifact.content
            for label, artifact in wanted
        )
    except DataInvalid:  # it holds what no artifact can
        return False


def _require_room(session: Session, folder: Path, *, force: bool) -> None:
    """UsageFault unless the folder may be written: absent, empty, or to be replaced."""
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_symlink() or not folder.is_dir():
        raise UsageFault(
            f"'{folder}' is no folder; expected one to write into",
            code="target-in-use",
            hint="-o DIR",
        )
    if not any(folder.iterdir()):
        return
    if not force:
        raise UsageFault(
            f"'{folder}' holds something else; nothing was fetched",
            code="target-in-use",
            hint="-o another folder, or --force to replace it",
        )
    kept = (Path.cwd(), Path.home(), session.root)
    if any(one.resolve().is_relative_to(folder.resolve()) for one in kept):
        raise UsageFault(
            f"'{folder}' holds your project or home, or you stand in it; it is never replaced",
            code="target-in-use",
            hint="-o a folder of its own",
        )


def load(address: str, form: str | None = None, *, start: Path | str | None = None) -> Any:
    """An artifact as a value: a frame, JSON, text or bytes; a folder or file as a path.

    `form` is one of pandas, polars, pyarrow, path, json, text; by default frames come as pandas,
    or what is installed. Parts of a frame come as one, their foreach keys as columns; other parts
    as a dict by label. A path is below a temporary folder that lasts as long as the process.
    """
    if form is not None and form not in FORMS:
        raise UsageFault(f"no form '{form}'; expected one of {', '.join(FORMS)}", code="usage")
    session = open_session(Path(start) if start is not None else Path.cwd())
    found = resolve(session, address)
    frames = [one.get("type") == "dataframe" for one in (found.parts or {}).values()]
    if frames and all(frames) and form != "path":
        return _as_one_frame(found, form)
    values = {label: _value(found, artifact, form) for label, artifact in found.artifacts()}
    return values[None] if found.parts is None else values


def _value(found: Found, artifact: Artifact, form: str | None) -> Any:
    from wombat.data.artifacts import Spec, load_type
    from wombat.data.forms import default_form

    manifest = found.store.manifest(artifact)
    kind = manifest.type
    with _fetched(found, artifact, keep=form == "path" or kind in ("file", "directory")) as folder:
        name = next(iter(manifest)).path if kind == "file" else None
        spec = Spec(str(found.address.output), kind, path=name)
        chosen: Any = form or default_form(kind)
        return load_type(kind).read(folder, chosen, spec)


@contextmanager
def _fetched(found: Found, artifact: Artifact, *, keep: bool) -> Iterator[Path]:
    folder = Path(_scratch() if keep else tempfile.mkdtemp(prefix="wombat-"))
    there = folder / artifact.content
    try:
        if not there.exists():
            found.store.fetch_tree(artifact, there)
        yield there
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def _scratch() -> str:
    if not _KEPT:
        _KEPT.append(tempfile.TemporaryDirectory(prefix="wombat-"))
    return _KEPT[0].name


def _as_one_frame(found: Found, form: str | None) -> Any:
    from wombat.data.engines import load_engine
    from wombat.data.forms import default_form

    chosen = (form or default_form("dataframe")).removesuffix("-lazy")
    engine = load_engine(chosen)  # says which extra is missing
    from wombat.data.collect import collect_table

    values = found.parts or {}
    with ExitStack() as folders:
        parts = [
            (
                values[str(label)]["values"],
                folders.enter_context(_fetched(found, artifact, keep=False)),
            )
            for label, artifact in found.artifacts()
        ]
        return engine.from_arrow(collect_table(parts), None)


def put(
    session: Session,
    path: Path,
    text: str,
    *,
    kind: str | None = None,
    progress: Progress | None = None,
) -> Found:
    """Stores a file or folder as the newest `pipeline/output` of the current branch.

    `kind` is its artifact type: by default `directory` or `file`. UsageFault where the project
    defines that pipeline itself, or the address has a task, part or ref.
    """
    from wombat.api.putting import put as put_artifact

    put_artifact(session, path, text, kind=kind, progress=progress)
    return resolve(session, text)
