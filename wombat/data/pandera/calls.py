"""Expressions of Python as data: one tree that is evaluated here, and written as source text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WIDTH: Final = 100


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name; its first word is looked up in a namespace."""

    dotted: str


@dataclass(frozen=True, slots=True)
class Code:
    """A function of the user's, `module:function`, imported where the expression is evaluated."""

    python: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a dotted name. Arguments are expressions, literals, or lists and dicts of them."""

    function: str
    args: tuple[Any, ...] = ()
    words: Mapping[str, Any] = field(default_factory=dict)


def call(function: str, *args: Any, **words: Any) -> Call:
    """A call without the words that are None."""
    return Call(function, args, {word: v for word, v in words.items() if v is not None})


def evaluate(tree: Any, names: Mapping[str, Any]) -> Any:
    """The object that an expression stands for."""
    match tree:
        case Name(dotted):
            return _resolved(dotted, names)
        case Code(python):
            return names["code"](python)
        case Call(function, args, words):
            given = {word: evaluate(value, names) for word, value in words.items()}
            return _resolved(function, names)(*(evaluate(arg, names) for arg in args), **given)
        case dict():
            return {key: evaluate(value, names) for key, value in tree.items()}
        case list():
            return [evaluate(value, names) for value in tree]
        case _:
            return tree


def _resolved(dotted: str, names: Mapping[str, Any]) -> Any:
    first, *rest = dotted.split(".")
    found = names[first]
    for step in rest:
        found = getattr(found, step)
    return found


def render(tree: Any, indent: int = 0) -> str:
    """The expression as Python text, wrapped where a line would be too long."""
    flat = _flat(tree)
    if indent + len(flat) <= WIDTH or not _parts(tree):
        return flat
    start, parts, end = _opened(tree)
    inner = " " * (indent + 4)
    lines = [f"{inner}{name}{render(value, indent + 4)}," for name, value in parts]
    return "\n".join([start, *lines, f"{' ' * indent}{end}"])


def _flat(tree: Any) -> str:
    if isinstance(tree, Name):
        return tree.dotted
    if isinstance(tree, Code):
        return tree.python.partition(":")[2]
    if not isinstance(tree, Call | dict | list):
        return repr(tree)
    start, parts, end = _opened(tree)
    return f"{start}{', '.join(f'{name}{_flat(value)}' for name, value in parts)}{end}"


def _opened(tree: Any) -> tuple[str, list[tuple[str, Any]], str]:
    parts = list(_parts(tree))
    if isinstance(tree, Call):
        return f"{tree.function}(", parts, ")"
    return ("{", parts, "}") if isinstance(tree, dict) else ("[", parts, "]")


def _parts(tree: Any) -> list[tuple[str, Any]]:
    if isinstance(tree, Call):
        named = [(f"{word}=", value) for word, value in tree.words.items()]
        return [*(("", arg) for arg in tree.args), *named]
    if isinstance(tree, dict):
        return [(f"{key!r}: ", value) for key, value in tree.items()]
    return [("", value) for value in tree] if isinstance(tree, list) else []


def walk(tree: Any) -> Iterator[Any]:
    """The expression and everything in it."""
    yield tree
    for _, value in _parts(tree):
        yield from walk(value)
