"""Artifacts by address: as values in a notebook, and put from files."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.api.addresses import Found, resolve
from wombat.api.session import open_session
from wombat.errors import MissingExtra, TaskFailed, UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.api.session import Session
    from wombat.store import Artifact, Progress

    Wanted = list[tuple[str | None, Artifact]]
    """Each artifact with its part's label, None without parts."""

FORMS: Final = (
    *("pandas", "polars", "pyarrow", "pyspark", "path"),
    *("json", "text", "bytes", "numpy", "iterator", "object"),
)


def load(address: str, form: str | None = None, *, start: Path | str | None = None) -> Any:
    """An artifact as a value: a frame, JSON, text, arrays, a model; a folder or file as a path.

    `form` is one of FORMS; by default frames come as pandas, or what is installed, and models as
    the objects that they are, where nobody has to review their classes. Parts of a frame come as
    one, their foreach keys as columns; other parts as a dict by label. A path is below a temporary
    folder that lasts as long as the process.
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
    kept = form in ("path", "iterator") or kind in ("file", "directory")
    with _fetched(found, artifact, keep=kept) as folder:
        name = next(iter(manifest)).path if kind == "file" else None
        spec = Spec(str(found.address.output), kind, path=name)
        chosen: Any = form or default_form(kind)
        if kind == "dataframe" and form is None and chosen == "path":
            raise MissingExtra("dataframes", "pandas")
        try:
            return load_type(kind).read(folder, chosen, spec)
        except TaskFailed as fault:
            if fault.code != "input-form":
                raise
            said = f"{found.address} is a {kind} and can't come as {chosen}"
            raise UsageFault(said, code="usage") from fault


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
    """Stores a file or folder as the newest `pipeline/output` of the current branch; where it is
    that already, nothing is written.

    `kind` is its artifact type: by default `directory` or `file`. UsageFault where the project
    defines that pipeline itself, or the address has a task, part or ref.
    """
    from wombat.api.putting import put as put_artifact

    put_artifact(session, path, text, kind=kind, progress=progress)
    return resolve(session, text)
