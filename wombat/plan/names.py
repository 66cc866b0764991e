"""What a name at a module's top level stands for, and the code that it reaches, by syntax alone."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wombat.digest import Digest, digest_json
from wombat.plan.closure.imports import absolute
from wombat.plan.closure.serial import digest_tree
from wombat.plan.functions import top_level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.plan.closure.checkout import Checkout, Module

_HOPS: Final = 20
_PASSIVE: Final = (
    ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
)


@dataclass(frozen=True, slots=True)
class Named:
    """A name in a module; a whole module where `name` is empty."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


def defined(checkout: Checkout, module: str, name: str) -> Named:
    """Where a name is defined, through as many imports as it takes; names beyond the project stay
    as they are imported. A dotted name is stepped into where it names modules."""
    here = Named(module, name)
    for _ in range(_HOPS):
        following = _follow(checkout, here)
        if following is None:
            return here
        here = following
    return here


def _follow(checkout: Checkout, here: Named) -> Named | None:
    """One import further; None where the name is defined here, or the module isn't ours."""
    module = checkout.module(here.module)
    if module is None or not here.name:
        return None
    first, _, rest = here.name.partition(".")
    found = imported(checkout, module).get(first)
    if found is None:
        return _starred(checkout, module, here) if first not in _bindings(module) else None
    if found.name:
        return Named(found.module, f"{found.name}.{rest}" if rest else found.name)
    # a module: step into it as far as the name goes
    steps = rest.split(".") if rest else []
    path = found.module
    while len(steps) > 1 and (
        checkout.module(path) is None or checkout.module(f"{path}.{steps[0]}")
    ):
        path = f"{path}.{steps.pop(0)}"
    return Named(path, ".".join(steps))


def _starred(checkout: Checkout, module: Module, here: Named) -> Named | None:
    first = here.name.partition(".")[0]
    for node in top_level(module.tree):
        if isinstance(node, ast.ImportFrom) and any(one.name == "*" for one in node.names):
            base = absolute(module.package, node.module or "", node.level)
            below = checkout.module(base) if base else None
            if below is not None and (
                first in _bindings(below) or first in imported(checkout, below)
            ):
                return Named(below.name, here.name)
    return None


def imported(checkout: Checkout, module: Module) -> dict[str, Named]:
    """What each imported name of a module stands for."""
    found: dict[str, Named] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                found[name] = Named(alias.name if alias.asname else name, "")
        elif isinstance(node, ast.ImportFrom):
            base = absolute(module.package, node.module or "", node.level)
            for alias in node.names if base else ():
                path = f"{base}.{alias.name}"
                whole = checkout.module(path) is not None
                meant = Named(path, "") if whole else Named(base or "", alias.name)
                found[alias.asname or alias.name] = meant
    return found


def _bindings(module: Module) -> dict[str, list[int]]:
    """The top-level statements that bind each name, by their numbers; imports aren't among them."""
    found: dict[str, list[int]] = {}
    for number, statement in enumerate(module.tree.body):
        for name in _bound(statement):
            found.setdefault(name, []).append(number)
    return found


def _bound(statement: ast.stmt) -> Iterator[str]:
    for node in top_level(ast.Module([statement], [])):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for below in ast.walk(node):
            if isinstance(below, ast.Name) and isinstance(below.ctx, ast.Store):
                yield below.id


def is_there(checkout: Checkout, named: Named) -> bool:
    """Whether a module of the project binds the name."""
    module = checkout.module(named.module)
    return module is not None and named.name.partition(".")[0] in _bindings(module)


def source_digest(checkout: Checkout, python: str) -> Digest | None:
    """The digest of the code that `module:Class` is made of: its own, and that of each name of the
    project that it reaches. Comments, layout and docstrings don't count; nothing is imported.

    None where the project has no such name.
    """
    module, _, name = python.partition(":")
    start = defined(checkout, module, name)
    if not is_there(checkout, start):
        return None
    reach = _Reach(checkout)
    reach.follow(start)
    return reach.digest()


@dataclass(slots=True)
class _Reach:
    """The statements that names reach, module by module."""

    checkout: Checkout
    names: set[Named] = field(default_factory=set)
    statements: dict[str, set[int]] = field(default_factory=dict)
    wholes: set[str] = field(default_factory=set)

    def follow(self, start: Named) -> None:
        waiting = [start]
        while waiting:
            named = waiting.pop()
            if named in self.names:
                continue
            self.names.add(named)
            module = self.checkout.module(named.module)
            if module is None:
                continue
            if not named.name:
                self.wholes.add(module.name)
                continue
            waiting += self._reached(module, named)

    def _reached(self, module: Module, named: Named) -> Iterable[Named]:
        first = named.name.partition(".")[0]
        known = self.statements.setdefault(module.name, set())
        new = {*_bindings(module).get(first, ()), *_effects(module, first)} - known
        known |= new
        for number in new:
            yield from self._used(module, module.tree.body[number])

    def _used(self, module: Module, statement: ast.stmt) -> Iterable[Named]:
        for dotted in _dotted(statement):
            found = defined(self.checkout, module.name, dotted)
            if self.checkout.module(found.module) is not None:
                yield found

    def digest(self) -> Digest:
        code = {
            name: [digest_tree(ast.Module([body[number]], [])) for number in sorted(numbers)]
            for name, numbers in self.statements.items()
            if (body := _body(self.checkout, name))
        }
        whole = {name: _whole(self.checkout, name) for name in self.wholes}
        return digest_json({"code": code, "modules": whole})


def _body(checkout: Checkout, name: str) -> list[ast.stmt]:
    module = checkout.module(name)
    return module.tree.body if module is not None else []


def _whole(checkout: Checkout, name: str) -> str:
    module = checkout.module(name)
    return "" if module is None else module.digest


def _effects(module: Module, name: str) -> Iterator[int]:
    """Statements that may change what a name stands for: calls, loops and assignments into it."""
    for number, statement in enumerate(module.tree.body):
        if isinstance(statement, _PASSIVE):
            continue
        if isinstance(statement, ast.Assign | ast.AnnAssign) and not _into(statement):
            continue
        if name in {dotted.partition(".")[0] for dotted in _dotted(statement)}:
            yield number


def _into(statement: ast.Assign | ast.AnnAssign) -> bool:
    """Whether it assigns to an attribute or an item of something."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return any(not isinstance(one, ast.Name) for one in targets)


def _dotted(statement: ast.stmt) -> set[str]:
    """The dotted names that a statement reads, as far as they go; quoted annotations too."""
    found: set[str] = set()
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Attribute | ast.Name) and (name := dotted_name(node)):
            found.add(name)
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {node.value} if node.value.isidentifier() else set()
        waiting.extend(ast.iter_child_nodes(node))
    return found


def dotted_name(node: ast.expr) -> str | None:
    """`a.b.c` of an expression that is nothing but a name; else None."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted_name(node.value)):
        return f"{before}.{node.attr}"
    return None
