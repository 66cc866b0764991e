"""A task's code: the first-party modules that its imports reach, and one digest over them.

The digest is of the syntax, in a serialisation of our own that is the same on every version of
Python: comments, layout and docstrings don't count.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from blake3 import blake3

from wombat.digest import Digest, digest_bytes, digest_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SKIPPED: Final = frozenset(("type_comment", "kind", "ctx", "type_ignores"))


@dataclass(frozen=True)
class Module:
    """One first-party module: its file (project-relative), syntax tree and digest."""

    name: str
    file: str
    tree: ast.Module
    digest: Digest
    is_package: bool


@dataclass
class Checkout:
    """The first-party modules of a project, read once each. Nothing is imported."""

    root: Path
    modules: dict[str, Module | None] = field(default_factory=dict)
    closures: dict[str, tuple[Module, ...]] = field(default_factory=dict)
    broken: dict[str, tuple[str, ...]] = field(default_factory=dict)
    faults: dict[str, SyntaxError] = field(default_factory=dict)

    def __post_init__(self) -> None:
        source = self.root / "src"
        self.roots = (self.root, source) if source.is_dir() else (self.root,)

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
            found: dict[str, Module] = {}
            broken: set[str] = set()
            waiting = [name]
            while waiting:
                for step in _with_packages(waiting.pop()):
                    module = self.module(step)
                    if module is not None and step not in found:
                        found[step] = module
                        waiting.extend(imported(module))
                    elif step in self.faults:
                        broken.add(step)
            self.broken[name] = tuple(sorted(broken))
            self.closures[name] = tuple(found[key] for key in sorted(found))
        return self.closures[name]


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


def imported(module: Module) -> Iterator[str]:
    """Every dotted name that the module's import statements may mean, first-party or not."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            if base is not None:
                yield base
                yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")


def _absolute(module: Module, node: ast.ImportFrom) -> str | None:
    if not node.level:
        return node.module
    steps = module.name.split(".")
    above = steps[: len(steps) - node.level + (1 if module.is_package else 0)]
    if not above:
        return None
    return ".".join([*above, node.module] if node.module else above)


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


def code_of_files(words: Any, files: dict[str, bytes]) -> Digest:
    """The digest of a `command` or `shell` task's code: its words and the scripts they name."""
    return digest_json({"words": words, "files": {k: digest_bytes(v) for k, v in files.items()}})
