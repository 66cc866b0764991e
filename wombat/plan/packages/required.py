"""Which distributions a task requires: those that it names, else those that it imports."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wombat.errors import Diagnostic
from wombat.language.near import near
from wombat.plan.closure.words import named
from wombat.plan.depends import depended
from wombat.plan.functions import find_function
from wombat.plan.packages.distributions import of_command, of_module, replaces_standard
from wombat.plan.packages.lock import EVERY
from wombat.plan.packages.pins import normal
from wombat.plan.packages.stdlib import MODULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.plan.ir import Input
    from wombat.plan.packages.imports import Imports
    from wombat.plan.packages.lock import Lock
    from wombat.plan.scope import Scope

_WORD: Final = re.compile(r"[\w./-]+")
_OURS: Final = "wombat"
"""What Wombat itself does to a result is in the key's own version."""
_FORMS: Final = {
    "dataframe": (("pandas", "polars", "pyarrow"),),
    "array": (("numpy",),),
    "tensors": (("numpy",),),
    "model": (("scikit-learn",), ("skops",), ("onnx",), ("safetensors",)),
}
"""What an argument without an annotation arrives as: of each group the first that is pinned."""


@dataclass(frozen=True)
class Locked:
    """What the project's lock file pins, and what its modules import."""

    lock: Lock
    imports: Imports
    _held: dict[str, set[str]] = field(default_factory=dict)

    def held(self, name: str) -> set[str]:
        """The pinned distributions that may hold a module, by its dotted name."""
        if name not in self._held:
            self._held[name] = of_module(name, self.lock.packages)
        return self._held[name]


@dataclass(frozen=True)
class Found:
    """The pinned distributions that a task needs, and imports that none of them may hold."""

    names: set[str]
    lacking: list[str]


def requires(
    scope: Scope, name: str, inputs: tuple[Input, ...], depends_on: tuple[str, ...]
) -> tuple[str, ...]:
    """A task's distributions, by their names in the lock file; () where there is no such file.

    Where nobody knows which ones, or the file doesn't say what they depend on, it is all of them.
    """
    said, locked = scope.tasks[name].requires, scope.locked
    declared = set(_declared(scope, name, said or ()))
    if locked is None:
        return ()
    found = Found(declared, [])
    if said is None:
        found = _found(scope, locked, _outside(scope, locked, name, depends_on))
        found.names.update(_unimported(scope, locked.lock, name, inputs))
    if found.lacking:
        _note_lacking(scope, locked.lock, name, found.lacking)
    if not depends_on:
        _warn_of_folders(scope, locked.lock, name, found.names)
    if found.lacking or (found.names and not locked.lock.graph):
        return (EVERY,)
    return tuple(sorted(found.names))


def judging(scope: Scope, modules: Iterable[str]) -> dict[str, str]:
    """The version of each distribution that checks in these modules require, and of all that these
    depend on; {} where there is no lock file. The data may arrive in any library of frames."""
    if scope.locked is None:
        return {}
    lock, imports = scope.locked.lock, scope.locked.imports
    found = _found(
        scope, scope.locked, {one for each in modules for one in imports.of_module(each)}
    )
    found.names.update(
        one for group in _FORMS["dataframe"] for one in group if one in lock.packages
    )
    unsure = found.lacking or (found.names and not lock.graph)
    reached = lock.reached((EVERY,) if unsure else found.names)
    return {name: one.version for name, one in reached.items() if name != EVERY}


def _declared(scope: Scope, name: str, said: Iterable[str]) -> Iterator[str]:
    for index, one in enumerate(said):
        where = ("tasks", name, "requires", index)
        if scope.locked is not None:
            yield from _pinned(scope, scope.locked.lock, one, *where)
        elif all(found.code != "lock-file-invalid" for found in scope.sink.found):
            scope.error(
                "requires-not-locked",
                f"'{one}' has no version, as the project has no lock file; expected uv.lock, "
                "pylock.toml or requirements.txt",
                *where,
                hint="uv lock or uv pip compile; 'dependencies' in wombat.yml names another file",
            )


def _pinned(scope: Scope, lock: Lock, said: str, *where: str | int) -> Iterator[str]:
    name = normal(said)
    if name in lock.packages:
        yield name
    else:
        scope.error(
            "requires-not-locked",
            f"'{said}' isn't in {lock.path}; expected a distribution that it pins",
            *where,
            hint=near(name, sorted(lock.packages)),
        )


