"""Imports by a value: a literal name is read, any other must be declared."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final

from wombat.errors import Place
from wombat.plan.closure.imports import dynamic_import, is_dotted

_FUNCTIONS: Final = frozenset(("import_module", "__import__"))
_LOADERS: Final = frozenset(
    (
        *("run_module", "run_path", "spec_from_file_location", "SourceFileLoader"),
        *("load_source", "walk_packages", "find_loader", "resolve_name", "locate"),
    )
)
_MODULES: Final = frozenset(
    (
        *("importlib", "importlib.util", "importlib.machinery", "runpy", "imp", "pkgutil"),
        *("pydoc", "builtins"),
    )
)


@dataclass(frozen=True)
class Importers:
    """What a module calls the functions that import by name, and the modules that have them."""

    functions: frozenset[str]
    modules: frozenset[str]

    def calls(self, node: ast.Call) -> bool:
        """Whether a call may import: whatever has the name of such a function."""
        function = node.func
        if isinstance(function, ast.Attribute):
            return function.attr in _FUNCTIONS | _LOADERS
        return isinstance(function, ast.Name) and function.id in self.functions | _FUNCTIONS

    def certain(self, node: ast.expr) -> bool:
        """Whether it surely is such a function: it's imported, or taken of a module that has it."""
        if isinstance(node, ast.Name):
            return isinstance(node.ctx, ast.Load) and node.id in self.functions | {"__import__"}
        below = node.value if isinstance(node, ast.Attribute) else node
        while isinstance(below, ast.Attribute):
            below = below.value
        return (
            isinstance(node, ast.Attribute)
            and node.attr in _FUNCTIONS | _LOADERS
            and isinstance(below, ast.Name)
            and below.id in self.modules
        )

    def place(self, file: str, node: ast.expr) -> Place:
        return Place(file, node.lineno, node.col_offset + 1)


def importers(tree: ast.Module) -> Importers:
    """Those of a module, wherever they're imported in it."""
    functions: set[str] = set()
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in _MODULES:
                    modules.add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.ImportFrom) and node.module in _MODULES and not node.level:
            for alias in node.names:
                if alias.name in _FUNCTIONS | _LOADERS:
                    functions.add(alias.asname or alias.name)
                elif alias.name in ("util", "machinery"):
                    modules.add(alias.asname or alias.name)
    return Importers(frozenset(functions), frozenset(modules))


def imported_by(package: list[str], node: ast.Call) -> str | None:
    """The module that such a call names literally; None where it is put together."""
    function = node.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if called in _LOADERS:
        return None
    by_word = {word.arg: word.value for word in node.keywords}
    args = list(node.args) or [by_word[key] for key in ("name",) if key in by_word]
    whole = ast.Call(ast.Name("import_module", ast.Load()), args, node.keywords)
    name = dynamic_import(package, whole)
    return name if name is not None and is_dotted(name) else None
