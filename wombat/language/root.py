"""The project's root: where its folders stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

PROJECT_FILE: Final = "wombat.yml"
PIPELINES: Final = "pipelines"
SCHEMAS: Final = "schemas"


def in_project(folder: Path) -> bool:
    """Whether a folder is a project's root."""
    return (folder / PROJECT_FILE).is_file() or (folder / PIPELINES).is_dir()


def find_root(start: Path) -> Path:
    """The nearest folder upwards that has a `wombat.yml` or `pipelines/`; else `start`.

    The search ends at the repository's root.
    """
    for folder in (start, *start.parents):
        if in_project(folder):
            return folder
        if (folder / ".git").exists():
            break
    return start
