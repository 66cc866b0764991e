"""What a task's modules import from outside of the project.

Of every module that the task's imports reach all imports count, whether or not a function that
runs has them: importing the module runs them, and what is imported may change what is there.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wombat.plan.closure.checkout import Checkout, is_file
from wombat.plan.closure.imports import absolute, dynamic_import, exported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


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
    _beside: dict[str, Checkout] = field(default_factory=dict)
    _reached: dict[str, frozenset[str]] = field(default_factory=dict)

    def of_modules(self, names: Iterable[str]) -> frozenset[str]:
        """The dotted names from outside that importing these modules may import."""
        return frozenset().union(*(self._of_module(name) for name in names))

    def _of_module(self, name: str) -> frozenset[str]:
        if name not in self._reached:
            self._reached[name] = frozenset(self._walk(self.checkout, [name]))
        return self._reached[name]

    def of_script(self, path: str) -> frozenset[str]:
        """As `of_modules`, of a script by its path: its own folder is searched first."""
        if path not in self._reached:
            folder = path.rpartition("/")[0]
            root = self.checkout.root
            beside = self._beside.setdefault(folder, Checkout(root, root / folder))
            imported = self._script(root / path)
            names = [*imported.every, *imported.own]
            self._reached[path] = frozenset(self._walk(beside, names))
        return self._reached[path]

    def _script(self, file: Path) -> Imported:
        try:
            return imports_of(ast.parse(file.read_bytes()), [], lambda _: ())
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return Imported(frozenset(), frozenset())

    def _walk(self, checkout: Checkout, names: Iterable[str]) -> set[str]:
        outside: set[str] = set()
        seen: set[str] = set()
        waiting = [(name, False) for name in names]
        while waiting:
            name, own = waiting.pop()
            inside = own
            for step in _with_packages(name):
                if checkout.module(step) is not None:
                    inside = True
                    if step not in seen:
                        seen.add(step)
                        imported = self._imported(checkout, step)
                        waiting += [(one, False) for one in imported.every]
                        waiting += [(one, True) for one in imported.own]
                elif step in checkout.faults:
                    inside = True
            if not inside:
                outside.add(name)
        return outside

    def _imported(self, checkout: Checkout, name: str) -> Imported:
        module = checkout.module(name)
        if module is None:
            return Imported(frozenset(), frozenset())
        key = (name, module.file)
        if key not in self._files:

            def starred(package: str) -> tuple[str, ...]:
                return tuple(_starred(checkout, package))

            self._files[key] = imports_of(module.tree, module.package, starred)
        return self._files[key]


def _with_packages(name: str) -> Iterator[str]:
    steps = name.split(".")
    for count in range(1, len(steps) + 1):
        yield ".".join(steps[:count])


def _starred(checkout: Checkout, name: str) -> Iterator[str]:
    """The submodules that `from NAME import *` may import."""
    package = checkout.module(name)
    if package is None or not package.is_package:
        return
    listed = exported(package.tree)
    if listed is None:
        folder = (checkout.root / package.file).parent
        listed = [
            entry.stem
            for entry in folder.iterdir()
            if (entry.suffix == ".py" and entry.stem != "__init__")
            or is_file(entry / "__init__.py")
        ]
    yield from (f"{name}.{one}" for one in listed if one.isidentifier())


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
