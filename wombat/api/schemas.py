"""Schemas by name: in the project, at a revision, in a file, or as a store recorded it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.api.profiles import require_profile
from wombat.api.reading import Written, read_project
from wombat.errors import Absent, Diagnostics, Invalid, UsageFault
from wombat.language.names import SCHEMA_NAME
from wombat.schema.load import load_schemas
from wombat.schema.policy import BUILT_IN, resolve_policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.api.session import Session
    from wombat.schema.model import FrameSchema
    from wombat.schema.policy import Policy

_NAME: Final = re.compile(rf"({SCHEMA_NAME})(?:@(.+))?")
_WRITTEN: Final = (".yml", ".yaml")
_ARROW: Final = (".parquet", ".pq", ".arrow", ".feather", ".ipc")
_FORMATS: Final = {
    **dict.fromkeys(_ARROW[:2], "parquet"),
    **dict.fromkeys(_ARROW[2:], "arrow"),
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}


@dataclass(frozen=True)
class Named:
    """A schema as it was asked for: `shown` is how, `place` where it stands.

    `layer` is its project's policies; one that a run recorded has the policy of that run alone, in
    `judged`.
    """

    schema: FrameSchema
    shown: str
    place: str
    layer: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    judged: Mapping[str, Policy] | None = None


def named_schema(session: Session, text: str) -> Named:
    """The schema that a text names: NAME, NAME@MAJOR, NAME@REVISION, FILE, or PIPELINE/OUTPUT@REF.

    A file is one of schemas with one in it, Parquet, or Arrow. Raises Absent, UsageFault, and
    Invalid where the schema has mistakes.
    """
    file = session.root / text
    if Path(text).suffix in (*_WRITTEN, *_ARROW):
        found = _in_file(file if file.exists() else Path(text), text)
        return replace(found, layer=project(session.root)[0].spec.project.policies)
    parts = _NAME.fullmatch(text)
    if parts is None or "/" in parts[1]:
        return _recorded(session, text)
    name, at = parts[1], parts[2]
    if at is None or at.isdigit():
        written, sink = project(session.root)
        return _of_project(written, sink, text)
    return _at(session, name, at, text)


def project(root: Path) -> tuple[Written, Diagnostics]:
    """What the project says, and every mistake in it."""
    sink = Diagnostics()
    return read_project(root, sink), sink


def _of_project(written: Written, sink: Diagnostics, name: str, shown: str | None = None) -> Named:
    schemas = written.schemas
    if name in schemas:
        located = schemas[name]
        place = located.document.at("schema")
        layer = written.spec.project.policies
        return Named(located.schema, shown or name, f"{place.path}:{place.line}", layer)
    if document := schemas.pending.get(name):
        from wombat.plan.closure.checkout import Checkout
        from wombat.plan.imported import check_imported

        told = Diagnostics()
        check_imported(schemas, Checkout(written.spec.root), told)
        raise Invalid([one for one in told.sorted() if one.place == document.at("python")])
    if schemas.broken(name):
        raise Invalid(sink.sorted())
    known = ", ".join(sorted(schemas)[:20]) or "none is written yet: wombat schema infer"
    raise Absent(
        f"no schema '{shown or name}'; expected {known}",
        code="unknown-schema",
        hint=schemas.near(name),
    )


def _at(session: Session, name: str, revision: str, shown: str) -> Named:
    from wombat.api.at_revision import project_at

    with project_at(session.root, revision) as root:
        written, sink = project(root)
        return _of_project(written, sink, name, shown)


def _in_file(file: Path, shown: str) -> Named:
    if not file.is_file():
        raise Absent(f"no file '{shown}'", code="file-not-found")
    if file.suffix not in _WRITTEN:
        schema, _ = arrow_file_schema(file, shown)
        return Named(schema, shown, shown)
    sink = Diagnostics()
    schemas = load_schemas([(file, shown)], sink)
    sink.raise_if_failed()
    if len(schemas) != 1:
        names = ", ".join(sorted(schemas)) or "none"
        raise UsageFault(f"{shown} holds {names}; expected one schema, or its name")
    return Named(next(iter(schemas.values())).schema, shown, shown)


def arrow_file_schema(file: Path, shown: str) -> tuple[FrameSchema, list[str]]:
    """The schema of a Parquet or Arrow file's columns, and what is lost of it; reads no data."""
    import pyarrow as pa

    from wombat.data.arrow_schema import read_arrow_schema, schema_of_arrow

    try:
        return schema_of_arrow(read_arrow_schema(file), plain_name(file.stem))
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise UsageFault(f"{shown} has no Arrow schema: {fault}", code="file-unreadable") from None


def plain_name(text: str) -> str:
    """A text as a word of a schema's name."""
    return re.sub(r"[^a-z0-9_]+", "_", text.lower()).strip("_") or "file"


def _recorded(session: Session, text: str) -> Named:
    from wombat.api.addresses import resolve
    from wombat.api.stored_schema import stored_schema

    found = resolve(session, text)
    stored = stored_schema(found)
    if stored is None:
        raise Absent(
            f"no schema is recorded for {text}; expected an output that has one",
            code="unknown-schema",
            hint=f"wombat schema infer {text}",
        )
    place = f"{found.address}, as its run in {stored.profile} had it"
    return Named(stored.schema, text, place, judged={stored.profile: stored.policy})


def policies_of(session: Session, named: Named) -> dict[str, dict[str, Any]]:
    """The policy of each profile that is built in or named, every layer applied; of a recorded
    schema that of its run."""
    if named.judged is not None:
        return {name: policy.to_json() for name, policy in named.judged.items()}
    layers = (named.layer, named.schema.policies)
    names = [*BUILT_IN, *session.profiles, *(name for layer in layers for name in layer)]
    names += named.schema.variants
    return {name: resolve_policy(name, *layers).to_json() for name in dict.fromkeys(names)}


def in_profile(session: Session, schema: FrameSchema, profile: str | None) -> FrameSchema:
    """The schema's variant in a profile, or as it is written; UsageFault for an unknown one."""
    if profile is None:
        return schema
    layer = project(session.root)[0].spec.project.policies
    known = {*BUILT_IN, *session.profiles, *layer, *schema.policies, *schema.variants}
    require_profile(profile, "-p", known)
    return schema.in_profile(profile)


def table_format(file: Path) -> str | None:
    """The format of a table file by its name; None where it says none."""
    return _FORMATS.get(file.suffix)
