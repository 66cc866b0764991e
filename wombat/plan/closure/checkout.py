"""The first-party modules of a checkout, read once each, and which of them imports reach."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wombat.digest import Digest, digest_file
from wombat.plan.closure.finding import Finder, is_file
from wombat.plan.closure.graph import Graph, name_of_main, name_of_script
from wombat.plan.closure.imports import absolute, dynamic_import, exported, with_packages
from wombat.plan.closure.lines import parsed
from wombat.plan.closure.paths import added
from wombat.plan.closure.serial import digest_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wombat.plan.closure.code import Closure


@dataclass(frozen=True)
class Module:
    """One first-party module: its file (project-relative), syntax tree and digest."""

    name: str
    file: str
    tree: ast.Module
    digest: Digest
    is_package: bool
    main: bool = False
    """Whether it is what is run: what stands below `if __name__ == "__main__":` runs, too."""
    within: tuple[str, ...] | None = None

    @property
    def package(self) -> list[str]:
        """The steps of the package that relative imports in it begin at."""
        if self.within is not None:
            return list(self.within)
        steps = self.name.split(".")
        return steps if self.is_package else steps[:-1]


@dataclass
class Checkout:
    """The first-party modules of a project, read once each. Nothing is imported."""

    root: Path
    first: Path | None = None
    """A folder that is searched before the root: a script's own."""
    more: tuple[str, ...] = ()
    """Folders that are searched after it and before the root: put on the import path."""
    source: bool = True
    """Whether `src/` is searched after the root."""
    modules: dict[str, Module | None] = field(default_factory=dict)
    closures: dict[str, tuple[Module, ...]] = field(default_factory=dict)
    broken: dict[str, tuple[str, ...]] = field(default_factory=dict)
    faults: dict[str, SyntaxError] = field(default_factory=dict)
    files: dict[str, tuple[ast.Module, Digest] | SyntaxError] = field(default_factory=dict)
    """What is parsed, by its path: whoever sees the same files in another order shares it."""
    _beside: dict[Path, Checkout] = field(default_factory=dict)
    _along: dict[tuple[str, ...], Checkout] = field(default_factory=dict)
    _added: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _contents: dict[str, Digest | None] = field(default_factory=dict)
    entries: dict[str, str] | None = None
    """The commands that the project installs, once they're read."""
    closed: dict[bytes, Closure] = field(default_factory=dict)
    """What tasks begin with, and their code: `closure_of_task` keeps it here."""

    def __post_init__(self) -> None:
        source = self.root / "src"
        roots = (self.root, source) if self.source and source.is_dir() else (self.root,)
        before = (*([self.first] if self.first else ()), *(self.root / one for one in self.more))
        self.roots = tuple(dict.fromkeys((*before, *roots)))
        self.finder = Finder(self.roots)

    def module(self, name: str) -> Module | None:
        """The module of that dotted name, or None where the project has none."""
        if name not in self.modules:
            self.modules[name] = self._find(name)
        return self.modules[name]

    def _find(self, name: str) -> Module | None:
        spot = self.finder.find(name)
        if spot is None or spot.file is None:
            return None
        return self._read(name, spot.file, is_package=bool(spot.folders))

    def _read(self, name: str, file: Path, *, is_package: bool) -> Module | None:
        shown = file.relative_to(self.root).as_posix()
        if shown not in self.files:
            data = file.read_bytes()
            if b"sys" not in data and b"site" not in data:
                self._added[shown] = ()
            self.files[shown] = _parsed(data, shown)
        found = self.files[shown]
        if isinstance(found, SyntaxError):
            self.faults[name] = found
            return None
        return Module(name, shown, *found, is_package)

    def closure(self, name: str) -> tuple[Module, ...]:
        """The module and every first-party one its imports reach, by name; () where absent.

        `broken` names those on the way that aren't valid Python, and so are left out.
        """
        if name not in self.closures:
            self.closures[name], self.broken[name] = self._reach([name])
        return self.closures[name]

    @cached_property
    def graph(self) -> Graph:
        """Its pieces of code. What a script's folder has gets names of its own."""
        own = self.first is not None and self.first != self.root
        where = self.first.relative_to(self.root).as_posix() if own and self.first else ""
        own_names = ":".join((where, *self.more)) if self.more else where
        own_names += "" if self.source else "-src"
        return Graph(self, f"@{own_names}" if own_names else "")

    def beside(self, path: str) -> Checkout:
        """The checkout as a script sees it: as for Python, its own folder is searched first."""
        folder = (self.root / path).parent
        if folder == self.roots[0]:
            return self
        if folder not in self._beside:
            self._beside[folder] = self._other(first=folder)
        return self._beside[folder]

    @property
    def is_plain(self) -> bool:
        """Whether its import path is the one that is expected."""
        return not self.more and self.source

    @cached_property
    def ordered(self) -> tuple[Checkout, ...]:
        """Itself; where the root and `src/` have modules of one name, as it is without `src/`, and
        with it before the root, too: nobody knows what a command's own Python searches."""
        if not self.source or not self._clashes:
            return (self,)
        return self, self._other(source=False), self.along(["src"])

    @cached_property
    def _clashes(self) -> bool:
        root, source = Finder((self.root,)), Finder((self.root / "src",))
        return any(root.has_code(one) and source.has_code(one) for one in source.top())

    def _other(self, **given: Any) -> Checkout:
        """The same files, searched in another order."""
        now = {"first": self.first, "more": self.more, "source": self.source}
        return Checkout(self.root, **(now | given), files=self.files, _added=self._added)

    def along(self, folders: Iterable[str]) -> Checkout:
        """The checkout as it is seen where folders of it are on the import path, too."""
        more = tuple(dict.fromkeys((*self.more, *folders)))
        if more == self.more:
            return self
        if more not in self._along:
            self._along[more] = self._other(more=more)
        return self._along[more]

    def added(self, module: Module) -> tuple[str, ...]:
        """The folders that a module may put on the import path."""
        if module.file not in self._added:
            self._added[module.file] = added(self.root, module.file, module.tree)
        return self._added[module.file]

    def inline(self, text: str) -> Module | None:
        """Code within a line, as a module without a file; None where it imports nothing."""
        tree = parsed(text)
        if tree is None:
            return None
        digest = digest_tree(tree)
        module = Module(name_of_script(f"-c {digest}"), "", tree, digest, False, main=True)
        return self.modules.setdefault(module.name, module)

    def script(self, path: str) -> Module | None:
        """A script, as a module that nothing imports; None where it isn't valid Python.
        Its relative imports begin at its folder: who loads it may say so."""
        name = name_of_script(path)
        if name not in self.modules:
            found = self._read(name, self.root / path, is_package=False)
            within = tuple(path.split("/")[:-1])
            self.modules[name] = found and replace(found, main=True, within=within)
        return self.modules[name]

    def main(self, name: str) -> Module | None:
        """A module as `python -m` runs it; None where the project has none."""
        found, run = self.module(name), name_of_main(name)
        if run not in self.modules:
            within = () if found is None else tuple(found.package)
            self.modules[run] = found and replace(found, name=run, main=True, within=within)
        return self.modules[run]

    def has(self, name: str) -> bool:
        """Whether a module, a package, or a folder of modules has that dotted name."""
        return self.module(name) is not None or self.is_package(name)

    def is_package(self, name: str) -> bool:
        """Whether modules may be below it; a folder without `__init__.py` counts."""
        spot = self.finder.find(name)
        return spot is not None and bool(spot.folders)

    def names_of(self, path: str) -> list[str]:
        """The dotted names by which a file can be imported."""
        file = self.root / path.removesuffix(".py").removesuffix("/__init__")
        found = [".".join(file.relative_to(one).parts) for one in self.roots if one in file.parents]
        modules = ((name, self.module(name)) for name in dict.fromkeys(found))
        return [name for name, one in modules if one is not None and one.file == path]

    def is_ours(self, name: str) -> bool:
        """Whether the first of a dotted name's steps is in the project."""
        return self.has(name.partition(".")[0])

    def submodules(self, name: str) -> list[str]:
        """What is right below a package or folder, in order."""
        return sorted({one for one in self.finder.below(name) if one.isidentifier()})

    def content(self, path: str) -> Digest | None:
        """The digest of a file's bytes, or None where there is no file."""
        if path not in self._contents:
            file = self.root / path
            self._contents[path] = digest_file(file) if is_file(file) else None
        return self._contents[path]

    def imported(self, module: Module) -> tuple[Module, ...]:
        """The first-party modules that a module's imports reach, itself not counted."""
        if module.name not in self.closures:
            self.closures[module.name] = self._reach(self._imported(module))[0]
        return self.closures[module.name]

    def _reach(self, names: Iterable[str]) -> tuple[tuple[Module, ...], tuple[str, ...]]:
        """The modules that importing `names` runs, and the broken ones on the way, by name."""
        found: dict[str, Module] = {}
        broken: set[str] = set()
        waiting = list(names)
        while waiting:
            for step in with_packages(waiting.pop()):
                module = self.module(step)
                if module is not None and step not in found:
                    found[step] = module
                    waiting.extend(self._imported(module))
                elif step in self.faults:
                    broken.add(step)
        return tuple(found[key] for key in sorted(found)), tuple(sorted(broken))

    def _imported(self, module: Module) -> Iterator[str]:
        """Every dotted name that a module may import, first-party or not."""
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from self._imported_from(module, node)
            elif isinstance(node, ast.Call) and (name := dynamic_import(module.package, node)):
                yield name

    def _imported_from(self, module: Module, node: ast.ImportFrom) -> Iterator[str]:
        base = absolute(module.package, node.module or "", node.level)
        if base is not None:
            yield base
            for alias in node.names:
                yield from self.starred(base) if alias.name == "*" else (f"{base}.{alias.name}",)

    def starred(self, name: str) -> Iterator[str]:
        """What `from NAME import *` may import besides it: submodules in a package's `__all__`."""
        package = self.module(name)
        if package is not None and package.is_package:
            listed = exported(package.tree)
            below = self.finder.below(name) if listed is None else listed
            yield from (f"{name}.{one}" for one in below if one.isidentifier())


def _parsed(data: bytes, shown: str) -> tuple[ast.Module, Digest] | SyntaxError:
    try:
        tree = ast.parse(data, filename=shown)
        return tree, digest_tree(tree)
    except SyntaxError as fault:
        return fault
    except (ValueError, RecursionError, MemoryError) as fault:  # NUL bytes, nested too deep
        return SyntaxError(str(fault), (shown, 1, 1, None))
