"""The single words of schema files: how each is read, and how editors know it."""

from __future__ import annotations

import keyword
import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from wombat.language.address import NAME
from wombat.language.names import SCHEMA_NAME, check_name
from wombat.language.scalars import Words, mistake, resolve, shown, wrong_type
from wombat.language.source import Mapping, Scalar, Sequence
from wombat.schema.foreign_types import meant_type, needed
from wombat.schema.types import KINDS, NEEDED

_FUNCTION: Final = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_USUAL: Final = ("string", "int64", "float64", "bool", "date", "timestamp")
"""Types that most columns have; the rule's page lists all."""
_CUT: Final = re.compile(r"\w+\(\d+")
_REST: Final = re.compile(r"\d+\)\??")


def is_nothing(node: Any) -> bool:
    """Whether a null stands there, or nothing at all."""
    return node is None or (isinstance(node, Scalar) and resolve(node) is None)


def rejoined(node: Any) -> Any:
    """A mapping in which `decimal(12, 2)`, cut in two by the comma, is one text again."""
    if not isinstance(node, Mapping):
        return node
    found = Mapping()
    found.line, found.column = node.line, node.column
    last: Scalar | None = None
    for key, value in node.items():
        before = found[last] if last is not None else None
        if last is not None and isinstance(before, Scalar) and _is_cut(before, key, value):
            whole = Scalar(f"{before}, {key}")
            whole.line, whole.column, whole.plain = before.line, before.column, True
            found[last] = whole
            continue
        found[key], last = value, key
    return found if len(found) < len(node) else node


def _is_cut(before: Scalar, key: Scalar, value: Any) -> bool:
    found = before.plain and _CUT.fullmatch(before) and _REST.fullmatch(key)
    return bool(found) and is_nothing(value)


def unknown_type(text: str, *, alone: bool = False) -> Exception:
    """What is said of a text that is no type; `alone` where the short form can't stand."""
    said = f"unknown type '{text}'; expected one like {', '.join(_USUAL)}"
    hint = meant_type(text)
    if alone and hint and hint.startswith("write ") and hint.endswith("?"):
        hint = f"write type: {hint.removeprefix('write ').removesuffix('?')}, nullable: true"
    return mistake("unknown-type", said, hint)


def _kind(node: Any) -> Any:
    if not isinstance(node, str) or is_nothing(node):
        raise wrong_type(node, "a type")
    text = str(node)
    if text.endswith("?") and text[:-1] in KINDS:
        raise mistake(
            "unknown-type",
            f"'{text}' is the short form; expected the type alone",
            f"write {{type: {text[:-1]}, nullable: true}}",
        )
    if text not in KINDS:
        raise unknown_type(text, alone=True)
    return text


def long_form(node: Any) -> Any:
    """The short form `TYPE?` as the mapping that it stands for; a mapping as it is."""
    node = rejoined(node)
    if is_nothing(node):
        hint = "null takes away a column of a schema that is extended, and there is none"
        raise wrong_type(node, "a type, like string, or a mapping", hint if node else None)
    if not isinstance(node, Scalar):
        return node
    text = str(node).removesuffix("?")
    if text not in KINDS:
        raise unknown_type(str(node))
    if text in NEEDED:
        raise mistake(
            "type-parameters", f"'{text}' needs parameters; expected a mapping", needed(text)
        )
    return {"type": text, "nullable": str(node).endswith("?")}


def _length(node: Any) -> Any:
    ends = list(node) if isinstance(node, Sequence | list) else [node, node]
    found = [resolve(end) if isinstance(end, Scalar) else end for end in ends]
    whole = [end for end in found if end is not None]
    if (
        len(found) != 2
        or not whole
        or any(type(end) is not int or end < 0 for end in whole)
        or whole != sorted(whole)
    ):
        raise mistake(
            "invalid-length",
            f"{shown(node)} is no length; expected a whole number, or [least, most]",
            "without a limit: [1, null]",
        )
    return found[0], found[1]


def _raw(node: Any) -> Any:
    if isinstance(node, Mapping | Sequence):
        raise wrong_type(node, "a constant of the column's type")
    if is_nothing(node):
        raise wrong_type(node, "a constant", 'leave the word out, or quote it: "null" is text')
    return node


def _raw_list(node: Any) -> Any:
    if not isinstance(node, Sequence | list) or not node:
        raise wrong_type(node, "a list of constants of the column's type, not empty")
    for item in node:
        if isinstance(item, Mapping | Sequence):
            raise wrong_type(item, "a list of constants, each a single value")
    return list(node)


