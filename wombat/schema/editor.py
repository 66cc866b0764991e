"""The JSON Schema of schema files, for editors; generated from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.language.editor import as_text, editor_schema
from wombat.schema.written import WrittenElement, WrittenSchema
from wombat.schema.written_words import SHORT

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "schema.schema.json"
_BOUNDS: Final = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum"}
_SHORT: Final = {"type": "string", "pattern": SHORT}
_MEMBERS: Final = {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string"}}
_LONG: Final = {"$ref": "#/definitions/WrittenElement"}
_ELEMENT: Final = {"anyOf": [_SHORT, _LONG]}
_FIELDS: Final = {"type": "object", "minProperties": 1, "additionalProperties": _ELEMENT}
_COLUMN: Final = {"anyOf": [_SHORT, {"$ref": "#/definitions/WrittenColumn"}]}
_NOTHING: Final = {"type": "null"}
_WHOLE: Final = (["columns"], ["extends"], ["python"])
"""A schema has one of these."""


def schema_json_schema() -> dict[str, Any]:
    """The schema of `schemas/*.yml`: both forms of a column, every word with its values."""
    tree: dict[str, Any] = _bounded(editor_schema(WrittenSchema, "A Wombat dataframe schema"))
    element = _bounded(editor_schema(WrittenElement, ""))
    parts = tree["definitions"]
    parts["WrittenElement"] = {
        word: element[word]
        for word in ("type", "description", "properties", "required", "additionalProperties")
    }
    for name in ("WrittenColumn", "WrittenPattern", "WrittenElement"):
        parts[name]["properties"] |= {"of": {"anyOf": [_MEMBERS, _ELEMENT]}, "fields": _FIELDS}
    parts["ChangedColumn"] = _changed(parts["WrittenColumn"])
    changes = {"anyOf": [_SHORT, {"$ref": "#/definitions/ChangedColumn"}, _NOTHING]}
    patch = {"type": "object", "minProperties": 1, "additionalProperties": changes}
    parts["WrittenSchemaPolicy"]["properties"]["columns"] = patch
    own = {**_COLUMN, "anyOf": [*_COLUMN["anyOf"], *changes["anyOf"][1:]]}
    tree["properties"]["columns"]["additionalProperties"] = own
    tree["anyOf"] = [{"required": words} for words in _WHOLE]
    tree["if"] = {"required": ["extends"]}
    tree["else"] = {"properties": {"columns": {"additionalProperties": _COLUMN}}}
    return tree


def _changed(column: dict[str, Any]) -> dict[str, Any]:
    """A column of which only words are said: none is needed, and null takes one away."""
    words = {
        word: {"anyOf": [said, _NOTHING]} if word != "type" else said
        for word, said in column["properties"].items()
    }
    rest = {key: value for key, value in column.items() if key not in ("required", "properties")}
    return {**rest, "description": "What changes of a column.", "properties": words}


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
    return {
        _BOUNDS.get(word, word) if not isinstance(item, dict) else word: _bounded(item)
        for word, item in tree.items()
    }
