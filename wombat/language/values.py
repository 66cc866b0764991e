"""Values as written: literals, whole-scalar references `$word.name`, and `{format: …}`.

Where text is asked for, a plain scalar keeps its spelling: 3.10 and 0x10 stay as they are.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, WithJsonSchema

from wombat.language.names import Identifier
from wombat.language.scalars import as_written, free, mistake, shown, wrong_type
from wombat.language.source import Mapping, Scalar, Sequence

WORDS: Final = ("params", "foreach", "inputs", "outputs")
_REFERENCE: Final = re.compile(r"\$([a-z]+)\.([a-z][a-z0-9_]{0,62})")
_FIELD: Final = re.compile(r"\{\{|\}\}|\{(?:[a-z]+\.)?[a-z][a-z0-9_]*\}")


def value(node: Any) -> Any:
    """A value's tree: references become `{"$": "word.name"}`, the rest stays what it says."""
    if isinstance(node, Scalar):
        return _reference(node) if node.plain and node.startswith("$") else free(node)
    if isinstance(node, Mapping):
        return _mapping(node)
    if isinstance(node, Sequence):
        return [value(item) for item in node]
    return node


def argument(node: Any) -> Any:
    """A command's word: as `value`, but scalars that are no references are text as spelled."""
    if isinstance(node, Scalar) and not (node.plain and node.startswith("$")):
        return as_written(node)
    return value(node)


def _literal(node: Any, hint: str) -> Any:
    """Text that nothing is put into: what looks like a reference is a mistake, `$$` escapes."""
    text = as_written(node)
    if not (isinstance(node, Scalar) and node.plain and text.startswith("$")):
        return text
    if text.startswith("$$"):
        return text[1:]
    said = f"{shown(node)} stands here, where nothing is put in; expected text"
    raise mistake("invalid-reference", said, hint)


def _variable(node: Any) -> Any:
    text = _literal(node, "'with' takes references; for the text itself put it in quotes")
    if "\0" in text:
        said = "a NUL stands in this text; expected none, since no environment can hold one"
        raise mistake("text-nul", said)
    return text


def _part(node: Any) -> Any:
    return _literal(node, "write the values out; for the text itself put it in quotes")


def _reference(node: Scalar) -> Any:
    if node.startswith("$$"):
        return str(node)[1:]
    found = _REFERENCE.fullmatch(node)
    if not found or found[1] not in WORDS:
        raise mistake(
            "invalid-reference",
            f"{shown(node)} is no reference; expected $params.name, "
            "$foreach.name, $inputs.name or $outputs.name",
            _meant(node),
        )
    return {"$": f"{found[1]}.{found[2]}"}


def _meant(node: Scalar) -> str:
    """A hint: a word left out, a text around a reference, or text that only looks like one."""
    if re.fullmatch(r"\$[a-z][a-z0-9_]{0,62}", node):
        return f"write $params.{node[1:]}, or quotes around the text itself"
    begins = _REFERENCE.match(node)
    if begins and begins[1] in ("params", "foreach"):
        return f'write {{format: "{{{begins[2]}}}{node[begins.end() :][:40]}"}}'
    return "for the text itself write '$$', or put it in quotes"


def _mapping(node: Mapping) -> Any:
    if list(node) == ["format"]:
        return _format(next(iter(node.values())))
    tree = {str(key): value(item) for key, item in node.items()}
    return {"$": "literal", "value": tree} if "$" in tree else tree


def _format(node: Any) -> Any:
    if not isinstance(node, Scalar):
        raise wrong_type(node, "text with {name} in it")
    rest = _FIELD.sub("", node)
    if "{" in rest or "}" in rest:
        raise mistake(
            "invalid-format",
            "a brace in this format belongs to no name; expected {name}, without blanks",
            "for a brace itself write it twice",
        )
    if not any(found[0] not in ("{{", "}}") for found in _FIELD.finditer(node)):
        raise mistake(
            "invalid-format",
            "this format has no {name}; expected a declared value in it",
            "write the text itself, without format",
        )
    return {"$": "format", "text": str(node)}


Value = Annotated[Any, BeforeValidator(value), WithJsonSchema({})]
Values = dict[Identifier, Value]
Argument = Annotated[
    Any,
    BeforeValidator(argument),
    WithJsonSchema({"type": ["string", "number", "boolean", "array", "object"]}),
]
_SPELLED: Final = WithJsonSchema({"type": ["string", "number", "boolean"]})
Variable = Annotated[str, BeforeValidator(_variable), _SPELLED]
"""The text of an environment variable."""
PartValue = Annotated[str, BeforeValidator(_part), _SPELLED]
"""A value of a foreach key."""
