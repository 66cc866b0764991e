"""The codes of errors, collected from the source."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "wombat"
CALLS = ("error", "warn", "unknown", "mistake", "_mistake", "_fatal", "Diagnostic")
BUILT = {"yaml-boolean", "yaml-octal", "yaml-sexagesimal", "yaml-date", "yaml-number"}
"""Codes that a table of scalars.py holds."""
NAMED = {"unknown-image", "unknown-compute"}
"""Codes that are put together from a word of the task."""
COMMAND_LINE = {"param-missing", "unknown-pipeline", "unknown-plugin", "unknown-rule"}
"""Codes of a command line, raised where files are compiled too."""


@cache
def codes_by_file() -> dict[str, set[str]]:
    """For each code the source files that raise it, relative to the package."""
    found: dict[str, set[str]] = {}
    for file in sorted(SOURCE.rglob("*.py")):
        for code in _codes(ast.parse(file.read_bytes())):
            found.setdefault(code, set()).add(file.relative_to(SOURCE).as_posix())
    for code in BUILT:
        found.setdefault(code, set()).add("language/scalars.py")
    for code in NAMED:
        found.setdefault(code, set()).add("plan/tasks.py")
    return found


@cache
def words() -> set[str]:
    """Every text in the source that could be a code."""
    trees = [ast.parse(file.read_bytes()) for file in SOURCE.rglob("*.py")]
    texts = {text for tree in trees for node in ast.walk(tree) for text in _texts(node)}
    return texts | NAMED


def codes_of_files() -> set[str]:
    """The codes that `check` may say of a project's files."""
    parts = ("language/", "plan/", "schema/")
    return {
        code
        for code, files in codes_by_file().items()
        if any(f.startswith(parts) for f in files) and code not in COMMAND_LINE
    }


def _codes(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given = [word.value for word in node.keywords if word.arg == "code"]
            if _called(node) in CALLS or _called(node).endswith(("Fault", "Failed", "Error")):
                given += node.args[:1]
            found |= {text for value in given for text in _texts(value) if _is_code(text)}
        elif isinstance(node, ast.Assign | ast.AnnAssign) and _assigned(node) == "default_code":
            found |= set(_texts(node.value))
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            first = node.value.elts[0] if node.value.elts else None
            found |= {text for text in _texts(first) if _is_code(text) and "-" in text}
    return found


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _assigned(node: ast.Assign | ast.AnnAssign) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return getattr(target, "id", "")


def _texts(node: ast.AST | None) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _is_code(text: str) -> bool:
    return text.replace("-", "").isalnum() and text == text.lower() and " " not in text
