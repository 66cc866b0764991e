"""What a task's modules import from outside of the project.

Of every module that the task's imports reach all imports count, whether or not a function that
runs has them: importing the module runs them, and what is imported may change what is there.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wombat.plan.closure.imports import absolute, dynamic_import, with_packages
from wombat.plan.closure.lines import parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wombat.plan.closure.checkout import Checkout, Module


@dataclass
class Imports:
    """Imports from outside, by what a task begins with. Each file is read once."""

    checkout: Checkout
    _files: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
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
            names = () if module is None else self._imported(beside, module)
            self._reached[path] = frozenset(self._walk(beside, names))
        return self._reached[path]

    def of_text(self, text: str) -> frozenset[str]:
        """The dotted names that code within a line imports, first-party or not."""
        tree = parsed(text)
        return frozenset() if tree is None else imports_of(tree, [], self.checkout.starred)

    def _walk(self, checkout: Checkout, names: Iterable[str]) -> set[str]:
        outside: set[str] = set()
        seen: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            inside = False
            for step in with_packages(name):
                module = checkout.module(step)
                inside = inside or module is not None or step in checkout.faults
                if module is not None and step not in seen:
                    seen.add(step)
                    waiting.extend(self._imported(checkout, module))
            if not inside:
                outside.add(name)
        return outside

    def _imported(self, checkout: Checkout, module: Module) -> frozenset[str]:
        key = (module.name, module.file)
        if key not in self._files:
            self._files[key] = imports_of(module.tree, module.package, checkout.starred)
        return self._files[key]


def imports_of(
    tree: ast.Module, package: list[str], starred: Callable[[str], Iterable[str]]
) -> frozenset[str]:
    """The dotted names that a module imports wherever it does, but where only a type checker looks.

    `package` are the steps that relative imports begin at, `starred` tells which submodules a
    package's `*` may mean.
    """
    found: set[str] = set()
    for node in _running(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(package, node.module or "", node.level)
            for alias in node.names if base is not None else ():
                found.add(f"{base}.{alias.name}".removesuffix(".*"))
                found.update(starred(base or "") if alias.name == "*" else ())
        elif isinstance(node, ast.Call) and (name := dynamic_import(package, node)):
            found.add(name)
    return frozenset(found)


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
