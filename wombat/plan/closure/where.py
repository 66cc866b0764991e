"""What a dotted name stands for: pieces of the project's code, or something beyond it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wombat.plan.closure.top import Top, top_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.plan.closure.checkout import Checkout

_HOPS: Final = 20
_INSIDE: Final = frozenset(("__dict__", "__path__", "__loader__", "__spec__"))
"""Attributes of a module through which all that is in it is reached."""

Found = tuple[str, str]
"""A module and a name that it binds; "" is the module whole, "*" what it imports by `*`."""


@dataclass
class Where:
    """Follows names through the imports of a checkout's modules."""

    checkout: Checkout
    _tops: dict[str, Top | None] = field(default_factory=dict)

    def top(self, module: str) -> Top | None:
        """A first-party module's top level."""
        if module not in self._tops:
            found = self.checkout.module(module)
            self._tops[module] = None if found is None else top_of(found)
        return self._tops[module]

    def find(self, module: str, chain: tuple[str, ...], *, value: bool = True) -> set[Found]:
        """The names that a chain of attributes, beginning in a module, passes through. Where it
        ends at a module that is a value: everything that can be reached through it, unless
        `value` is False."""
        found: set[Found] = set()
        seen: set[tuple[str, tuple[str, ...]]] = set()
        waiting = [(module, chain)]
        while waiting:
            here = waiting.pop()
            if here in seen:
                continue
            seen.add(here)
            if here[1]:
                waiting.extend(self._step(*here, found))
            elif value:
                found |= {(one, "") for one in self.inside(here[0])}
        return found

    def _step(
        self, module: str, chain: tuple[str, ...], found: set[Found]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        first, rest = chain[0], chain[1:]
        below = f"{module}.{first}"
        is_module = self.checkout.is_package(module) and self.checkout.has(below)
        if is_module:
            yield below, rest
        top = self.top(module)
        if top is None:
            return
        hit = is_module or first in top.names
        if first in top.names:
            found.add((module, first))
            yield from ((one.module, (*one.steps, *rest)) for one in top.targets.get(first, ()))
        for base in top.stars.values():
            if self.offers(base, first):
                hit = True
                found.add((module, "*"))
                yield from ((base, ("__all__",)), (base, chain))
        if first in _INSIDE:
            found |= {(one, "") for one in self.inside(module)}
        elif not hit and "__getattr__" in top.names:
            yield module, ("__getattr__",)

    def offers(self, module: str, name: str) -> bool:
        """Whether a first-party module binds a name, itself or by `import *`."""
        waiting, seen = [module], set()
        while waiting:
            here = waiting.pop()
            top = self.top(here)
            if here in seen or top is None:
                continue
            seen.add(here)
            if name in top.names or self.checkout.has(f"{here}.{name}"):
                return True
            waiting.extend(top.stars.values())
        return False

    def starred(self, top: Top, name: str) -> int | None:
        """The number of the first `import *` that binds a name of a module, too."""
        return next((n for n, base in top.stars.items() if self.offers(base, name)), None)

    def inside(self, module: str) -> set[str]:
        """The first-party modules that can be reached through a module as a value: itself, what is
        below it, and those that it has as names."""
        found: set[str] = set()
        waiting = [module]
        while waiting:
            here = waiting.pop()
            if here in found:
                continue
            top = self.top(here)
            if top is not None:
                found.add(here)
                waiting.extend(top.stars.values())
                waiting.extend(self._modules_of(top))
            if self.checkout.is_package(here):
                waiting.extend(f"{here}.{one}" for one in self.checkout.submodules(here))
        return found

    def _modules_of(self, top: Top) -> Iterator[str]:
        for targets in top.targets.values():
            for one in targets:
                name = ".".join([one.module, *one.steps])
                if self.checkout.has(name):
                    yield name

    def external(self, top: Top, node: ast.expr) -> str | None:
        """The dotted name beyond the project that an expression surely stands for."""
        chain = chain_of(node)
        if chain is None:
            return None
        first, rest = chain[0], chain[1:]
        if first not in top.names:
            hidden = any(self._may_offer(base, first) for base in top.stars.values())
            return None if hidden else ".".join(("builtins", *chain))
        targets = top.targets.get(first, ())
        if len(targets) != 1 or len(top.names[first]) != 1:
            return None
        statement = top.statements[top.names[first][0]]
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            return None
        (target,) = targets
        if self.checkout.is_ours(target.module):
            return None
        return ".".join((target.module, *target.steps, *rest))

    def _may_offer(self, base: str, name: str) -> bool:
        top = self.top(base)
        return top is None or bool(top.stars) or self.offers(base, name)

    def definition(self, module: str, chain: tuple[str, ...]) -> tuple[Top, ast.stmt] | None:
        """The one statement that defines a name, through as many imports as it takes."""
        for _ in range(_HOPS):
            top = self.top(module)
            if top is None or not chain:
                return None
            if chain[0] not in top.names:
                if self.checkout.has(below := f"{module}.{chain[0]}"):
                    module, chain = below, chain[1:]
                    continue
                return None
            if top.stars or len(top.names[chain[0]]) != 1:
                return None
            targets = top.targets.get(chain[0], ())
            if not targets:
                return (top, top.of(chain[0])[0]) if len(chain) == 1 else None
            if len(targets) != 1:
                return None
            module, chain = targets[0].module, (*targets[0].steps, *chain[1:])
        return None


def chain_of(node: ast.expr) -> tuple[str, ...] | None:
    """`("a", "b")` of `a.b`; None of what is no dotted name."""
    steps: list[str] = []
    while isinstance(node, ast.Attribute):
        steps.append(node.attr)
        node = node.value
    return (node.id, *reversed(steps)) if isinstance(node, ast.Name) else None
