"""The one YAML writer: data in, block style out, the same bytes for the same data.

A scalar that isn't plainly safe is double-quoted JSON in ASCII, so that every YAML reader, old and
new, sees the same text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PLAIN: Final = re.compile(r"[A-Za-z_./][A-Za-z0-9_./@=-]*(?: [A-Za-z0-9_./@=-]+)*")
_READ_OTHERWISE: Final = re.compile(
    r"(?i:y|yes|n|no|on|off|true|false|null|~|\.inf|\.nan|[-+]?\.?[0-9].*)|=|.*\.\."
)
FLOW_WIDTH: Final = 88


@dataclass(frozen=True)
class Commented:
    """A value with comment lines above its key or item."""

    value: Any
    lines: tuple[str, ...]


class Plain(str):
    """Text that is written as it stands: for marks that the reader replaces before it parses."""

    __slots__ = ()


_NESTED: Final = (dict, list, tuple, Commented, Plain)


def plain(value: Any) -> Any:
    """The same document without its comments."""
    if isinstance(value, Commented):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple) and any(isinstance(item, _NESTED) for item in value):
        return [plain(item) for item in value]
    return value


def emit_yaml(value: Mapping[str, Any], *, header: Sequence[str] = ()) -> str:
    """The YAML text of a mapping of JSON values and `Commented` ones, after header comments."""
    lines = [_comment(line) for line in header]
    if lines:
        lines.append("")
    first = True
    for key, item in value.items():
        if not first and _is_block(item):
            lines.append("")
        lines.extend(_entry(key, item, 0))
        first = False
    return "\n".join(lines) + "\n"


def _comment(line: str) -> str:
    safe = line if line.isprintable() else "".join(c if c.isprintable() else " " for c in line)
    return f"# {safe}".rstrip()


def _is_block(item: Any) -> bool:
    value = item.value if isinstance(item, Commented) else item
    return isinstance(value, dict) and bool(value)


def _entry(key: str, item: Any, indent: int) -> Iterator[str]:
    pad = "  " * indent
    if isinstance(item, Commented):
        yield from (pad + _comment(line) for line in item.lines)
        item = item.value
    name = scalar(key)
    if isinstance(item, dict) and item:
        flow = _flow(item)
        if indent and flow is not None and len(pad) + len(name) + len(flow) + 2 <= FLOW_WIDTH:
            yield f"{pad}{name}: {flow}"
            return
        yield f"{pad}{name}:"
        for below, value in item.items():
            yield from _entry(below, value, indent + 1)
    elif isinstance(item, list | tuple) and item:
        yield from _list(f"{pad}{name}:", item, indent)
    else:
        yield f"{pad}{name}: {_leaf(item)}"


def _list(opening: str, items: Sequence[Any], indent: int) -> Iterator[str]:
    flow = _flow(items)
    if flow is not None and len(opening) + len(flow) + 1 <= FLOW_WIDTH:
        yield f"{opening} {flow}"
        return
    yield opening
    pad = "  " * (indent + 1)
    for item in items:
        if isinstance(item, Commented):
            yield from (pad + _comment(line) for line in item.lines)
            yield from _item(item.value, pad)
        else:
            yield from _item(item, pad)


def _item(item: Any, pad: str) -> Iterator[str]:
    if isinstance(item, dict) and item:
        inner = [line for key, value in item.items() for line in _entry(key, value, 0)]
        yield f"{pad}- {inner[0]}"
        yield from (f"{pad}  {line}" for line in inner[1:])
    elif isinstance(item, list | tuple) and item:
        yield f"{pad}- {_inline(item)}"
    else:
        yield f"{pad}- {_leaf(item)}"


def _flow(value: Any) -> str | None:
    """One line for a list or mapping of leaves; None where something in it is nested."""
    if isinstance(value, dict):
        if any(isinstance(item, _NESTED) for item in value.values()):
            return None
        return "{" + ", ".join(f"{scalar(k)}: {_leaf(v)}" for k, v in value.items()) + "}"
    if any(isinstance(item, _NESTED) for item in value):
        return None
    return "[" + ", ".join(_leaf(item) for item in value) + "]"


def _leaf(value: Any) -> str:
    if isinstance(value, str):
        return str(value) if isinstance(value, Plain) else scalar(value)
    if isinstance(value, dict | list | tuple):
        return "{}" if isinstance(value, dict) else "[]"
    return _number(value) if isinstance(value, float) else json.dumps(value)


def _number(value: float) -> str:
    """Always with a point: without one, YAML 1.1 reads `1e+16` as text."""
    text = json.dumps(value, allow_nan=False)
    return text if "." in text else text.replace("e", ".0e")


def _inline(value: Any) -> str:
    """JSON on one line, in what YAML 1.1 and 1.2 both read as the same."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(k)}: {_inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return _quoted(value) if isinstance(value, str) else _leaf(value)


def _quoted(text: str) -> str:
    """JSON's double quotes in ASCII, but characters beyond U+FFFF as YAML writes them."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if " " <= c <= "~" else _escaped(ord(c)) for c in quoted)


def _escaped(number: int) -> str:
    if 0xD800 <= number <= 0xDFFF:
        raise ValueError(f"half a character, U+{number:04X}, can't be written as YAML")
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def scalar(text: str) -> str:
    """Plain where every YAML reader reads it as this text, else JSON's double quotes."""
    if len(text) <= 200 and _PLAIN.fullmatch(text) and not _READ_OTHERWISE.fullmatch(text):
        return text
    return _quoted(text)
