"""Whether what a class body binds can hear of it: an object with `__set_name__` is called then."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from wombat.plan.closure.scopes import COMPREHENSIONS, FUNCTIONS, bound
from wombat.plan.closure.where import chain_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wombat.plan.closure.top import Top
    from wombat.plan.closure.where import Where

_PLAIN: Final = (
    *(ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.JoinedStr, ast.Lambda, ast.Compare),
    *COMPREHENSIONS,
)
_HOPS: Final = 20


class _Value(NamedTuple):
    """An expression of a module; names in `own` are harmless, those in `local` nobody knows."""

    top: Top
    node: ast.expr
    own: frozenset[str] = frozenset()
    local: frozenset[str] = frozenset()
    hops: int = 0


@dataclass(frozen=True)
class Settled:
    """Looks for what surely has no `__set_name__` of the project's. When in doubt it has one."""

    where: Where
    is_calm: Callable[[Top, ast.ClassDef], bool]
    """Whether making a class does nothing but to bind it: then none of its values has one."""
    makes: Callable[[Top, ast.ClassDef], bool]
    """Whether making an object of a class does nothing else: then the object has none."""

    def body(self, top: Top, node: ast.ClassDef, local: frozenset[str]) -> bool:
        """Whether nothing that a class binds hears of it; `local` are the names of functions
        around it."""
        own: frozenset[str] = frozenset()
        for one in node.body:
            if isinstance(one, ast.Assign | ast.AnnAssign):
                values = _values(one)
                if values is None or not self._all([_Value(top, v, own, local) for v in values]):
                    return False
            elif isinstance(one, (*FUNCTIONS, ast.ClassDef)) and not self._decorated(top, one, 0):
                return False
            own |= frozenset(bound([one]))
        return True

    def _all(self, values: Sequence[_Value]) -> bool:
        waiting = list(values)
        while waiting:
            here = waiting.pop()
            further = self._further(here) if here.hops < _HOPS else None
            if further is None:
                return False
            waiting.extend(further)
        return True

    def _further(self, here: _Value) -> list[_Value] | None:
        """The expressions that it depends on; None where it may have one."""
        node = here.node
        if any(isinstance(one, ast.NamedExpr) for one in ast.walk(node)):
            return None
        below: list[ast.expr] = []
        if isinstance(node, ast.BinOp):
            below = [node.left, node.right]
        elif isinstance(node, ast.BoolOp):
            below = node.values
        elif isinstance(node, ast.IfExp):
            below = [node.body, node.orelse]
        elif isinstance(node, ast.UnaryOp):
            below = [node.operand]
        elif isinstance(node, ast.Call):
            return self._call(here, node)
        elif isinstance(node, ast.Subscript):
            return self._generic(here, node)
        elif isinstance(node, ast.Name | ast.Attribute):
            return self._named(here, node)
        elif not isinstance(node, _PLAIN):
            return None
        return [here._replace(node=one) for one in below]

    def _call(self, here: _Value, node: ast.Call) -> list[_Value] | None:
        given = [*node.args, *(word.value for word in node.keywords)]
        if any(isinstance(one, ast.Starred) for one in given):
            return None
        chain = chain_of(node.func)
        if chain is not None and chain[0] in here.own | here.local:
            return None
        if self.where.external(here.top, node.func) is not None:  # some return what they're given
            return [here._replace(node=one) for one in given]
        found = self.where.definition(here.top.module.name, chain or ())
        if found is not None and isinstance(found[1], ast.ClassDef):
            return [] if self.makes(found[0], found[1]) else None
        if found is not None and isinstance(found[1], ast.FunctionDef):
            return self._returned(found[0], found[1], here.hops)
        method = node.func.attr if found is None and isinstance(node.func, ast.Attribute) else "get"
        return None if method == "get" else []  # of texts, paths and plain containers

    def _returned(
        self, top: Top, node: ast.FunctionDef, hops: int, *, called: bool = False
    ) -> list[_Value] | None:
        """What a function returns; with `called`, what the function returns that it returns."""
        inner = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
        spec = node.args
        args = [*spec.posonlyargs, *spec.args, spec.vararg, *spec.kwonlyargs, spec.kwarg]
        local = frozenset(bound(node.body)) | {one.arg for one in args if one is not None}
        values: list[_Value] = []
        for one in node.body:
            value = one.value if isinstance(one, ast.Return) else None
            function = inner.get(value.id) if isinstance(value, ast.Name) else None
            if function is not None and called:
                found = self._returned(top, function, hops + 1)
                if found is None:
                    return None
                values += found
            elif value is not None and (function is None or function.decorator_list):
                values.append(_Value(top, value, frozenset(), local, hops + 1))
        return values

    def _decorated(
        self, top: Top, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, hops: int
    ) -> bool:
        """Whether what decorators make of a function is settled."""
        for one in node.decorator_list:
            called = one.func if isinstance(one, ast.Call) else one
            if self.where.external(top, called) is not None or _is_accessor(one):
                continue
            found = self.where.definition(top.module.name, chain_of(called) or ())
            if found is None or not isinstance(found[1], ast.FunctionDef):
                return False
            values = self._returned(found[0], found[1], hops, called=isinstance(one, ast.Call))
            if values is None or not self._all(values):
                return False
        return True

    def _generic(self, here: _Value, node: ast.Subscript) -> list[_Value] | None:
        """`list[int]`, and the like of our classes."""
        chain = chain_of(node.value)
        if chain is None or chain[0] in here.own | here.local:
            return None
        if self.where.external(here.top, node.value) is not None:
            return []
        found = self.where.definition(here.top.module.name, chain)
        return [] if found is not None and isinstance(found[1], ast.ClassDef) else None

    def _named(self, here: _Value, node: ast.Name | ast.Attribute) -> list[_Value] | None:
        chain = chain_of(node)
        if chain is None:
            return self._attribute(here, node)
        if chain[0] in here.own:
            return [] if len(chain) == 1 else None
        if chain[0] in here.local:
            return None
        if self.where.external(here.top, node) is not None or self._of_class(here.top, chain):
            return []
        found = self.where.definition(here.top.module.name, chain)
        return None if found is None else self._defined(*found, here.hops + 1)

    def _defined(self, top: Top, node: ast.stmt, hops: int) -> list[_Value] | None:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            plain = isinstance(node, ast.AnnAssign) or not any(
                isinstance(one, ast.Tuple | ast.List) for one in node.targets
            )
            return [_Value(top, node.value, hops=hops)] if plain and node.value else None
        if isinstance(node, ast.ClassDef):
            return [] if self.is_calm(top, node) else None
        function = isinstance(node, FUNCTIONS) and self._decorated(top, node, hops)
        return [] if function else None

    def _attribute(self, here: _Value, node: ast.expr) -> list[_Value] | None:
        """Of what a function beyond the project returns: `Path(__file__).parent`."""
        while isinstance(node, ast.Attribute):
            node = node.value
        external = isinstance(node, ast.Call) and self.where.external(here.top, node.func)
        return [] if external or isinstance(node, ast.Constant | ast.JoinedStr) else None

    def _of_class(self, top: Top, chain: tuple[str, ...]) -> bool:
        """`Kind.ONE`, `Kind.ONE.value`: of a class whose values are settled."""
        of = chain[:-2] if len(chain) > 2 and chain[-1] in ("value", "name") else chain[:-1]
        found = self.where.definition(top.module.name, of) if of else None
        return (
            found is not None
            and isinstance(found[1], ast.ClassDef)
            and self.is_calm(found[0], found[1])
        )


def _values(node: ast.Assign | ast.AnnAssign) -> list[ast.expr] | None:
    """What an assignment binds to names; None where nobody sees it."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    value = node.value
    if value is None:
        return []
    if not any(isinstance(one, ast.Tuple | ast.List) for one in targets):
        return [value]
    return [value, *value.elts] if isinstance(value, ast.Tuple | ast.List) else None


def _is_accessor(node: ast.expr) -> bool:
    """`@size.setter`"""
    return isinstance(node, ast.Attribute) and node.attr in ("setter", "getter", "deleter")
