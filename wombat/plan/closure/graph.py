"""The pieces of code of a checkout, what each of them uses, and all that one reaches."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wombat.digest import digest_json
from wombat.plan.closure.effects import Effects
from wombat.plan.closure.imports import with_packages
from wombat.plan.closure.reaching import Reached, reached
from wombat.plan.closure.where import Found, Where
from wombat.plan.ir import Piece

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.digest import Digest
    from wombat.errors import Place
    from wombat.plan.closure.checkout import Checkout
    from wombat.plan.closure.top import Top

IMPORT: Final = "import"
"""Of a module: what importing it runs elsewhere. No name can be called so."""

_SCRIPT: Final = "/"


def name_of_script(path: str) -> str:
    """What a script is called among modules: no module can have that name, nor be below it."""
    return _SCRIPT + path.replace(".", "\0")


def name_of_main(module: str) -> str:
    """What a module is called as what `python -m` runs: others may import it besides."""
    return name_of_script(f"-m {module}")


@dataclass(frozen=True)
class Node:
    """A piece with what isn't kept: the pieces it uses, where it imports by names that nobody can
    read, and whether it may reach anything that was imported."""

    piece: Piece
    uses: tuple[Found, ...]
    unknown: tuple[Place, ...] = ()
    all: bool = False


@dataclass
class Graph:
    """The pieces of one checkout, each made when it is first reached."""

    checkout: Checkout
    suffix: str = ""
    """What tells the pieces of a script's folder from those of the project."""
    _nodes: dict[Found, Node] = field(default_factory=dict)
    _lively: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.where = Where(self.checkout)
        self.effects = Effects(self.where)

    def roots(self, module: str, function: str) -> list[Found]:
        """The pieces that a task's function begins with."""
        found = self.where.find(module, tuple(function.split(".")))
        if not found and self.where.top(module) is not None:
            found = {(module, "")}
        return sorted({self._kept(one) for one in found} | set(self.run([module])))

    def reach(self, roots: Iterable[Found]) -> dict[Found, Node]:
        """The pieces that are reached from some, these with them."""
        found: dict[Found, Node] = {}
        waiting = list(roots)
        while waiting:
            here = waiting.pop()
            if here not in found:
                found[here] = self.node(here)
                waiting.extend(found[here].uses)
        return found

    def name(self, found: Found) -> str:
        """As a plan has it: `module:name`, `module`, `-m module`, or a script's path."""
        module, name = found
        if module.startswith(_SCRIPT):
            shown = module.removeprefix(_SCRIPT).replace("\0", ".")
            by_file = not shown.startswith("-m ") and self.checkout.is_plain
            return shown if by_file else shown + self.suffix
        return (f"{module}:{name}" if name else module) + self.suffix

    def node(self, here: Found) -> Node:
        if here not in self._nodes:
            self._nodes[here] = self._make(here)
        return self._nodes[here]

    def _make(self, here: Found) -> Node:
        module, name = here
        top = self.where.top(module)
        if top is None:
            raise KeyError(module)
        if name == IMPORT:
            return self._node(top, here, digest_json(["import", self._below(top)]), set())
        if name == "*":
            return self._node(top, here, top.star_digest(), set())
        whole = not name
        statements = top.module.tree.body if whole else top.of(name)
        code = [one for one in statements if whole or not _is_import(one)]
        seen = reached(code, top.module.package, top.module.file, top.importers)
        uses = self._used(top, seen)
        if not whole and any(isinstance(one, ast.Assign) for one in code):
            uses |= self._quoted(top, code)
        for one in top.targets if whole else (name,):
            for target in top.targets.get(one, ()):
                uses |= self.where.find(target.module, target.steps, value=False)
        digest = top.module.digest if whole else top.digest(name, self.where.starred(top, name))
        return self._node(top, here, digest, uses, seen)

    def _node(
        self, top: Top, here: Found, digest: Digest, uses: set[Found], seen: Reached | None = None
    ) -> Node:
        module, name = here
        kept = {self._kept(one) for one in uses}
        kept.update(self.run(self._imports(top)) if name in ("", IMPORT) else ())
        kept.update(self.run([module]))
        kept.update(self.run(seen.imports) if seen is not None else ())
        ordered = tuple(sorted(kept - {here}))
        names = tuple(sorted({self.name(one) for one in ordered}))
        piece = Piece(top.module.file, digest, names)
        return Node(piece, ordered, tuple(seen.unknown) if seen else (), bool(seen and seen.all))

    def _used(self, top: Top, seen: Reached) -> set[Found]:
        module = top.module.name
        uses: set[Found] = set()
        for chain in seen.names:
            uses |= self.where.find(module, chain)
        for target in seen.targets:
            uses |= self.where.find(target.module, target.steps)
        for target in seen.bound:
            uses |= self.where.find(target.module, target.steps, value=False)
        for name in seen.literal:
            uses |= {(one, "") for one in self.where.inside(name)}
            uses.update(self.run([name]))
        if seen.own:
            uses |= {(one, "") for one in self.where.inside(module)}
        return uses

    def _quoted(self, top: Top, code: Iterable[ast.stmt]) -> set[Found]:
        """Names in quotes within a type alias: `Rows = list["Row"]`."""
        uses: set[Found] = set()
        for statement in code:
            value = getattr(statement, "value", None)
            for node in ast.walk(value) if isinstance(value, ast.Subscript) else ():
                text = node.value if isinstance(node, ast.Constant) else None
                if isinstance(text, str) and text.isidentifier():
                    uses |= self.where.find(top.module.name, (text,))
        return uses

    def _kept(self, found: Found) -> Found:
        """A name of a module with effects is the module."""
        top = self.where.top(found[0])
        return (found[0], "") if top is not None and self.effects.has(top) else found

    def run(self, modules: Iterable[str]) -> Iterator[Found]:
        """The pieces that importing modules runs: those with effects, here or further down."""
        for module in modules:
            for step in with_packages(module):
                top = self.where.top(step)
                if top is not None and self.effects.has(top):
                    yield step, ""
                elif top is not None and self._is_lively(step):
                    yield step, IMPORT

    def _imports(self, top: Top) -> list[str]:
        """What importing a module imports, with the submodules that `*` may mean."""
        starred = (one for base in top.stars.values() for one in self.checkout.starred(base))
        return [*top.imports, *starred]

    def _below(self, top: Top) -> list[str]:
        """The modules with effects that importing a module runs, in the order in which it says."""
        return list(dict.fromkeys(self.name(one) for one in self.run(self._imports(top))))

    def _is_lively(self, module: str) -> bool:
        """Whether importing a module imports one that has effects, however far down."""
        if module in self._lively:
            return self._lively[module]
        seen: set[str] = set()
        waiting = [module]
        lively = False
        while waiting and not lively:
            here = waiting.pop()
            top = self.where.top(here)
            if here in seen or top is None or self._lively.get(here) is False:
                continue
            seen.add(here)
            lively = self._lively.get(here, False) or self.effects.has(top)
            waiting.extend(step for one in self._imports(top) for step in with_packages(one))
            waiting.extend(list(with_packages(here))[:-1])
        self._lively.update({module: True} if lively else dict.fromkeys(seen, False))
        return lively


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)
