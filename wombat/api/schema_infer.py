"""The first schema of data that has none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wombat.api.files import write_whole
from wombat.api.schema_import import checked_name, taken_name
from wombat.api.schema_test import load_table
from wombat.api.schemas import plain_name, project, table_format
from wombat.data.told import counted
from wombat.emit import Commented, emit_yaml
from wombat.errors import UsageFault
from wombat.language.root import SCHEMAS
from wombat.schema.spelled import spelled

if TYPE_CHECKING:
    from typing import Any

    from wombat.api.session import Session
    from wombat.data.infer import Inferred
    from wombat.schema.model import FrameSchema


@dataclass(frozen=True)
class First:
    """The file's text; `file` is where it was written, below the root, or None."""

    inferred: Inferred
    text: str
    file: str | None


def infer_schema(
    session: Session, data: str, name: str | None = None, *, write: bool = False
) -> First:
    """The schema of a file or artifact: types and nullability, ranges as comments.

    With `write` into `schemas/NAME.yml`; UsageFault where there is such a schema or file.
    """
    from wombat.data.infer import infer

    known = _known(session, data)
    inferred = infer(_table(session, data), checked_name(name or _name(data)), known)
    schema = inferred.schema
    shown = f"{SCHEMAS}/{schema.name}.yml"
    text = _text(inferred, data)
    if not write:
        return First(inferred, text, None)
    schemas = project(session.root)[0].schemas
    if schema.name in schemas or schemas.broken(schema.name):
        raise taken_name(schemas, schema.name)
    if (session.root / shown).exists():
        raise UsageFault(f"{shown} is there already; expected a free name: --name")
    write_whole(session.root / shown, text)
    return First(inferred, text, shown)


def _table(session: Session, data: str) -> Any:
    for file in (Path(data), session.root / data):
        form = table_format(file)
        if file.is_file() and form is not None:
            from wombat.data.tables import read_table

            return read_table(file, form)
    if table_format(Path(data)) is not None:
        raise UsageFault(f"no file '{data}'", code="file-not-found")
    return load_table(session, data)


def _known(session: Session, data: str) -> FrameSchema | None:
    """What the run recorded of an artifact, of rows set aside that of their output; None of files,
    and of what no run recorded a schema of."""
    if table_format(Path(data)) is not None:
        return None
    from wombat.api.addresses import resolve
    from wombat.api.stored_schema import schema_of_run
    from wombat.executor.messages import REJECTED

    found = resolve(session, data)
    if found.ref is None or found.address.output is None:
        return None
    output = found.address.output.removesuffix(REJECTED)
    stored = schema_of_run(found.store, replace(found.address, output=output), found.ref.run)
    return None if stored is None else stored.schema


def _name(data: str) -> str:
    """`churn/features@main` is churn.features, a file is called like itself."""
    if table_format(Path(data)) is not None:
        return plain_name(Path(data).stem)
    plain = data.partition("@")[0].partition("[")[0].rpartition(":")[2]
    return ".".join(plain_name(step) for step in plain.split("/"))


def _text(inferred: Inferred, data: str) -> str:
    tree = spelled(inferred.schema)
    tree["columns"] = {
        name: Commented(value, tuple(_comments(inferred, name)))
        for name, value in tree["columns"].items()
    }
    rows = counted(inferred.rows, "row")
    return emit_yaml(
        tree,
        header=[
            "yaml-language-server: $schema=./json/schema.schema.json",
            f"Inferred from {data}, {rows}. Types and nulls are as they were",
            "there; what else was seen stands in comments: make checks of what is meant.",
        ],
    )


def _comments(inferred: Inferred, name: str) -> list[str]:
    if why := inferred.personal.get(name):
        return [f"pii: true? {why}"]
    seen = inferred.seen.get(name)  # nothing was seen of what was known to be personal
    return [seen] if seen else []


def as_tree(first: First) -> dict[str, Any]:
    """For --json."""
    found = first.inferred
    return {
        "schema": spelled(found.schema),
        "rows": found.rows,
        "seen": found.seen,
        "personal": found.personal,
        "file": first.file,
    }
