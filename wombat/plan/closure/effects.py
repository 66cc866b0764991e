"""Whether importing a module does more than to bind its names. When in doubt it does."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from wombat.plan.closure import calm
from wombat.plan.closure.scopes import COMPREHENSIONS, bound
from wombat.plan.closure.settled import Settled
from wombat.plan.closure.where import chain_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.plan.closure.top import Top
    from wombat.plan.closure.where import Where

_NOTHING: Final = (ast.Import, ast.ImportFrom, ast.Pass, ast.Global)
_DISPLAYS: Final = (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp)
_SHIFTS: Final = (ast.LShift, ast.RShift)
_ACCESSORS: Final = frozenset(("setter", "getter", "deleter"))
_HOOKS: Final = frozenset(
    (
        *("__init_subclass__", "__class_getitem__", "__prepare__", "__set_name__"),
        *("__pydantic_init_subclass__", "__pydantic_on_complete__"),
    )
)
_MAKERS: Final = frozenset(("__new__", "__init__", "_generate_next_value_", "_missing_"))
_NONE: Final[frozenset[str]] = frozenset()


@dataclass
class Effects:
    """Judges modules, and what they call at their top level; each at most once."""

    where: Where
    _modules: dict[str, bool] = field(default_factory=dict)
    _functions: dict[tuple[str, int, int], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.settled = Settled(
            self.where,
            lambda top, node: self._once(top, node, "class"),
            lambda top, node: self._once(top, node, "made"),
        )

    def has(self, top: Top) -> bool:
        """Whether importing a module has effects besides binding names and importing others."""
        name = top.module.name
        if name not in self._modules:
            self._modules[name] = True  # while it is looked at: nobody knows
            self._modules[name] = not all(
                self._binds(top, one)
                for number, one in enumerate(top.statements)
                if number not in top.asleep
            )
        return self._modules[name]

    def _binds(self, top: Top, node: ast.stmt) -> bool:
        """Whether a top-level statement does nothing but to bind names."""
        if isinstance(node, ast.AugAssign):
            return self._grows(top, node)
        if isinstance(node, ast.If):
            return self._pure(top, [node.test]) and self._all_bind(top, node.body, node.orelse)
        if isinstance(node, ast.Try):
            caught = [one.type for one in node.handlers]
            handled = [one for handler in node.handlers for one in handler.body]
            below = (node.body, handled, node.orelse, node.finalbody)
            return self._pure(top, caught) and self._all_bind(top, *below)
        if isinstance(node, ast.Delete):
            return all(isinstance(one, ast.Name) for one in node.targets)
        return isinstance(node, _NOTHING) or self._plain(top, node, _NONE)

    def _all_bind(self, top: Top, *bodies: list[ast.stmt]) -> bool:
        return all(self._binds(top, one) for body in bodies for one in body)

    def _grows(self, top: Top, node: ast.AugAssign) -> bool:
        """`X += …` changes what X holds, which nobody else may hold before."""
        if not isinstance(node.target, ast.Name) or not self._pure(top, [node.value]):
            return False
        others = [one for one in top.of(node.target.id) if not isinstance(one, ast.AugAssign)]
        return bool(others) and all(
            isinstance(one, ast.Assign | ast.AnnAssign) and isinstance(one.value, _DISPLAYS)
            for one in others
        )

    def _plain(self, top: Top, node: ast.stmt, local: frozenset[str]) -> bool:
        """Whether a statement of a module, class or function binds names alone."""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            args = _arguments(node)
            given = [*node.args.defaults, *node.args.kw_defaults, node.returns]
            given += [one.annotation for one in args]
            return self._pure(top, given, local) and all(
                self._decorates(top, one, local) for one in node.decorator_list
            )
        if isinstance(node, ast.ClassDef):
            return self.plain_class(top, node, local)
        if isinstance(node, ast.Assign):
            lasting = all(_only_names(one) for one in node.targets)
            return (
                lasting
                and not self._used_up(top, node.value)
                and self._pure(top, [node.value], local)
            )
        if isinstance(node, ast.AnnAssign):
            return isinstance(node.target, ast.Name) and self._pure(
                top, [node.annotation, node.value], local
            )
        if isinstance(node, ast.Expr):
            return isinstance(node.value, ast.Constant)
        return isinstance(node, ast.Pass) or type(node).__name__ == "TypeAlias"

    def _used_up(self, top: Top, value: ast.expr) -> bool:
        """Whether it is an iterator: what is read of it is gone for whoever reads it later."""
        if isinstance(value, ast.Call):
            return self.where.external(top, value.func) in calm.ITERATORS
        return isinstance(value, ast.GeneratorExp)

    def _decorates(self, top: Top, node: ast.expr, local: frozenset[str]) -> bool:
        """Whether a decorator returns a function, and does nothing else."""
        if isinstance(node, ast.Attribute) and node.attr in _ACCESSORS and chain_of(node):
            return (chain_of(node) or ("",))[0] in local
        called = node.func if isinstance(node, ast.Call) else node
        chain = chain_of(called)
        if chain is None or chain[0] in local:
            return False
        if isinstance(node, ast.Call) and not self._pure(top, _given(node), local):
            return False
        if (known := self.where.external(top, called)) is not None:
            return known in calm.DECORATORS
        found = self.where.definition(top.module.name, chain)
        return found is not None and self._returns(*found, deep=isinstance(node, ast.Call))

    def plain_class(self, top: Top, node: ast.ClassDef, local: frozenset[str]) -> bool:
        """Whether making a class does nothing but to bind it."""
        own = frozenset(bound(node.body)) | local
        if not _HOOKS.isdisjoint(own) or (not _MAKERS.isdisjoint(own) and self._enum(top, node)):
            return False
        for word in node.keywords:
            meta = self.where.external(top, word.value)
            if word.arg == "metaclass" and meta not in calm.METACLASSES:
                return False
        return (
            all(self._base(top, one, local) for one in node.bases)
            and self._pure(top, [word.value for word in node.keywords], local)
            and all(self._decorates(top, one, local) for one in node.decorator_list)
            and all(self._plain(top, one, own) for one in node.body)
            and self.settled.body(top, node, local)
        )

    def _enum(self, top: Top, node: ast.ClassDef) -> bool:
        """Whether a class makes its members when it is made: an Enum, by however many bases."""
        waiting, seen = [(top, node)], set()
        while waiting:
            here, one = waiting.pop()
            seen.add(id(one))
            for base in one.bases:
                if (self.where.external(here, base) or "").startswith("enum."):
                    return True
                found = self.where.definition(here.module.name, chain_of(base) or ())
                if found and isinstance(found[1], ast.ClassDef) and id(found[1]) not in seen:
                    waiting.append((found[0], found[1]))
        return False

    def _base(self, top: Top, node: ast.expr, local: frozenset[str]) -> bool:
        base = node.value if isinstance(node, ast.Subscript) else node
        chain = chain_of(base)
        if chain is None or chain[0] in local:
            return False
        if (known := self.where.external(top, base)) is not None:
            return known in calm.BASES
        found = self.where.definition(top.module.name, chain)
        return (
            found is not None
            and isinstance(found[1], ast.ClassDef)
            and self._once(found[0], found[1], "class")
        )

    def _once(self, top: Top, node: Any, use: str) -> bool:
        """The answer for a definition, by its place; False while it is being looked for."""
        key = (f"{top.module.name} {use}", node.lineno, node.col_offset)
        if key not in self._functions:
            self._functions[key] = False
            if use == "class":
                self._functions[key] = self.plain_class(top, node, _NONE)
            elif use == "made":
                self._functions[key] = self._makes(top, node)
            else:
                self._functions[key] = self._calm_body(top, node, deep=use == "deep")
        return self._functions[key]

    def _returns(self, top: Top, node: ast.stmt, *, deep: bool) -> bool:
        """Whether a call of a function of ours returns something, and does nothing else."""
        if not isinstance(node, ast.FunctionDef) or (deep and node.decorator_list):
            return False
        return not node.decorator_list and self._once(top, node, "deep" if deep else "function")

    def _calm_body(self, top: Top, node: ast.FunctionDef, *, deep: bool) -> bool:
        """`deep`: what it returns is called, too, so that has to be a calm function of its own."""
        local = frozenset(bound(node.body)) | {one.arg for one in _arguments(node)}
        inner = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
        for one in node.body:
            if isinstance(one, ast.Return):
                if deep and getattr(one.value, "id", "") not in inner:
                    return False
                if not self._pure(top, [one.value], local):
                    return False
            elif not self._plain(top, one, local):
                return False
        return not deep or all(self._inner(top, one, local) for one in inner.values())

    def _inner(self, top: Top, node: ast.FunctionDef, outer: frozenset[str]) -> bool:
        local = outer | frozenset(bound(node.body)) | {one.arg for one in _arguments(node)}
        return all(
            self._pure(top, [one.value], local)
            if isinstance(one, ast.Return)
            else self._plain(top, one, local)
            for one in node.body
        )

    def _makes(self, top: Top, node: ast.ClassDef) -> bool:
        """Whether making an object of a class of ours does nothing else."""
        if not self._once(top, node, "class"):
            return False
        names = set(bound(node.body))
        if any(one.startswith("__") and one not in calm.DUNDERS for one in names):
            return False
        if any(word.arg == "default_factory" for word in _keywords(node)):
            return False
        if any(self.where.external(top, one) == "builtins.type" for one in node.bases):
            return False  # what it makes is a class
        begins = [
            one
            for one in node.body
            if isinstance(one, ast.FunctionDef) and one.name in ("__init__", "__post_init__")
        ]
        bases = [self.where.definition(top.module.name, chain_of(one) or ()) for one in node.bases]
        ours = [one for one in bases if one is not None]
        return all(self._begins(top, one) for one in begins) and all(
            self._once(above, found, "made") for above, found in ours
        )

    def _begins(self, top: Top, node: ast.FunctionDef) -> bool:
        """An `__init__` that puts values into its own object alone."""
        if node.decorator_list or not node.args.args:
            return False
        me = node.args.args[0].arg
        local = frozenset(bound(node.body)) | {one.arg for one in _arguments(node)}
        return all(
            self._pure(top, [one.value], local)
            if isinstance(one, ast.Assign | ast.AnnAssign) and _onto(one, me)
            else self._plain(top, one, local)
            for one in node.body
        )

    def _pure(
        self, top: Top, nodes: Iterable[ast.AST | None], local: frozenset[str] = _NONE
    ) -> bool:
        """Whether evaluating expressions changes nothing. Attributes, items and operators of what
        passed this are taken for plain ones."""
        waiting: list[tuple[ast.AST, frozenset[str]]] = [(n, local) for n in nodes if n is not None]
        while waiting:
            node, inside = waiting.pop()
            if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom):
                return False
            if isinstance(node, ast.BinOp) and isinstance(node.op, _SHIFTS) and not _numbers(node):
                return False
            if isinstance(node, ast.Call):
                if not self._calm_call(top, node, inside):
                    return False
                waiting.extend((one, inside) for one in _given(node))
                if isinstance(node.func, ast.Attribute):
                    waiting.append((node.func.value, inside))
            elif isinstance(node, ast.Lambda):
                given = (*node.args.defaults, *node.args.kw_defaults)
                waiting.extend((one, inside) for one in given if one is not None)
            else:
                if isinstance(node, COMPREHENSIONS):
                    inside = inside | set(bound([one.target for one in node.generators]))
                waiting.extend((one, inside) for one in ast.iter_child_nodes(node))
        return True

    def _calm_call(self, top: Top, node: ast.Call, local: frozenset[str]) -> bool:
        function = node.func
        keys = [word.value for word in node.keywords if word.arg == "key"]
        if not all(isinstance(one, ast.Lambda) and self._calm_lambda(top, one) for one in keys):
            return False
        if isinstance(function, ast.Attribute) and self._of_a_value(top, function, local):
            return True
        chain = chain_of(function)
        if chain is None or chain[0] in local:
            return False
        if (known := self.where.external(top, function)) is not None:
            return known in calm.CALLS | calm.BASES and not _makes_class(known, node)
        found = self.where.definition(top.module.name, chain)
        if found is not None and isinstance(found[1], ast.ClassDef):
            return self._once(*found, "made")
        return found is not None and self._returns(*found, deep=False)

    def _calm_lambda(self, top: Top, node: ast.Lambda) -> bool:
        args = node.args
        every = (*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg)
        return self._pure(top, [node.body], frozenset(one.arg for one in every if one is not None))

    def _of_a_value(self, top: Top, node: ast.Attribute, local: frozenset[str]) -> bool:
        """Whether it is a harmless method of a text, a path or a plain container."""
        if node.attr not in calm.METHODS:
            return False
        below: ast.expr = node.value
        while isinstance(below, ast.Attribute | ast.Subscript):
            below = below.value
        if isinstance(below, ast.Call):  # judged by itself, further down
            known = self.where.external(top, below.func) or ""
            method = isinstance(below.func, ast.Attribute) and below.func.attr in calm.METHODS
            return method or known.startswith("pathlib.") or known in calm.BUILTIN_CALLS
        if isinstance(below, ast.Name) and below.id not in local:
            said = top.of(below.id)
            value = said[0].value if len(said) == 1 and isinstance(said[0], ast.Assign) else None
            if isinstance(value, ast.Call):
                return (self.where.external(top, value.func) or "").startswith("pathlib.")
            return isinstance(value, (*_DISPLAYS, ast.JoinedStr, ast.DictComp, ast.SetComp))
        return isinstance(below, (*_DISPLAYS, ast.JoinedStr))


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    spec = node.args
    every = (*spec.posonlyargs, *spec.args, spec.vararg, *spec.kwonlyargs, spec.kwarg)
    return [one for one in every if one is not None]


def _given(node: ast.Call) -> list[ast.expr]:
    return [*node.args, *(word.value for word in node.keywords)]


def _makes_class(known: str, node: ast.Call) -> bool:
    """Whether a call makes a class below others, which may hear of it."""
    if known == "builtins.type":
        return len(node.args) != 1 or isinstance(node.args[0], ast.Starred) or bool(node.keywords)
    mixed = any(word.arg in ("type", None) for word in node.keywords)
    return known.startswith("enum.") and mixed


def _keywords(node: ast.ClassDef) -> Iterable[ast.keyword]:
    return (one for one in ast.walk(node) if isinstance(one, ast.keyword))


def _numbers(node: ast.BinOp) -> bool:
    return isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant | ast.Name)


def _only_names(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(_only_names(one) for one in target.elts)
    return isinstance(target.value if isinstance(target, ast.Starred) else target, ast.Name)


def _onto(node: ast.Assign | ast.AnnAssign, me: str) -> bool:
    """`self.a = …`"""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return all(
        isinstance(one, ast.Attribute) and getattr(one.value, "id", "") == me for one in targets
    )
