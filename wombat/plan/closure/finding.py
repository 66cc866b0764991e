"""Where a dotted name is found below the folders of a project: step by step, as Python does it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class Spot(NamedTuple):
    """What has a dotted name: a file, or folders alone; below `folders` is what it has below."""

    file: Path | None
    folders: tuple[Path, ...] = ()


@dataclass
class Finder:
    """Finds modules below roots. A package or module of any root comes before folders without
    `__init__.py`; what a package has below it is in its own folder alone."""

    roots: tuple[Path, ...]
    _spots: dict[str, Spot | None] = field(default_factory=dict)

    def find(self, name: str) -> Spot | None:
        """Where a dotted name is; None where the roots have nothing of that name."""
        if name not in self._spots:
            above, _, last = name.rpartition(".")
            within = self.find(above) if above else Spot(None, self.roots)
            found = None if within is None else self._below(name, last, within.folders)
            self._spots[name] = found
        return self._spots[name]

    def below(self, name: str) -> Iterator[str]:
        """The names of the modules and packages right below a package or folder."""
        spot = self.find(name)
        for folder in spot.folders if spot is not None else ():
            yield from _submodules(folder)

    def top(self) -> set[str]:
        """The names that its roots may have modules of."""
        there = (one for root in self.roots if _is_folder(root) for one in root.iterdir())
        return {one.name.removesuffix(".py") for one in there}

    def has_code(self, name: str) -> bool:
        """Whether a name is that of a module, or of a folder with modules somewhere below."""
        spot = self.find(name) if name.isidentifier() else None
        if spot is None or spot.file is not None:
            return spot is not None
        return any(next(one.rglob("*.py"), None) is not None for one in spot.folders)

    def _below(self, name: str, last: str, folders: Iterable[Path]) -> Spot | None:
        if not last.isidentifier():
            return None
        folders = tuple(folders)
        for folder in folders:
            if is_file(begin := folder / last / "__init__.py"):
                return Spot(begin, self._within(name, begin))
            if is_file(file := folder / f"{last}.py"):
                return Spot(file)
        plain = tuple(one / last for one in folders if _is_folder(one / last))
        return Spot(None, plain) if plain and last.isascii() else None

    def _within(self, name: str, begin: Path) -> tuple[Path, ...]:
        """A package's own folder; where it says `__path__`, those of that name in other roots."""
        if len(self.roots) == 1 or b"__path__" not in begin.read_bytes():
            return (begin.parent,)
        others = (root / name.replace(".", "/") for root in self.roots)
        return tuple(dict.fromkeys((begin.parent, *(one for one in others if _is_folder(one)))))


def is_file(file: Path) -> bool:
    """Whether it is there and a file; a name that is too long for the system isn't."""
    try:
        return file.is_file()
    except OSError:
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _submodules(folder: Path) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.suffix == ".py" and entry.stem != "__init__":
            yield entry.stem
        elif is_file(entry / "__init__.py"):
            yield entry.name
