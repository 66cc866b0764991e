"""The project's own modules come from their source, never from bytecode that was kept of it.

Python takes kept bytecode for that of a source of the same size and second. So code that was edited
twice in one second would run as it was before, under a key that says how it is now.
"""

from __future__ import annotations

import sys
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.abc import PathEntryFinder
    from types import CodeType

_INSTALLED: Final = frozenset(("site-packages", "dist-packages"))


class FromSource(SourceFileLoader):
    """Compiles a module's source, and keeps nothing."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


def import_from_source(root: Path) -> None:
    """From now on modules below `root` are compiled anew in this process; what is installed there
    isn't the project's own."""
    sys.path_hooks.insert(0, _hook(root))
    for path in list(sys.path_importer_cache):
        if _is_own(path, root):
            del sys.path_importer_cache[path]


def _hook(root: Path) -> Callable[[str], PathEntryFinder]:
    finder = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (FromSource, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )

    def hook(path: str) -> PathEntryFinder:
        if not _is_own(path, root):
            raise ImportError("installed elsewhere", path=path)
        return finder(path)

    return hook


def _is_own(path: str, root: Path) -> bool:
    steps = Path(path)
    return steps.is_relative_to(root) and _INSTALLED.isdisjoint(steps.parts)
