"""A task's code: the first-party modules that its imports reach, and one digest over them.

The digest is of the syntax, in a serialisation of our own that is the same on every version of
Python: comments, layout and docstrings don't count. Reached are `import` and `from` statements
wherever they stand, the submodules that `from package import *` may import, and
`importlib.import_module` and `__import__` of a literal name. Not reached are names that are put
together while the code runs, plug-ins found by entry points, and files that code opens.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from blake3 import blake3

from wombat.digest import Digest, digest_file, digest_json
from wombat.plan.imports import absolute, dynamic_import, exported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_MAIN: Final = "__main__"
_SKIPPED: Final = frozenset(("type_comment", "kind", "ctx", "type_ignores"))


@dataclass(frozen=True)
class Module:
    """One first-party module: its file (project-relative), syntax tree and digest."""

    name: str
    file: str
    tree: ast.Module
    digest: Digest
    is_package: bool

    @property
    def package(self) -> list[str]:
        """The steps of the package that relative imports in it begin at."""
        steps = self.name.split(".")
        return steps if self.is_package else steps[:-1]


@dataclass
class Checkout:
    """The first-party modules of a project, read once each. Nothing is imported."""

    root: Path
    first: Path | None = None
    """A folder that is searched before the root: a script's own."""
    modules: dict[str, Module | None] = field(default_factory=dict)
    closures: dict[str, tuple[Module, ...]] = field(default_factory=dict)
    broken: dict[str, tuple[str, ...]] = field(default_factory=dict)
    faults: dict[str, SyntaxError] = field(default_factory=dict)
    _beside: dict[Path, Checkout] = field(default_factory=dict)
    _scripts: dict[str, tuple[Module, ...]] = field(default_factory=dict)
    _contents: dict[str, Digest | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        source = self.root / "src"
        roots = (self.root, source) if source.is_dir() else (self.root,)
        self.roots = roots if self.first in (None, self.root) else (self.first, *roots)

    def module(self, name: str) -> Module | None:
        """The module of that dotted name, or None where the project has none."""
        if name not in self.modules:
            self.modules[name] = self._find(name)
        return self.modules[name]

    def _find(self, name: str) -> Module | None:
        relative = name.replace(".", "/")
        for root in self.roots:
            for file, is_package in (
                (root / relative / "__init__.py", True),
                (root / f"{relative}.py", False),
            ):
                if is_file(file):
                    return self._read(name, file, is_package=is_package)
        return None

    def _read(self, name: str, file: Path, *, is_package: bool) -> Module | None:
        shown = file.relative_to(self.root).as_posix()
        data = file.read_bytes()
        try:
            tree = ast.parse(data, filename=shown)
            return Module(name, shown, tree, digest_tree(tree), is_package)
        except SyntaxError as fault:
            self.faults[name] = fault
        except (ValueError, RecursionError, MemoryError) as fault:  # NUL bytes, nested too deep
            self.faults[name] = SyntaxError(str(fault), (shown, 1, 1, None))
        return None

    def closure(self, name: str) -> tuple[Module, ...]:
        """The module and every first-party one its imports reach, by name; () where absent.

        `broken` names those on the way that aren't valid Python, and so are left out.
        """
        if name not in self.closures:
            self.closures[name], self.broken[name] = self._reach([name])
        return self.closures[name]

    def script(self, path: str) -> tuple[Module, ...]:
        """What the imports of a script reach, itself not counted; () where it isn't valid Python.

        As for Python, its own folder is searched first.
        """
        if path not in self._scripts:
            self._scripts[path] = self._script(path)
        return self._scripts[path]

    def _script(self, path: str) -> tuple[Module, ...]:
        file = self.root / path
        beside = self._beside.setdefault(file.parent, Checkout(self.root, file.parent))
        module = beside._read(_MAIN, file, is_package=False)  # noqa: SLF001  # of its own kind
        return () if module is None else beside._reach(beside._imported(module))[0]  # noqa: SLF001

    def content(self, path: str) -> Digest | None:
        """The digest of a file's bytes, or None where there is no file."""
        if path not in self._contents:
            file = self.root / path
            self._contents[path] = digest_file(file) if is_file(file) else None
        return self._contents[path]

    def _reach(self, names: Iterable[str]) -> tuple[tuple[Module, ...], tuple[str, ...]]:
        """The modules that importing `names` runs, and the broken ones on the way, by name."""
        found: dict[str, Module] = {}
        broken: set[str] = set()
        waiting = list(names)
        while waiting:
            for step in _with_packages(waiting.pop()):
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
                yield from self._starred(base) if alias.name == "*" else (f"{base}.{alias.name}",)

    def _starred(self, name: str) -> Iterator[str]:
        """What `from NAME import *` may import besides it: submodules in a package's `__all__`."""
        package = self.module(name)
        if package is not None and package.is_package:
            listed = exported(package.tree)
            below = _submodules(self.root / package.file) if listed is None else listed
            yield from (f"{name}.{one}" for one in below if one.isidentifier())


def is_file(file: Path) -> bool:
    """Whether it is there and a file; a name that is too long for the system isn't."""
    try:
        return file.is_file()
    except OSError:
        return False


def _with_packages(name: str) -> Iterator[str]:
    """`a`, `a.b`, `a.b.c`: importing the last runs all of them."""
    steps = name.split(".")
    for count in range(1, len(steps) + 1):
        yield ".".join(steps[:count])


def _submodules(init: Path) -> Iterator[str]:
    """The modules and packages beside a package's `__init__.py`."""
    for entry in init.parent.iterdir():
        if entry.suffix == ".py" and entry.stem != "__init__":
            yield entry.stem
        elif is_file(entry / "__init__.py"):
            yield entry.name


def digest_tree(tree: ast.Module) -> Digest:
    """The digest of a module's syntax, the same on every version of Python."""
    hasher = blake3()
    for piece in _serialised(tree):
        hasher.update(piece.encode("utf-8", "surrogatepass"))
    return Digest(hasher.hexdigest())


def _serialised(tree: ast.AST) -> Iterator[str]:
    """A prefix code: names, counts and values. Empty and absent fields don't occur, so that a
    version of Python which adds a field doesn't change what is old. With a stack of its own:
    generated code nests deeper than Python recurses."""
    waiting: list[Any] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Text):
            yield node
        elif isinstance(node, ast.AST):
            waiting.extend(reversed(_fields(node)))
        elif isinstance(node, list):
            waiting.extend((_Text("]"), *reversed(node), _Text(f"[{len(node)} ")))
        else:
            yield _leaf(node)


