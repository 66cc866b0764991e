"""Files of the checkout that a pipeline names: they must be there, and git must know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.plan.scope import Scope


def check_file(scope: Scope, path: str, *steps: str) -> None:
    """Reports a path that is absent, leads out of the project, or that CI would not see."""
    file = scope.spec.root / path
    if not exists(file):
        scope.error("file-not-found", f"no file '{path}' below the project's root", *steps)
    elif not file.resolve().is_relative_to(scope.spec.root.resolve()):
        scope.error(
            "invalid-path",
            f"'{path}' leads out of the project through a link; expected a path below it",
            *steps,
        )
    elif scope.git.ignores(path):
        scope.error(
            "file-not-in-git",
            f"{path} ({_size(file)}) is ignored by git, so CI can't see it; expected a "
            "file in git, or an artifact",
            *steps,
            hint=f"wombat put {path} {_suggested(path)}, then {{artifact: {_suggested(path)}}}",
        )


def exists(file: Path) -> bool:
    """Whether it is there; a name that is too long for the system isn't."""
    try:
        return file.exists()
    except OSError:
        return False


def _suggested(path: str) -> str:
    folder, _, name = path.rpartition("/")
    stem = name.partition(".")[0].lower().replace("-", "_") or "data"
    return f"{(folder.rpartition('/')[2] or 'data').lower()}/{stem}"


def _size(file: Path) -> str:
    if file.is_dir():
        return "a folder"
    size = float(file.stat().st_size)
    for unit in ("B", "KB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
