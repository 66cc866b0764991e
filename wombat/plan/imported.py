"""Schemas of pandera classes: whether what was imported is still what the class says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.plan.names import source_digest
from wombat.schema.loom import get

if TYPE_CHECKING:
    from wombat.errors import Diagnostics
    from wombat.language.source import Document
    from wombat.plan.closure.checkout import Checkout
    from wombat.schema.load import Schemas


def check_imported(schemas: Schemas, checkout: Checkout, sink: Diagnostics) -> None:
    """Tells of classes that aren't imported, and of those that changed since; imports nothing."""
    for name, document in sorted(schemas.pending.items()):
        _not_imported(name, document, sink)
    for name, located in sorted(schemas.items()):
        schema = located.schema
        if schema.python is None or schema.source is None:
            continue
        digest = source_digest(checkout, schema.python)
        if digest != schema.source:
            _stale(name, schema.python, located.document, sink, there=digest is not None)


def command(python: str, name: str | None = None) -> str:
    """What to run to import a class."""
    return f"wombat schema import {python}" + (f" --name {name}" if name else "")


def schema_of_class(schemas: Schemas, python: str) -> str | None:
    """The name of the schema that was imported from a class; None where none was."""
    found = (name for name, one in schemas.items() if one.schema.python == python)
    return next(found, None)


def _not_imported(name: str, document: Document, sink: Diagnostics) -> None:
    python = str(get(document.root, "python"))
    sink.error(
        "schema-not-imported",
        f"{name} is the class {python}, which isn't imported; "
        f"expected what it says in schemas/imported/{name}.yml",
        document.at("python"),
        hint=command(python, name),
    )


def _stale(name: str, python: str, document: Document, sink: Diagnostics, *, there: bool) -> None:
    said = "has changed since it was imported" if there else "isn't in the project any more"
    sink.error(
        "schema-stale",
        f"{python} {said}; expected the schema {name} as the class says it",
        document.at("python"),
        hint=command(python, name) if there else "remove the file, or name another class",
    )
