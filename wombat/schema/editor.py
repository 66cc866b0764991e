"""The JSON Schema of schema files, for editors; generated from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.language.editor import as_text, editor_schema
from wombat.schema.written import SHORT_COLUMN, WrittenSchema

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "schema.schema.json"
_BOUNDS: Final = {"ge": "minimum", "le": "maximum"}


def schema_json_schema() -> dict[str, Any]:
    """The schema of `schemas/*.yml`: both forms of a column, every word with its values."""
    tree = _bounded(editor_schema(WrittenSchema, "A Wombat dataframe schema"))
    column = {"anyOf": [SHORT_COLUMN, {"$ref": "#/definitions/WrittenColumn"}]}
    tree["properties"]["columns"]["additionalProperties"] = column
    made: dict[str, Any] = tree
    return made


def schema_text() -> str:
    """How it stands in its file; the bytes depend on the models alone."""
    return as_text(schema_json_schema())


def write_schema_json_schema(folder: Path) -> Path:
    """Writes it below a folder, `schemas/json` of a project; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILE
    file.write_text(schema_text(), encoding="utf-8")
    return file


def _bounded(tree: Any) -> Any:
    """pydantic names the bounds of validated numbers in its own words."""
    if isinstance(tree, list):
        return [_bounded(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    return {_BOUNDS.get(word, word): _bounded(item) for word, item in tree.items()}
