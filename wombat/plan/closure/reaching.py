"""Which names a stretch of code reaches, read off its syntax: scopes are looked through."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from wombat.plan.closure.dynamic import Importers, imported_by
from wombat.plan.closure.imports import absolute
from wombat.plan.closure.scopes import (
    COMPREHENSIONS,
    FUNCTIONS,
    Scope,
    Target,
    import_targets,
    open_scope,
)
from wombat.plan.closure.top import executed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.errors import Place

_OWN: Final = frozenset(("globals", "eval", "exec", "compile", "__builtins__", "__dict__"))
"""Names through which code reaches every name of its own module."""
_LOCALS: Final = frozenset(("locals", "vars", "dir", "eval", "exec", "f_locals"))
"""Names through which code reaches what its functions bind."""
_ALL: Final = frozenset(
    ("__subclasses__", "__globals__", "f_globals", "f_builtins", "get_objects", "get_referrers")
)
"""Attributes through which code reaches what other modules hold."""


@dataclass
class Reached:
    """What code reaches: global names and what its own imports bind, each with the attributes that
    are taken of it; the modules that it imports; the places where it imports by unknown names."""

    names: set[tuple[str, ...]] = field(default_factory=set)
    targets: set[Target] = field(default_factory=set)
    bound: set[Target] = field(default_factory=set)
    """What imports of functions bind, whether or not their names are read."""
    imports: dict[str, None] = field(default_factory=dict)
    literal: set[str] = field(default_factory=set)
    unknown: list[Place] = field(default_factory=list)
    own: bool = False
    """Whether it may reach any name of its own module."""
    all: bool = False
    """Whether it may reach anything that was imported."""


def reached(
    statements: Iterable[ast.stmt], package: list[str], file: str, importers: Importers
) -> Reached:
    """What top-level statements of a module reach."""
    walk = _Walk(package, file, importers)
    walk.push(Scope("module"), *statements)
    walk.run()
    return walk.found


class _Walk:
    """With a stack of its own: generated code nests deeper than Python recurses."""

    def __init__(self, package: list[str], file: str, importers: Importers) -> None:
        self.package, self.file, self.importers = package, file, importers
        self.found = Reached()
        self.waiting: list[tuple[ast.AST, Scope]] = []
        self.by_text = False

    def push(self, scope: Scope, *nodes: ast.AST | None) -> None:
        self.waiting.extend((node, scope) for node in nodes if node is not None)

    def run(self) -> None:
        while self.waiting:
            node, scope = self.waiting.pop()
            if isinstance(node, FUNCTIONS):
                self._function(node, scope)
            elif isinstance(node, ast.Lambda):
                self.push(scope, *node.args.defaults, *node.args.kw_defaults)
                self.push(open_scope(node, scope, self.package), node.body)
            elif isinstance(node, ast.ClassDef):
                self.push(scope, *node.decorator_list, *node.bases, *node.keywords)
                self.push(open_scope(node, scope, self.package), *node.body)
            elif isinstance(node, COMPREHENSIONS):
                self._comprehension(node, scope)
            else:
                self._simple(node, scope)
        if self.by_text:
            self.found.targets |= self.found.bound

    def _simple(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node)
            self._bind(node, scope)
        elif isinstance(node, ast.Call):
            self._call(node, scope)
        elif isinstance(node, ast.Name | ast.Attribute):
            self._chain(node, scope)
        elif isinstance(node, ast.AnnAssign):
            self._annotation(node.annotation, scope)
            self.push(scope, node.target, node.value)
        else:
            self.push(scope, *ast.iter_child_nodes(node))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        spec = node.args
        self.push(scope, *node.decorator_list, *spec.defaults, *spec.kw_defaults)
        self.push(scope, *getattr(node, "type_params", ()))
        for one in (*spec.posonlyargs, *spec.args, spec.vararg, *spec.kwonlyargs, spec.kwarg):
            self._annotation(one.annotation if one is not None else None, scope)
        self._annotation(node.returns, scope)
        self.push(open_scope(node, scope, self.package), *node.body)

    def _comprehension(self, node: Any, scope: Scope) -> None:
        inner = open_scope(node, scope, self.package)
        self.push(scope, node.generators[0].iter)
        for number, one in enumerate(node.generators):
            self.push(inner, one.target, *one.ifs, one.iter if number else None)
        if isinstance(node, ast.DictComp):
            self.push(inner, node.key, node.value)
        else:
            self.push(inner, node.elt)

    def _annotation(self, node: ast.expr | None, scope: Scope) -> None:
        """Names in quotes count: libraries look them up."""
        self.push(scope, node)
        for below in ast.walk(node) if node is not None else ():
            if isinstance(below, ast.Constant) and isinstance(below.value, str):
                self.push(scope, _parsed(below.value))

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        base = None
        if isinstance(node, ast.ImportFrom):
            base = absolute(self.package, node.module or "", node.level)
        self.found.imports.update(dict.fromkeys(executed(node, base)))
        if base == "sys" and any(one.name == "modules" for one in node.names):
            self.found.all = True

    def _bind(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        """What a class or an outer scope gets by an import is read elsewhere: as an attribute, by
        another function."""
        if scope.kind == "module":
            return
        for name, target in import_targets(node, self.package):
            self.found.bound.add(target)
            if scope.kind == "class" or name in scope.handed:
                self.found.targets.add(target)

    def _call(self, node: ast.Call, scope: Scope) -> None:
        self.push(scope, *node.args, *node.keywords)
        if not self.importers.calls(node):
            self._called(node, scope)
            return
        name = imported_by(self.package, node)
        if name is not None:
            self.found.literal.add(name)
        elif self.importers.certain(node.func):
            if _is_own_name(node):
                self.found.own = True
            else:
                self.found.unknown.append(self.importers.place(self.file, node))
        else:
            self.push(scope, node.func)

    def _called(self, node: ast.Call, scope: Scope) -> None:
        function = node.func
        bare = isinstance(function, ast.Name) and function.id in ("vars", "locals", "dir")
        if bare and not node.args and scope.kind == "module":
            self.found.own = True
        elif bare and not node.args and getattr(function, "id", "") == "vars":
            self.found.own = self.found.own or scope.kind == "class"
        self.push(scope, function)

    def _chain(self, node: ast.Name | ast.Attribute, scope: Scope) -> None:
        steps: list[str] = []
        below: ast.expr = node
        while isinstance(below, ast.Attribute):
            steps.append(below.attr)
            below = below.value
        if not _ALL.isdisjoint(steps):
            self.found.all = True
        self.by_text = self.by_text or "f_locals" in steps
        if not isinstance(below, ast.Name):
            self.push(scope, below)
            return
        if self.importers.certain(node):  # handed on as a value: nobody sees what it imports
            self.found.unknown.append(self.importers.place(self.file, node))
        attributes = tuple(reversed(steps))
        if below.id == "sys" and attributes[:1] in (("modules",), ("_getframe",)):
            self.found.all = True
        if isinstance(below.ctx, ast.Store) and scope.kind == "module":
            return
        self._name(below.id, attributes, scope)

    def _name(self, name: str, attributes: tuple[str, ...], scope: Scope) -> None:
        is_global, targets = scope.lookup(name)
        self.by_text = self.by_text or name in _LOCALS
        self.found.targets.update(one.then(attributes) for one in targets)
        if is_global:
            self.found.names.add((name, *attributes))
            self.found.own = self.found.own or name in _OWN


def _is_own_name(node: ast.Call) -> bool:
    return len(node.args) == 1 and getattr(node.args[0], "id", "") == "__name__"


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
