"""What a pandera class, a pandera YAML or an Arrow file says, written as a schema of ours."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.api.files import write_whole
from wombat.api.schemas import arrow_file_schema, project, table_format
from wombat.emit import emit_yaml
from wombat.errors import (
    Absent,
    CheckFailed,
    Diagnostics,
    Invalid,
    TaskFailed,
    UsageFault,
)
from wombat.language.names import SCHEMA_NAME
from wombat.language.near import nearest
from wombat.language.root import SCHEMAS
from wombat.language.source import read_documents
from wombat.plan.closure.checkout import Checkout
from wombat.plan.names import source_digest
from wombat.schema.load import read_schema
from wombat.schema.loom import get
from wombat.schema.spelled import spelled

if TYPE_CHECKING:
    from wombat.api.session import Session
    from wombat.plan.closure.checkout import Module
    from wombat.schema.load import Schemas
    from wombat.schema.model import FrameSchema

IMPORTED: Final = "imported"
_READ: Final = (".yml", ".yaml", ".parquet", ".pq", ".arrow", ".feather", ".ipc")
_CLASS: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_MODELINE: Final = "yaml-language-server: $schema={}json/schema.schema.json"


@dataclass(frozen=True)
class Imported:
    """`file` is below the root. `losses` names what the source says and the schema doesn't;
    `written` is false where the file said the same already."""

    schema: FrameSchema
    file: str
    losses: tuple[str, ...]
    written: bool


def import_schema(
    session: Session, what: str, name: str | None = None, *, timeout: float = 120.0
) -> Imported:
    """Writes `schemas/imported/NAME.yml` out of MODULE:CLASS, or `schemas/NAME.yml` out of a file.

    A class is imported in a process of its own. Raises TaskFailed where that fails, CheckFailed
    `schema-unsayable` for what our language has no type for, UsageFault for names that are taken.
    """
    if _CLASS.fullmatch(what) and not (session.root / what).exists():
        return _of_class(session, what, name, timeout)
    file = Path(what) if Path(what).is_file() else session.root / what
    if not file.is_file():
        raise UsageFault(
            f"'{what}' is neither a class nor a file; expected MODULE:CLASS, a pandera YAML, or a "
            "Parquet or Arrow file",
            hint=_as_module(what),
        )
    if (form := table_format(file)) in ("csv", "jsonl") or file.suffix not in _READ:
        raise UsageFault(
            f"'{what}' holds no schema; expected a pandera YAML, or a Parquet or Arrow file",
            code="file-unreadable",
            hint=f"wombat schema infer {what} --write makes one out of its data"
            if form
            else _as_module(what),
        )
    return _of_file(session, file, what, name)


def _as_module(what: str) -> str | None:
    """`shop/models.py:Orders` is written shop.models:Orders."""
    path, _, name = what.partition(":")
    if not path.endswith(".py"):
        return None
    module = path.removesuffix(".py").removeprefix("./").removeprefix("src/").replace("/", ".")
    return f"a class is named by its module: {module}:{name or 'CLASS'}"


def _of_class(session: Session, python: str, name: str | None, timeout: float) -> Imported:
    from wombat.executor.isolated import ask

    checkout = Checkout(session.root)
    source = source_digest(checkout, python)
    if source is None:
        raise _no_class(checkout, python)
    schemas = project(session.root)[0].schemas
    name = checked_name(name or _name_of(schemas, python))
    _free(schemas, name, python)
    answer = ask(
        session.root,
        "wombat.data.pandera.importing",
        {"python": python, "name": name},
        what=f"importing {python}",
        timeout=timeout,
    )
    try:
        schema, losses = _answered(answer, name)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError):
        raise TaskFailed(
            f"importing {python} gave an answer that is no schema; the module's own code had a "
            "hand in it"
        ) from None
    return _write(session, replace(schema, source=source), f"{IMPORTED}/{name}.yml", losses, python)


def _answered(answer: Any, name: str) -> tuple[FrameSchema, list[str]]:
    """The schema and its losses, out of a process in which the project's own code ran."""
    from wombat.schema.model import schema_from_json

    if fault := answer.get("error"):
        raise CheckFailed(str(fault["message"]), code=str(fault["code"]), hint=fault["hint"])
    schema = schema_from_json(answer["schema"])
    if schema.name != name:
        raise ValueError(schema.name)
    return schema, [str(one) for one in answer["losses"]]


def _no_class(checkout: Checkout, python: str) -> Absent:
    """The error for a class that isn't there, with the names that are near it."""
    name, _, class_ = python.partition(":")
    module = checkout.module(name)
    if module is None:
        said, known = f"the project has no module {name}", _modules(checkout, name)
        meant = [f"{one}:{class_}" for one in nearest(name, known)]
    else:
        said, known = f"{module.file} has no {class_}", _top_level(module)
        meant = [f"{name}:{one}" for one in nearest(class_, known)]
    return Absent(
        f"{said}; expected a class or schema at a module's top level",
        code="schema-class",
        hint=f"did you mean '{meant[0]}'?"
        if meant
        else "a class of an installed package: inherit from it in a module of yours",
    )


