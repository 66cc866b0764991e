"""What a task's modules import from outside of the project.

Of every module that the task's imports reach all imports count, whether or not a function that
runs has them: importing the module runs them, and what is imported may change what is there.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wombat.plan.closure.imports import absolute, dynamic_import, with_packages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wombat.plan.closure.checkout import Checkout, Module


@dataclass(frozen=True)
class Imported:
    """The dotted names that one file imports; `own` are those that can only be the project's."""

    every: frozenset[str]
    own: frozenset[str]


@dataclass
class Imports:
    """Imports from outside, by what a task begins with. Each file is read once."""

    checkout: Checkout
    _files: dict[tuple[str, str], Imported] = field(default_factory=dict)
    _reached: dict[str, frozenset[str]] = field(default_factory=dict)

    def of_module(self, name: str) -> frozenset[str]:
        """The dotted names from outside that importing a module may import; itself where it is
        one of them."""
        if name not in self._reached:
            self._reached[name] = frozenset(self._walk(self.checkout, [name]))
        return self._reached[name]

    def of_script(self, path: str) -> frozenset[str]:
        """As `of_module`, of a script by its path: its own folder is searched first."""
        if path not in self._reached:
            beside = self.checkout.beside(path)
            module = beside.script(path)
            found = None if module is None else self._imported(beside, module)
            names = () if found is None else (*found.every, *found.own)
            self._reached[path] = frozenset(self._walk(beside, names))
        return self._reached[path]

    def _walk(self, checkout: Checkout, names: Iterable[str]) -> set[str]:
        outside: set[str] = set()
        seen: set[str] = set()
        waiting = [(name, False) for name in names]
        while waiting:
            name, inside = waiting.pop()
            for step in with_packages(name):
                module = checkout.module(step)
                inside = inside or module is not None or step in checkout.faults
                if module is not None and step not in seen:
                    seen.add(step)
                    imported = self._imported(checkout, module)
                    waiting += [(one, False) for one in imported.every]
                    waiting += [(one, True) for one in imported.own]
            if not inside:
                outside.add(name)
        return outside

    def _imported(self, checkout: Checkout, module: Module) -> Imported:
        key = (module.name, module.file)
        if key not in self._files:
            self._files[key] = imports_of(module.tree, module.package, checkout.starred)
        return self._files[key]


def imports_of(
    tree: ast.Module, package: list[str], starred: Callable[[str], Iterable[str]]
) -> Imported:
    """What a module imports wherever it stands, but where only a type checker looks.

    `package` are the steps that relative imports begin at, `starred` tells which submodules a
    package's `*` may mean.
    """
    every: set[str] = set()
    own: set[str] = set()
    for node in _running(tree):
        if isinstance(node, ast.Import):
            every.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(package, node.module or "", node.level)
            if base is not None:
                names = own if node.level else every
                for alias in node.names:
                    names.add(base if alias.name == "*" else f"{base}.{alias.name}")
                    own.update(starred(base) if alias.name == "*" else ())
        elif isinstance(node, ast.Call) and (name := dynamic_import(package, node)):
            every.add(name)
    return Imported(frozenset(every), frozenset(own))


def _running(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes but those below `if TYPE_CHECKING:`."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and _type_checking(node.test):
            waiting.extend(node.orelse)
        else:
            waiting.extend(ast.iter_child_nodes(node))


def _type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"