def _some_text(text: str) -> str:
    if not text:
        raise mistake("invalid-value", "an empty text says nothing; expected some characters")
    return text


def _schema_name(node: Any) -> Any:
    text = str(node)
    if isinstance(node, str) and re.fullmatch(SCHEMA_NAME, text):
        return text
    plain, at, major = text.partition("@")
    if isinstance(node, str) and at and re.fullmatch(SCHEMA_NAME, plain):
        hint = f'say the version beside it: version: "{major if "." in major else f"{major}.0"}"'
    else:
        hint = "for example shop.orders"
    raise mistake(
        "invalid-name",
        f"{shown(node)} is no schema's name; expected lower-case words joined by dots",
        hint,
    )


def _schema_ref(node: Any) -> Any:
    text = str(node)
    if not isinstance(node, str) or not re.fullmatch(rf"{SCHEMA_NAME}(@[0-9]+)?", text):
        raise mistake(
            "invalid-name",
            f"{shown(node)} names no schema; expected one name",
            "for example shop.orders, or shop.orders@2 for its second major version",
        )
    return text


def function_name(node: Any) -> Any:
    """`module:function` or `module:Class`; raises the field error `invalid-function`."""
    text = str(node)
    if isinstance(node, str) and re.fullmatch(_FUNCTION, text):
        return text
    before, dot, name = text.removesuffix("()").rpartition("." if ":" not in text else ":")
    meant = f"{before.removesuffix('.py').replace('/', '.')}:{name}"
    near = dot and len(meant) <= 100 and re.fullmatch(_FUNCTION, meant)
    raise mistake(
        "invalid-function",
        f"{shown(node)} names no code; expected module:name",
        f"did you mean '{meant}'?" if near else "for example shop.checks:is_valid",
    )


def _version(node: Any) -> Any:
    text = str(node)
    if not isinstance(node, str) or not re.fullmatch(r"\d+\.\d+", text):
        meant = re.search(r"\d+(\.\d+)?", text) if isinstance(node, str) else None
        number = meant[0] if meant else "1.0"
        raise mistake(
            "invalid-value",
            f"{shown(node)} stands here; expected MAJOR.MINOR",
            f'for example "{number if "." in number else f"{number}.0"}"',
        )
    return text


def _rule_name(text: str) -> str:
    return check_name(text, "rule's name")


def _argument(text: str) -> str:
    if not text.isidentifier() or keyword.iskeyword(text):
        raise mistake("invalid-name", f"'{text}' is no argument's name; expected one of Python's")
    return text


_CONSTANT: Final = {"type": ["string", "number", "boolean"]}
_TEXT: Final = {"type": "string", "minLength": 1}
SchemaName = Annotated[
    str,
    BeforeValidator(_schema_name),
    WithJsonSchema({"type": "string", "pattern": f"^{SCHEMA_NAME}$"}),
]
SchemaRef = Annotated[
    str,
    BeforeValidator(_schema_ref),
    WithJsonSchema({"type": "string", "pattern": f"^{SCHEMA_NAME}(@[0-9]+)?$"}),
]
FunctionName = Annotated[
    str,
    BeforeValidator(function_name),
    WithJsonSchema({"type": "string", "pattern": f"^{_FUNCTION}$"}),
]
RuleName = Annotated[
    Words, AfterValidator(_rule_name), WithJsonSchema({"type": "string", "pattern": f"^{NAME}$"})
]
Kind = Annotated[
    str, BeforeValidator(_kind), WithJsonSchema({"type": "string", "enum": list(KINDS)})
]
Raw = Annotated[Any, BeforeValidator(_raw), WithJsonSchema(_CONSTANT)]
RawList = Annotated[
    list[Any],
    BeforeValidator(_raw_list),
    WithJsonSchema({"type": "array", "minItems": 1, "items": _CONSTANT}),
]
Version = Annotated[
    str,
    BeforeValidator(_version),
    WithJsonSchema({"type": "string", "pattern": r"^\d+\.\d+$"}),
]
SomeText = Annotated[Words, AfterValidator(_some_text), WithJsonSchema(_TEXT)]
ArgumentName = Annotated[Words, AfterValidator(_argument)]
LengthWord = Annotated[
    tuple[int | None, int | None],
    BeforeValidator(_length),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "items": {"type": ["integer", "null"], "minimum": 0},
                },
            ]
        }
    ),
]
SHORT: Final = "^(" + "|".join(kind for kind in KINDS if kind not in NEEDED) + r")\??$"
"""The short form of a column or an element."""
