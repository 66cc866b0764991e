"""Scopes: which names are a function's, a class's or a comprehension's own."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from wombat.plan.closure.imports import absolute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Target(NamedTuple):
    """What an import binds: a module, and the attributes taken of it."""

    module: str
    steps: tuple[str, ...] = ()

    def then(self, steps: tuple[str, ...]) -> Target:
        return Target(self.module, (*self.steps, *steps))


@dataclass
class Scope:
    """One scope: the names that it binds, those that it says are global, and what it imports."""

    kind: Literal["module", "class", "function"]
    parent: Scope | None = None
    names: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    imports: dict[str, list[Target]] = field(default_factory=dict)
    handed: set[str] = field(default_factory=set)
    """The names that it binds for the scopes around it."""

    def lookup(self, name: str) -> tuple[bool, list[Target]]:
        """Whether a name may be the module's, and what imports on the way bind it to."""
        scope: Scope = self
        targets: list[Target] = []
        while scope.parent is not None:
            seen = scope.kind == "function" or scope is self
            if seen and name in scope.outer:
                return True, targets
            if seen and name in scope.names:
                targets += scope.imports.get(name, ())
                if scope.kind == "function":
                    return False, targets
            scope = scope.parent
        return True, targets


def open_scope(node: Any, parent: Scope, package: list[str]) -> Scope:
    """The scope that a function, class or comprehension opens."""
    scope = Scope("class" if isinstance(node, ast.ClassDef) else "function", parent)
    if isinstance(node, COMPREHENSIONS):
        for one in node.generators:
            scope.names.update(bound([one.target]))
        return scope
    if not isinstance(node, ast.ClassDef):
        spec = node.args
        every = (*spec.posonlyargs, *spec.args, spec.vararg, *spec.kwonlyargs, spec.kwarg)
        scope.names.update(one.arg for one in every if one is not None)
    body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else node.body
    nonlocals: set[str] = set()
    for below in own_nodes(body):
        if isinstance(below, ast.Global):
            scope.outer.update(below.names)
        elif isinstance(below, ast.Nonlocal):
            nonlocals.update(below.names)
        elif isinstance(below, ast.Import | ast.ImportFrom):
            for name, target in import_targets(below, package):
                scope.imports.setdefault(name, []).append(target)
    scope.names.update(bound(body))
    scope.names -= nonlocals
    scope.handed = scope.outer | nonlocals
    return scope


def import_targets(
    node: ast.Import | ast.ImportFrom, package: list[str]
) -> Iterator[tuple[str, Target]]:
    """What each name stands for that an import binds; nothing for `*`."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            first = alias.name.partition(".")[0]
            yield alias.asname or first, Target(alias.name if alias.asname else first)
        return
    base = absolute(package, node.module or "", node.level)
    for alias in node.names if base is not None else ():
        if alias.name != "*":
            yield alias.asname or alias.name, Target(base or "", (alias.name,))


def bound(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names that code binds or deletes in its own scope."""
    for node in own_nodes(nodes):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or (
                    alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name
                )
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest


def own_nodes(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of one scope; of the scopes in it only what is evaluated in this one. In a
    comprehension that is what `:=` binds, too."""
    waiting: list[tuple[ast.AST, bool]] = [(node, False) for node in nodes]
    while waiting:
        node, inside = waiting.pop()
        if not inside:
            yield node
        elif isinstance(node, ast.NamedExpr):
            yield node.target
        waiting.extend(_below(node, inside))


def _below(node: ast.AST, inside: bool) -> Iterator[tuple[ast.AST, bool]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        spec = node.args
        given = [*getattr(node, "decorator_list", ()), *spec.defaults, *spec.kw_defaults]
        yield from ((one, inside) for one in given if one is not None)
    elif isinstance(node, ast.ClassDef):
        given = [*node.decorator_list, *node.bases, *node.keywords]
        yield from ((one, inside) for one in given)
    else:
        deeper = inside or isinstance(node, COMPREHENSIONS)
        yield from ((one, deeper) for one in ast.iter_child_nodes(node))