class _Text(str):
    """A piece of the serialisation itself."""

    __slots__ = ()


def _fields(node: ast.AST) -> list[Any]:
    pieces: list[Any] = [_Text(f"({type(node).__name__} ")]
    for name in sorted(node._fields):
        value = getattr(node, name, None)
        if name in _SKIPPED or value is None or value == []:
            continue
        if name == "body":
            value = _without_docstring(node, value)
        elif name == "values" and isinstance(node, ast.JoinedStr):
            value = _merged(value)
        pieces += [_Text(f"{name}="), value]
    return [*pieces, _Text(")")]


def _merged(values: list[ast.expr]) -> list[ast.expr]:
    """An f-string's pieces: neighbouring texts as one and none empty. Python 3.12 has more."""
    merged: list[ast.expr] = []
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            before = merged[-1] if merged else None
            if isinstance(before, ast.Constant) and isinstance(before.value, str):
                merged[-1] = ast.Constant(before.value + value.value)
            elif value.value:
                merged.append(value)
        else:
            merged.append(value)
    return merged


def _leaf(value: Any) -> str:
    # Not repr for text: what it escapes depends on the Unicode version that Python carries; nor
    # for whole numbers: it refuses long ones.
    if type(value) is int:
        return f"<int {value:x}>"
    text = value if isinstance(value, str) else repr(value)
    return f"<{type(value).__name__} {len(text)} {text}>"


def _without_docstring(node: ast.AST, body: Any) -> Any:
    documented = isinstance(
        node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    )
    if documented and body and isinstance(body[0], ast.Expr):
        value = body[0].value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return body[1:]
    return body


def code_of_modules(modules: tuple[Module, ...], function: str) -> Digest:
    """The digest of a `run` task's code: its function's name and its modules, whole."""
    return digest_json({"function": function, "modules": {m.name: m.digest for m in modules}})


def code_of_files(words: Any, files: dict[str, Digest], modules: Iterable[Module] = ()) -> Digest:
    """The digest of a `command` or `shell` task's code: its words, the files that they name, and
    the modules that those import.
    """
    tree: dict[str, Any] = {
        "words": words,
        "files": files,
    }
    if reached := {module.file: module.digest for module in modules}:
        tree["modules"] = reached
    return digest_json(tree)
