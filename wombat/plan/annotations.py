"""The pandera class in a function's annotation, read from its syntax."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from wombat.plan.functions import top_level
from wombat.plan.names import Named, defined, dotted_name

if TYPE_CHECKING:
    from wombat.plan.closure.checkout import Checkout

_FRAME: Final = re.compile(r"pandera(\.\w+)*\.(DataFrame|LazyFrame)")
_WRAPPERS: Final = ("Annotated", "Optional", "Final")


def schema_of_annotation(checkout: Checkout, function: str, parameter: str) -> str | None:
    """`module:Class` of `DataFrame[Class]`, pandera's own, where a parameter (or `return`) has it.

    `function` is `module:name`. The class is named by where it is defined. None for every other
    annotation, and for functions that aren't defined in the project. Nothing is imported.
    """
    module, _, name = function.partition(":")
    where = defined(checkout, module, name)
    found = checkout.module(where.module)
    node = _function(found.tree, where.name) if found is not None else None
    annotation = _annotation(node, parameter) if node is not None else None
    model = _model(checkout, where.module, annotation)
    return None if model is None else str(model)


def _function(tree: ast.Module, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The last definition of that name: it is the one that stands."""
    found = None
    for node in top_level(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            found = node
    return found


def _annotation(node: ast.FunctionDef | ast.AsyncFunctionDef, parameter: str) -> ast.expr | None:
    if parameter == "return":
        return node.returns
    spec = node.args
    every = (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)
    return next((one.annotation for one in every if one.arg == parameter), None)


def _model(checkout: Checkout, module: str, annotation: ast.expr | None) -> Named | None:
    node = _unquoted(annotation)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _model(checkout, module, node.left) or _model(checkout, module, node.right)
    if not isinstance(node, ast.Subscript):
        return None
    head = dotted_name(node.value)
    if head is None:
        return None
    if head.rpartition(".")[2] in _WRAPPERS:
        inner = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
        return _model(checkout, module, inner)
    frame = defined(checkout, module, head)
    if not _FRAME.fullmatch(f"{frame.module}.{frame.name}"):
        return None
    model = _unquoted(node.slice)
    name = dotted_name(model) if model is not None else None
    return None if name is None else defined(checkout, module, name)


def _unquoted(node: ast.expr | None) -> ast.expr | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return ast.parse(node.value.strip(), mode="eval").body
        except SyntaxError:
            return None
    return node
