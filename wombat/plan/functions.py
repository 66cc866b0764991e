"""A function's existence and arguments, read from its syntax; the user's code never runs."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.plan.closure.checkout import Module

_PLAIN: Final = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
    "None": (type(None),),
}
_TYPING: Final = frozenset(("List", "Dict", "Sequence", "Mapping", "Iterable"))
_KINDS: Final = frozenset((*_PLAIN, *_TYPING, "bytes", "tuple", "set", "Tuple", "Set"))


@dataclass(frozen=True)
class Argument:
    """A parameter of a function: its annotation's syntax and whether a call must give it."""

    name: str
    annotation: ast.expr | None
    required: bool


@dataclass(frozen=True)
class Signature:
    """What a call may give; `open` with `**kwargs`."""

    file: str
    line: int
    arguments: tuple[Argument, ...]
    open: bool
    returns: ast.expr | None = None

    def argument(self, name: str) -> Argument | None:
        return next((a for a in self.arguments if a.name == name), None)


def find_function(module: Module, name: str) -> Signature | None:
    """The signature of a function defined or assigned at the module's top level.

    None where the name isn't there at all; a name that is imported or assigned has an open
    signature, since its arguments can't be read here.
    """
    node = _by_name(module.tree).get(name)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return _signature(node, module.file)
    return None if node is None else Signature(module.file, node.lineno, (), open=True)


@lru_cache(maxsize=32)
def _by_name(tree: ast.Module) -> dict[str, ast.stmt]:
    """The last statement that makes each name; a module may hold the functions of many tasks."""
    found: dict[str, ast.stmt] = {}
    for node in top_level(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = node
        else:
            found |= dict.fromkeys(_bound(node), node)
    return found


def functions(module: Module) -> list[str]:
    """The names of the public functions at the module's top level."""
    return [
        node.name
        for node in top_level(module.tree)
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that run on import, those inside `if` and `try` too."""
    waiting: list[ast.stmt] = list(reversed(tree.body))
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            below = [*node.body, *getattr(node, "orelse", ()), *getattr(node, "finalbody", ())]
            for handler in getattr(node, "handlers", ()):
                below.extend(handler.body)
            waiting.extend(reversed(below))


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    if isinstance(node, ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {t.id for t in node.targets if isinstance(t, ast.Name)}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    return set()


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef, file: str) -> Signature:
    if node.decorator_list:  # a decorator may change the arguments
        return Signature(file, node.lineno, (), open=True)
    spec = node.args
    positional = [*spec.posonlyargs, *spec.args]
    without = len(positional) - len(spec.defaults)
    arguments = [Argument(a.arg, a.annotation, i < without) for i, a in enumerate(positional)]
    arguments += [
        Argument(a.arg, a.annotation, default is None)
        for a, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
    ]
    is_open = spec.kwarg is not None
    return Signature(file, node.lineno, tuple(arguments), is_open, node.returns)


def is_output(argument: Argument) -> bool:
    """Whether a parameter is annotated `Output` or `wombat.Output`."""
    node = _unquoted(argument.annotation)
    return isinstance(node, ast.Name | ast.Attribute) and _last(node) == "Output"


def annotation_text(argument: Argument) -> str:
    node = _unquoted(argument.annotation)
    return ast.unparse(node) if node is not None else ""


def accepts(annotation: ast.expr | None, value: Any) -> bool:
    """Whether a plain value fits an annotation; True wherever the annotation isn't plain."""
    node = _unquoted(annotation)
    if node is None:
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return accepts(node.left, value) or accepts(node.right, value)
    if isinstance(node, ast.Constant) and node.value is None:
        return value is None
    if isinstance(node, ast.Subscript):
        return _accepts_subscript(node, value)
    if isinstance(node, ast.Name) and node.id in _PLAIN:
        return isinstance(value, _PLAIN[node.id]) and (
            not isinstance(value, bool) or node.id == "bool"
        )
    return True


def _accepts_subscript(node: ast.Subscript, value: Any) -> bool:
    name = _last(node.value)
    if name == "Optional":
        return value is None or accepts(node.slice, value)
    if name == "Union" and isinstance(node.slice, ast.Tuple):
        return any(accepts(item, value) for item in node.slice.elts)
    if name == "Literal":
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        known = [item.value for item in items if isinstance(item, ast.Constant)]
        return len(known) < len(items) or any(k == value and type(k) is type(value) for k in known)
    if name == "list":
        return isinstance(value, list) and all(accepts(node.slice, item) for item in value)
    if name == "dict":
        return isinstance(value, dict)
    return name not in _TYPING or isinstance(value, list | dict)


def kinds(annotation: ast.expr | None) -> list[tuple[str, ast.expr | None]]:
    """The plain types that an annotation is a union of, by their names, each with what stands in
    its brackets; nothing where any of them isn't plain, so that nobody can say what it takes."""
    node = _unquoted(annotation)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        left, right = kinds(node.left), kinds(node.right)
        return [*left, *right] if left and right else []
    if isinstance(node, ast.Constant) and node.value is None:
        return [("None", None)]
    inner = node.slice if isinstance(node, ast.Subscript) else None
    name = _last(node.value if isinstance(node, ast.Subscript) else node) if node else ""
    if name == "Optional" and inner is not None:
        below = kinds(inner)
        return [*below, ("None", None)] if below else []
    return [(name, inner)] if name in _KINDS else []


def _unquoted(annotation: ast.expr | None) -> ast.expr | None:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return None
    return annotation


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
