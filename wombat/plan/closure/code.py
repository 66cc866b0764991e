"""A task's code, whatever its kind: the pieces that its function reaches, or its command's files.

A piece is a name at a module's top level with the syntax that binds it; a module whole, where
importing it does more than to bind names; or a file. Of what a function reaches nothing is run or
imported. What a shell script calls in turn, and paths that are put together, aren't seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wombat.digest import Digest, canonical_json, digest_json
from wombat.plan.closure.words import ENTRIES, named, path_of_environment
from wombat.plan.ir import Code, Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from wombat.errors import Place
    from wombat.plan.closure.checkout import Checkout, Module
    from wombat.plan.closure.graph import Graph
    from wombat.plan.closure.where import Found


@dataclass(frozen=True)
class Closure:
    """A task's code, the pieces that are reached by their names, and the places where it imports by
    names that nobody can read."""

    code: Code
    pieces: dict[str, Piece]
    unknown: tuple[Place, ...] = ()


def code_of_task(
    checkout: Checkout,
    *,
    run: str | None,
    argv: Sequence[Any],
    script: str | None,
    declared: Sequence[str] = (),
    env: Mapping[str, Any] | None = None,
) -> Code:
    """What a task's code is made of, its words as they stand in the plan: just one is given.

    `declared` are the files that it says it depends on, `env` its declared environment.
    """
    return closure_of_task(
        checkout, run=run, argv=argv, script=script, declared=declared, env=env
    ).code


def closure_of_task(
    checkout: Checkout,
    *,
    run: str | None,
    argv: Sequence[Any],
    script: str | None,
    declared: Sequence[str] = (),
    env: Mapping[str, Any] | None = None,
) -> Closure:
    """As `code_of_task`, with all pieces. The same question is answered once a checkout."""
    path = path_of_environment(checkout.root, env or {})
    asked = [run, list(argv), script, list(declared), path]
    key = canonical_json(asked)
    if key not in checkout.closed:
        reach = _Reach(checkout, path)
        if run is not None:
            reach.function(*run.partition(":")[::2])
        else:
            reach.command(argv, script)
        reach.files(declared)
        said: Any = run or (list(argv) if script is None else script)
        checkout.closed[key] = reach.closure(said)
    return checkout.closed[key]


@dataclass
class _Reach:
    """What a task begins with: found pieces by the checkout that they're found in."""

    checkout: Checkout
    path: tuple[str, ...] = ()
    """Folders that are on the import path from the beginning."""
    begun: list[tuple[Checkout, list[Found], tuple[Module, ...]]] = field(default_factory=list)
    plain: dict[str, Piece] = field(default_factory=dict)
    looked: set[str] = field(default_factory=set)
    """Files whose change may change what is reached, though they are no code."""
    unknown: set[Place] = field(default_factory=set)
    by_command: bool = False
    """Whether a Python of its own runs it: what that searches is its own affair."""

    def function(self, module: str, name: str) -> None:
        for checkout in self._ways(self.checkout, lambda one: one.closure(module)):
            roots = checkout.graph.roots(module, name)
            self._begin(checkout, roots, checkout.closure(module))

    def _ways(
        self, checkout: Checkout, reached: Callable[[Checkout], Iterable[Module]]
    ) -> Iterator[Checkout]:
        """The checkout, and as it is with what is put on the import path: nobody knows where."""
        for one in checkout.ordered if self.by_command else (checkout,):
            yield from self._along(one, reached)

    def _along(
        self, checkout: Checkout, reached: Callable[[Checkout], Iterable[Module]]
    ) -> Iterator[Checkout]:
        yield checkout
        more, along = set(self.path), checkout.along(self.path)
        while True:
            found = more | {one for module in reached(along) for one in along.added(module)}
            if found == more:
                break
            more, along = found, checkout.along(sorted(found))
        if along is not checkout:
            yield along

    def command(self, argv: Sequence[Any], script: str | None) -> None:
        found = named(self.checkout, argv, script)
        self.by_command = True
        self.path = tuple(dict.fromkeys((*self.path, *found.path)))
        self._contents(found.files)
        for path, by_python in found.scripts.items():
            self._script(path, syntax=by_python)
        places = [self.checkout, *(self.checkout.beside(f"{one}/-") for one in found.folders)]
        for name in found.modules:
            self._module(places, name)
            self._module(places, f"{name}.__main__")
        for text in found.inline:
            self._inline(places, text)
        for entry in found.entries:
            self.function(*entry.partition(":")[::2])

        if found.entries:
            self.looked.add(ENTRIES)

    def files(self, paths: Iterable[str]) -> None:
        """Files that are declared: modules with all that they reach, others by their bytes."""
        for path in paths:
            if path.endswith(".py"):
                self._script(path, syntax=True)
                for name in self.checkout.names_of(path):
                    self._whole(name)
            else:
                self._contents([path])

    def _contents(self, paths: Iterable[str]) -> None:
        for path in paths:
            content = self.checkout.content(path)
            if content is not None:
                self.plain[path] = Piece(path, content)

    def _script(self, path: str, *, syntax: bool) -> None:
        """Its bytes count too unless Python alone reads it, and where it is no valid Python."""
        beside = self.checkout.beside(path)
        module = beside.script(path)
        if module is None or not syntax:
            content = self.checkout.content(path)
            if content is not None:
                self.plain[f"{path}#bytes" if module else path] = Piece(path, content)
        for one in self._ways(beside, lambda each: _with_imported(each, each.script(path))):
            if (found := one.script(path)) is not None:
                self._begin(one, [(found.name, "")], one.imported(found))

    def _module(self, places: Iterable[Checkout], name: str) -> None:
        """A module that `-m` runs, in each of the folders that it may be run in."""
        for place in places:
            for one in self._ways(place, lambda each: each.closure(name)):
                module = one.main(name)
                if module is not None:
                    roots = [(module.name, ""), *one.graph.run([name])]
                    self._begin(one, roots, one.closure(name))

    def _inline(self, places: Iterable[Checkout], text: str) -> None:
        """Code within a line: it is said already, so that what it uses is what is left to count."""
        for place in places:
            for one in self._ways(place, lambda each: _with_imported(each, each.inline(text))):
                if (module := one.inline(text)) is not None:
                    node = one.graph.node((module.name, ""))
                    self.unknown.update(node.unknown)
                    modules = one.imported(module)
                    whole = [(each.name, "") for each in modules] if node.all else []
                    self._begin(one, sorted({*node.uses, *whole}), modules)

    def _whole(self, name: str) -> None:
        for one in self._ways(self.checkout, lambda each: each.closure(name)):
            self._begin(one, [(name, ""), *one.graph.run([name])], one.closure(name))

    def _begin(self, checkout: Checkout, roots: list[Found], modules: tuple[Module, ...]) -> None:
        self.begun.append((checkout, roots, modules))

    def closure(self, said: Any) -> Closure:
        """The digest is of what was said and of each piece's own digest."""
        pieces, roots = dict(self.plain), set(self.plain)
        unknown = set(self.unknown)
        files = {*self.looked, *(piece.file for piece in self.plain.values())}
        for checkout, begun, modules in self.begun:
            graph = checkout.graph
            for found in _with_all(graph, begun, modules):
                roots.add(graph.name(found))
            for found, node in graph.reach(_with_all(graph, begun, modules)).items():
                pieces[graph.name(found)] = node.piece
                unknown.update(node.unknown)
            files |= {module.file for module in modules}
        files |= {piece.file for piece in pieces.values()}
        ordered = dict(sorted(pieces.items()))
        tree: Any = {"said": said, "pieces": {name: one.digest for name, one in ordered.items()}}
        code = Code("names", Digest(digest_json(tree)), tuple(sorted(files)), tuple(sorted(roots)))
        return Closure(code, ordered, tuple(sorted(unknown, key=str)))


def _with_imported(checkout: Checkout, module: Module | None) -> tuple[Module, ...]:
    return () if module is None else (module, *checkout.imported(module))


def _with_all(graph: Graph, roots: list[Found], modules: tuple[Module, ...]) -> list[Found]:
    """The roots; with them all modules, where code asks Python for what other modules hold."""
    if any(node.all for node in graph.reach(roots).values()):
        return sorted({*roots, *((module.name, "") for module in modules)})
    return roots
