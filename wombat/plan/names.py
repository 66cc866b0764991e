"""What a name at a module's top level stands for, and the digest of its code, by syntax alone."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wombat.plan.closure.code import code_of_task
from wombat.plan.closure.imports import absolute
from wombat.plan.functions import top_level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.digest import Digest
    from wombat.plan.closure.checkout import Checkout, Module

_HOPS: Final = 20


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
    """The digest of the code that `module:name` is made of: its own, and all that it reaches, as a
    task's function does. Comments, layout and docstrings don't count; nothing is imported.

    None where the project has no such name.
    """
    module, _, name = python.partition(":")
    if not is_there(checkout, defined(checkout, module, name)):
        return None
    return code_of_task(checkout, run=python, argv=(), script=None).digest


def dotted_name(node: ast.expr) -> str | None:
    """`a.b.c` of an expression that is nothing but a name; else None."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted_name(node.value)):
        return f"{before}.{node.attr}"
    return None
