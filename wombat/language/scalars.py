"""YAML 1.2 scalars, resolved by us; the field types that models declare."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from wombat.language.source import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable

    from wombat.digest import Json

_NULL: Final = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE: Final = frozenset(("true", "True", "TRUE"))
_FALSE: Final = frozenset(("false", "False", "FALSE"))
_INT: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_INT_DIGITS: Final = 4000
_INT_LIMIT: Final = 10**_INT_DIGITS
"""Python writes no longer numbers in decimal."""

_AMBIGUOUS: Final = (
    ("yaml-boolean", re.compile(r"(?i:y|yes|on)"), "true to other YAML tools"),
    ("yaml-boolean", re.compile(r"(?i:n|no|off)"), "false to other YAML tools"),
    ("yaml-octal", re.compile(r"[-+]?0[0-9_]+|0o[0-7]+"), "an octal number to other YAML tools"),
    (
        "yaml-sexagesimal",
        re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"),
        "a number in base 60 to other YAML tools",
    ),
    (
        "yaml-date",
        re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?"),
        "a date to other YAML tools",
    ),
    (
        "yaml-number",
        re.compile(r"[-+]?(0b[01_]+|[0-9]+_[0-9_]*(\.[0-9_]*)?)"),
        "a number to other YAML tools",
    ),
    (
        "yaml-number",
        re.compile(r"[-+]?(\.[0-9]+|[0-9]+)[eE][-+]?[0-9]+|[-+]?[0-9]+\.[0-9]*[eE][0-9]+"),
        "text to other YAML tools",
    ),
)


class _Error(PydanticCustomError):
    """A mistake in a field: its rule's code, what is wrong, and a hint."""


def mistake(code: str, message: str, hint: str | None = None) -> PydanticCustomError:
    """The error that a field's validator raises; braces in the text are safe."""
    return _Error(code, "{said}", {"said": message, "hint": hint})


def resolve(node: Scalar) -> str | int | float | bool | None:
    """What a scalar means in YAML 1.2's core schema; quoted ones are text."""
    if not node.plain:
        return str(node)
    if node in _NULL:
        return None
    if node in _TRUE or node in _FALSE:
        return node in _TRUE
    if _INT.fullmatch(node):
        return _whole(node)
    if _FLOAT.fullmatch(node):
        return float(node)
    if _SPECIAL.fullmatch(node):
        return math.nan if "n" in node[1:2].lower() else math.inf * (-1 if node[0] == "-" else 1)
    return str(node)


def _whole(node: Scalar) -> int | float:
    """A whole number, in any base; infinite beyond 4,000 digits."""
    if len(node) <= _INT_DIGITS:
        number = int(node, 0 if node[:2] in ("0o", "0x") else 10)
        if abs(number) < _INT_LIMIT:
            return number
    return -math.inf if node[0] == "-" else math.inf


def unquoted(node: Scalar) -> Scalar:
    """The same text as if it stood without quotes."""
    plain = Scalar(node)
    plain.line, plain.column, plain.plain = node.line, node.column, True
    return plain


def ambiguity(node: Scalar) -> tuple[str, str] | None:
    """The rule and the sentence for a plain scalar that YAML 1.1 tools read otherwise."""
    if not node.plain or not node[:1].isascii():
        return None
    for code, pattern, said in _AMBIGUOUS:
        if pattern.fullmatch(node):
            return code, said
    return None


def free(node: Any) -> Json:
    """A value of any JSON type; refuses plain scalars that other YAML tools read otherwise."""
    if isinstance(node, Scalar):
        return _free_scalar(node)
    if isinstance(node, Mapping):
        return {str(key): free(value) for key, value in node.items()}
    if isinstance(node, Sequence):
        return [free(value) for value in node]
    return node  # type: ignore[no-any-return]  # made by code, not read from a file


def _free_scalar(node: Scalar) -> Json:
    if unclear := ambiguity(node):
        code, means = unclear
        raise mistake(
            code,
            f"plain {shown(node)} here means {means}; expected quotes",
            f'write "{node}"' + (_instead(code, node)),
        )
    value = resolve(node)
    if isinstance(value, float) and not math.isfinite(value):
        raise mistake("wrong-type", f"{shown(node)} is no JSON number; expected a finite one")
    return value


def _instead(code: str, node: Scalar) -> str:
    if code == "yaml-boolean":
        return " or true" if node.lower() in ("y", "yes", "on") else " or false"
    if code == "yaml-octal" and node.isdigit():
        return f" or {node.lstrip('0') or '0'}"
    if code == "yaml-number" and node.replace("_", "").isdigit():
        return f" or {node.replace('_', '')}"
    if code == "yaml-number" and "e" in node.lower():
        mantissa, _, exponent = node.lower().partition("e")
        point = "" if "." in mantissa else ".0"
        return f" or {mantissa}{point}e{exponent if exponent[0] in '+-' else '+' + exponent}"
    return ""


def shown(node: Any) -> str:
    """How a value is named in a message: its kind, and its text where that is short."""
    if isinstance(node, Mapping | dict):
        return "a mapping"
    if isinstance(node, Sequence | list):
        return "a list"
    if node is None or (isinstance(node, Scalar) and node.plain and node in _NULL):
        return "nothing"
    text = str(node)
    short = text if len(text) <= 60 else text[:57] + "..."
    return f'"{short}"' if isinstance(node, Scalar) and not node.plain else f"'{short}'"


def wrong_type(node: Any, expected: str, hint: str | None = None) -> PydanticCustomError:
    return mistake("wrong-type", f"{shown(node)} stands here; expected {expected}", hint)


def as_written(node: Any) -> Any:
    """A scalar's text in its own spelling; raises the field error `wrong-type`."""
    if isinstance(node, Scalar):
        if node.plain and node in _NULL:
            raise wrong_type(node, "text")
        return str(node)
    if isinstance(node, str):
        return node
    raise wrong_type(node, "text")


def _typed(expected: str, *kinds: type) -> Callable[[Any], Any]:
    def check(node: Any) -> Any:
        value = resolve(node) if isinstance(node, Scalar) else node
        finite = not isinstance(value, float) or math.isfinite(value)
        if type(value) in kinds and finite:
            return value
        quoted = isinstance(node, Scalar) and not node.plain
        quoted = quoted and type(resolve(unquoted(node))) in kinds
        raise wrong_type(node, expected, "remove the quotes" if quoted else None)

    return check


Text = Annotated[str, BeforeValidator(as_written), WithJsonSchema({"type": ["string", "number"]})]
"""Text that keeps its spelling: `17.10` stays `17.10`, `no` stays `no`."""
Words = Annotated[str, BeforeValidator(as_written)]
"""Text that a person reads or that names something."""
Whole = Annotated[int, BeforeValidator(_typed("a whole number", int))]
Flag = Annotated[bool, BeforeValidator(_typed("true or false", bool))]
Number = Annotated[float | int, BeforeValidator(_typed("a number", int, float))]
Free = Annotated[Any, BeforeValidator(free), WithJsonSchema({})]
"""Any JSON value, its plain scalars resolved by YAML 1.2 and refused where ambiguous."""
Raw = Annotated[dict[str, Any], BeforeValidator(free), WithJsonSchema({"type": "object"})]
"""A mapping whose words another layer reads, at their places in the document."""