def _modules(checkout: Checkout, name: str) -> list[str]:
    """The modules where one of that name would lie, and those of the packages at the top."""
    package = name.rpartition(".")[0]
    found = []
    for root in checkout.roots:
        folder = root / package.replace(".", "/")
        found += [f"{package}.{one.stem}".lstrip(".") for one in sorted(folder.glob("*.py"))]
        found += [f"{one.parent.name}.{one.stem}" for one in sorted(root.glob("*/*.py"))]
    return found


def _top_level(module: Module) -> list[str]:
    """Names that a module's classes and values have."""
    names = [one.name for one in module.tree.body if isinstance(one, ast.ClassDef)]
    for one in module.tree.body:
        targets = one.targets if isinstance(one, ast.Assign) else []
        names += [target.id for target in targets if isinstance(target, ast.Name)]
    return names


def _of_file(session: Session, file: Path, what: str, name: str | None) -> Imported:
    if file.suffix in (".yml", ".yaml"):
        from wombat.data.pandera.yaml import read_yaml

        read = read_yaml(file.read_text(encoding="utf-8"), what)
        schema, losses = read.schema, read.losses
    else:
        schema, losses = arrow_file_schema(file, what)
    schema = replace(schema, name=checked_name(name or schema.name))
    schemas = project(session.root)[0].schemas
    target = f"{schema.name}.yml"
    if schema.name in schemas and schemas[schema.name].document.path != f"{SCHEMAS}/{target}":
        raise taken_name(schemas, schema.name)
    return _write(session, schema, target, losses, what)


def _name_of(schemas: Schemas, python: str) -> str:
    """The name by which a class is known already, else one of its package and its own."""
    for name, document in schemas.pending.items():
        if str(get(document.root, "python")) == python:
            return name
    for name, located in schemas.items():
        if located.schema.python == python:
            return name
    module, _, class_ = python.partition(":")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", class_.rpartition(".")[2]).lower().strip("_")
    package = module.partition(".")[0].lower().strip("_")
    return f"{package}.{words}"


def checked_name(name: str) -> str:
    """The name; UsageFault where no schema can have it."""
    if not re.fullmatch(SCHEMA_NAME, name):
        raise UsageFault(
            f"'{name}' is no schema's name; expected lower-case words joined by dots",
            code="invalid-name",
            hint="say one with --name",
        )
    return name


def _free(schemas: Schemas, name: str, python: str) -> None:
    document = schemas.pending.get(name)
    mine = document is not None and str(get(document.root, "python")) == python
    if name in schemas and schemas[name].schema.python != python:
        raise taken_name(schemas, name)
    if document is not None and not mine:
        raise taken_name(schemas, name)


def taken_name(schemas: Schemas, name: str) -> UsageFault:
    """The error for a name that another schema has."""
    document = schemas.pending.get(name) or schemas[name].document
    return UsageFault(
        f"there is a schema '{name}' already, in {document.path}; expected another name",
        code="duplicate-schema",
        hint="say one with --name",
    )


def _write(
    session: Session, schema: FrameSchema, path: str, losses: list[str], what: str
) -> Imported:
    shown = f"{SCHEMAS}/{path}"
    file = session.root / shown
    text = schema_text(schema, shown, losses, what)
    _check(schema, shown, text)
    before = file.read_text(encoding="utf-8") if file.is_file() else None
    if before != text:
        write_whole(file, text)
    return Imported(schema, shown, tuple(losses), before != text)


def schema_text(schema: FrameSchema, shown: str, losses: list[str], what: str) -> str:
    """A schema's file: where it came from, and what of it the schema doesn't say."""
    up = "../" * (shown.count("/") - 1)
    header = [_MODELINE.format(up or "./"), f"Written by: wombat schema import {what}"]
    header += [f"Not in it: {one}" for one in losses]
    return emit_yaml(spelled(schema), header=header)


def _check(schema: FrameSchema, shown: str, text: str) -> None:
    """What was written is read as it was meant; Invalid where the schema contradicts itself."""
    import tempfile

    sink = Diagnostics()
    with tempfile.TemporaryDirectory(prefix="wombat-schema-") as folder:
        file = Path(folder, "schema.yml")
        file.write_text(text, encoding="utf-8")
        documents = read_documents(file, shown, sink)
        read = read_schema(documents[0], sink) if documents else None
    if sink.failed or read is None:
        raise Invalid(sink.sorted())
    if read.digest != schema.digest:
        raise AssertionError(f"{shown} doesn't say what was meant")


def as_tree(done: Imported) -> dict[str, Any]:
    """For --json."""
    return {
        "schema": done.schema.name,
        "file": done.file,
        "written": done.written,
        "losses": list(done.losses),
    }
