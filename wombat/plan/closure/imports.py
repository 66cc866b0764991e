"""What single import statements and calls name, read off the syntax."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_CALLS: Final = ("import_module", "__import__")


def absolute(package: list[str], name: str, level: int) -> str | None:
    """The dotted name that `from ..name` means in a module of `package`; None beyond its top."""
    if not level:
        return name
    above = package[: max(0, len(package) - level + 1)]
    if not above:
        return None
    return ".".join([*above, name] if name else above)


def dynamic_import(package: list[str], call: ast.Call) -> str | None:
    """The module that a call of `import_module` or `__import__` with a literal name imports."""
    function = call.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    name = _text(call.args[0]) if called in _CALLS and call.args else None
    if name is None:
        return None
    bare = name.lstrip(".")
    if bare and not is_dotted(bare):
        return None
    given = [word.value for word in call.keywords if word.arg == "package"] or call.args[1:2]
    base = _text(given[0]) if given and called == "import_module" else None
    return absolute(base.split(".") if base else package, bare, len(name) - len(bare)) or None


def with_packages(name: str) -> Iterator[str]:
    """`a`, `a.b`, `a.b.c`: importing the last runs all of them."""
    steps = name.split(".")
    for count in range(1, len(steps) + 1):
        yield ".".join(steps[:count])


def is_dotted(name: str) -> bool:
    """Whether a module can have that name."""
    return all(step.isidentifier() for step in name.split("."))


def exported(tree: ast.Module) -> list[str] | None:
    """A module's `__all__`; [] where it says none, None where it isn't all literal."""
    names: list[str] = []
    said = read = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "__all__":
            said += 1
        elif isinstance(node, ast.alias) and "__all__" in (node.name, node.asname):
            return None
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and _to_all(node):
            value = node.value
            if isinstance(value, ast.List | ast.Tuple) and all(_text(item) for item in value.elts):
                names += [_text(item) or "" for item in value.elts]
                read += 1
    return names if said == read else None


def _to_all(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [getattr(target, "id", "") for target in targets] == ["__all__"]


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
