"""A module's top level: which statements bind each name, what it imports when it is imported."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wombat.digest import Digest, digest_json
from wombat.plan.closure.dynamic import Importers, importers
from wombat.plan.closure.imports import absolute
from wombat.plan.closure.scopes import Target, bound, import_targets, own_nodes
from wombat.plan.closure.serial import digest_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.plan.closure.checkout import Module


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BUILTINS: Final = _words(
    "abs all any ascii bin bool bytes callable chr dict dir divmod enumerate filter float format "
    "frozenset getattr hasattr hash hex id input int isinstance issubclass iter len list map max "
    "min next object oct open ord pow print property range repr reversed round set slice sorted "
    "str sum super tuple type vars zip"
)
"""Names that mean something before a module binds them."""


@dataclass
class Top:
    """The statements that importing a module runs, each import by itself. `names` says which of
    them bind a name, by their numbers; `targets` what imports bind it to."""

    module: Module
    statements: list[ast.stmt]
    importers: Importers
    names: dict[str, list[int]] = field(default_factory=dict)
    targets: dict[str, list[Target]] = field(default_factory=dict)
    stars: dict[int, str] = field(default_factory=dict)
    imports: dict[str, None] = field(default_factory=dict)
    futures: list[str] = field(default_factory=list)
    asleep: set[int] = field(default_factory=set)
    """The numbers of statements that only a type checker reads."""

    def of(self, name: str) -> list[ast.stmt]:
        return [self.statements[number] for number in self.names.get(name, ())]

    def digest(self, name: str, starred: int | None = None) -> Digest:
        """Of the statements that bind a name, in their order; `starred` is the number of the first
        `import *` that binds it too."""
        numbers = self.names[name]
        tree = digest_tree(ast.Module(self.of(name), []))
        before = [sum(star < number for star in self.stars) for number in numbers]
        order = self._order(name, numbers, starred)
        if not self.futures and not self.stars and not order:
            return tree
        return digest_json([tree, self.futures, before, order])

    def _order(self, name: str, numbers: list[int], starred: int | None) -> list[list[str]]:
        """What is bound while the name's meaning still changes: what reads it may stand there."""
        begins = [*numbers, *(() if starred is None else (starred, *self.stars))]
        first, last = 0 if name in BUILTINS else min(begins), max(begins)
        if name not in BUILTINS and len(begins) == 1:
            return []
        return [sorted(set(bound([one]))) for one in self.statements[first : last + 1]]

    def star_digest(self) -> Digest:
        stars: list[ast.stmt] = [self.statements[number] for number in self.stars]
        return digest_tree(ast.Module(stars, []))


def top_of(module: Module) -> Top:
    """The top level as importing the module runs it: without `if __name__ == "__main__":`, unless
    the module is what is run. What stands below `if TYPE_CHECKING:` binds its names, and doesn't
    run."""
    top = Top(module, [], importers(module.tree))
    for node, runs in _flat(module.tree.body, main=module.main):
        number = len(top.statements)
        top.statements.append(node)
        if not runs:
            top.asleep.add(number)
        for name in dict.fromkeys(bound([node])):
            if name != "*":
                top.names.setdefault(name, []).append(number)
        for below in own_nodes([node]):
            if isinstance(below, ast.Import | ast.ImportFrom):
                _imports(top, number, below, runs=runs)
    return top


def _imports(top: Top, number: int, node: ast.Import | ast.ImportFrom, *, runs: bool) -> None:
    package = top.module.package
    for name, target in import_targets(node, package):
        top.targets.setdefault(name, []).append(target)
    base = None
    if isinstance(node, ast.ImportFrom):
        base = absolute(package, node.module or "", node.level)
        if any(alias.name == "*" for alias in node.names) and base is not None:
            top.stars[number] = base
        if base == "__future__":
            top.futures = sorted({*top.futures, *(alias.name for alias in node.names)})
    if runs:
        top.imports.update(dict.fromkeys(executed(node, base)))


def executed(node: ast.Import | ast.ImportFrom, base: str | None) -> Iterator[str]:
    """The modules that an import may run; `base` is what a `from` takes them of."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif base is not None:
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")


def _flat(body: list[ast.stmt], *, main: bool) -> Iterator[tuple[ast.stmt, bool]]:
    """Statements, each import by itself, and whether they run."""
    typing = not _rebound(body)
    waiting = [(node, True) for node in reversed(body)]
    while waiting:
        node, runs = waiting.pop()
        if isinstance(node, ast.If) and typing and _type_checking(node.test):
            waiting.extend((one, runs) for one in reversed(node.orelse))
            waiting.extend((one, False) for one in reversed(node.body))
        elif isinstance(node, ast.If) and not main and _main(node.test):
            waiting.extend((one, runs) for one in reversed(node.orelse))
        else:
            yield from ((one, runs) for one in _single(node))


def _single(node: ast.stmt) -> Iterator[ast.stmt]:
    if isinstance(node, ast.Import):
        yield from (ast.copy_location(ast.Import([one]), node) for one in node.names)
    elif isinstance(node, ast.ImportFrom):
        for one in node.names:
            yield ast.copy_location(ast.ImportFrom(node.module, [one], node.level), node)
    else:
        yield node


def _rebound(body: list[ast.stmt]) -> bool:
    """Whether TYPE_CHECKING is a name of the module's own, and not what typing says."""
    plain = [node for node in body if not isinstance(node, ast.ImportFrom)]
    return "TYPE_CHECKING" in set(bound(plain))


def _type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _main(test: ast.expr) -> bool:
    """`__name__ == "__main__"`."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    sides = [test.left, test.comparators[0]]
    return (
        isinstance(test.ops[0], ast.Eq)
        and any(getattr(one, "id", "") == "__name__" for one in sides)
        and any(getattr(one, "value", "") == "__main__" for one in sides)
    )