def _outside(scope: Scope, locked: Locked, name: str, depends_on: tuple[str, ...]) -> set[str]:
    """The dotted names from outside that a task's code imports, wherever it begins."""
    decl, imports = scope.tasks[name], locked.imports
    declared = depended(scope.spec.root, scope.git, depends_on)
    scripts = {file for file in declared if file.endswith(".py")}
    if decl.run is not None:
        modules = {decl.run.partition(":")[0]}
    else:
        found = named(scope.checkout, decl.command or (), decl.shell)
        scripts |= found.scripts.keys()
        modules = {one.partition(":")[0] for one in (*found.modules, *found.entries)}
        modules |= {name for text in found.inline for name in imports.of_text(text)}
        modules |= {f"{one}.__main__" for one in found.modules if scope.checkout.is_ours(one)}
    models = (one.model for one in decl.outputs.values() if one.model is not None)
    modules |= {one.partition(":")[0] for one in models}
    outside = {one for file in scripts for one in imports.of_script(file)}
    return outside | {one for module in modules for one in imports.of_module(module)}


def _found(scope: Scope, locked: Locked, outside: set[str]) -> Found:
    names: set[str] = set()
    lacking: set[str] = set()
    for one in outside:
        top = one.partition(".")[0]
        if top == _OURS or (top in MODULES and not replaces_standard(top)):
            continue
        held = locked.held(one)
        names |= held
        if not (held or top in MODULES or scope.checkout.is_ours(top)):
            lacking.add(top)
    return Found(names, sorted(lacking))


def _unimported(scope: Scope, lock: Lock, name: str, inputs: tuple[Input, ...]) -> Iterator[str]:
    """What a task needs without an import: the forms of its arguments, the commands it calls."""
    decl = scope.tasks[name]
    if decl.run is not None:
        yield from _arriving(scope, lock, decl.run, inputs)
        return
    words = _WORD.findall(decl.shell) if decl.shell is not None else (decl.command or ())[:1]
    for word in {one for one in words if isinstance(one, str)}:
        yield from of_command(word.rpartition("/")[2], lock.packages)


def _arriving(scope: Scope, lock: Lock, run: str, inputs: tuple[Input, ...]) -> Iterator[str]:
    """What arguments arrive as whose annotation doesn't say it, so that no import tells it."""
    module, _, function = run.partition(":")
    found = scope.checkout.module(module)
    signature = find_function(found, function) if found is not None else None
    for one in inputs:
        argument = signature.argument(one.name) if signature is not None else None
        if argument is None or _untold(argument.annotation):
            kinds = _FORMS if one.type == "any" else (one.type,)
            for kind in kinds:
                for group in _FORMS.get(kind, ()):
                    yield from [name for name in group if name in lock.packages][:1]


def _untold(annotation: ast.expr | None) -> bool:
    return annotation is None or (isinstance(annotation, ast.Name) and annotation.id == "Any")


def _note_lacking(scope: Scope, lock: Lock, name: str, lacking: list[str]) -> None:
    listed = ", ".join(f"'{one}'" for one in lacking[:3])
    more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
    scope.sink.add(
        Diagnostic(
            "import-not-locked",
            f"no distribution in {lock.path} is known to hold {listed}{more}, which '{name}' "
            "imports; all of the file counts for this task",
            scope.key_place("tasks", name),
            "requires: [DISTRIBUTION] says which ones it needs",
            "note",
        )
    )


def _warn_of_folders(scope: Scope, lock: Lock, name: str, names: set[str]) -> None:
    """What is installed from a folder has no version that changes with it."""
    for one in sorted(names & lock.folders.keys()):
        folder = lock.folders[one].removeprefix("./").rstrip("/")
        if folder in ("", "."):
            continue
        scope.sink.warn(
            "folder-not-counted",
            f"'{name}' requires {one}, which is installed from the folder '{folder}'; expected "
            "depends_on, since nothing of that folder counts",
            scope.key_place("tasks", name),
            hint=f'depends_on: ["{folder}/**/*.py"]'
            if not folder.startswith(("/", ".."))
            else None,
        )
