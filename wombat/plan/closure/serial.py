"""Syntax in a serialisation of our own, the same on every version of Python, and its digest."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final

from blake3 import blake3

from wombat.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator

_SKIPPED: Final = frozenset(("type_comment", "kind", "ctx", "type_ignores"))


def digest_tree(tree: ast.Module) -> Digest:
    """The digest of a module's syntax, the same on every version of Python."""
    hasher = blake3()
    for piece in serialised(tree):
        hasher.update(piece.encode("utf-8", "surrogatepass"))
    return Digest(hasher.hexdigest())


def serialised(tree: ast.AST) -> Iterator[str]:
    """A prefix code: names, counts and values. Empty and absent fields don't occur, so that a
    version of Python which adds a field doesn't change what is old. With a stack of its own:
    generated code nests deeper than Python recurses."""
    waiting: list[Any] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Text):
            yield node
        elif isinstance(node, ast.AST):
            waiting.extend(reversed(_fields(node)))
        elif isinstance(node, list):
            waiting.extend((_Text("]"), *reversed(node), _Text(f"[{len(node)} ")))
        else:
            yield _leaf(node)


class _Text(str):
    """A piece of the serialisation itself."""

    __slots__ = ()


def _fields(node: ast.AST) -> list[Any]:
    pieces: list[Any] = [_Text(f"({type(node).__name__} ")]
    for name in sorted(node._fields):
        value = getattr(node, name, None)
        if name in _SKIPPED or value is None or value == []:
            continue
        if name == "body":
            value = _without_docstring(node, value)
        elif name == "values" and isinstance(node, ast.JoinedStr):
            value = _merged(value)
        pieces += [_Text(f"{name}="), value]
    return [*pieces, _Text(")")]


def _merged(values: list[ast.expr]) -> list[ast.expr]:
    """An f-string's pieces: neighbouring texts as one and none empty. Python 3.12 has more."""
    merged: list[ast.expr] = []
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            before = merged[-1] if merged else None
            if isinstance(before, ast.Constant) and isinstance(before.value, str):
                merged[-1] = ast.Constant(before.value + value.value)
            elif value.value:
                merged.append(value)
        else:
            merged.append(value)
    return merged


def _leaf(value: Any) -> str:
    # Not repr for text: what it escapes depends on the Unicode version that Python carries; nor
    # for whole numbers: it refuses long ones.
    if type(value) is int:
        return f"<int {value:x}>"
    text = value if isinstance(value, str) else repr(value)
    return f"<{type(value).__name__} {len(text)} {text}>"


def _without_docstring(node: ast.AST, body: Any) -> Any:
    documented = isinstance(
        node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    )
    if documented and body and isinstance(body[0], ast.Expr):
        value = body[0].value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return body[1:]
    return body
