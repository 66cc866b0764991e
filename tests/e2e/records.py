"""What a store's records say of runs: read from its files, as anybody could."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Records:
    """One zone of a project's part of a store."""

    store: Path
    zone: str = "t"
    project: str = "shop"

    @property
    def root(self) -> Path:
        return self.store / self.zone / self.project

    def runs(self, pipeline: str) -> list[str]:
        """The ids of its runs, the oldest order first."""
        found = {path.parent.name: _read(path) for path in self._below(pipeline).glob("*/header")}
        return sorted(found, key=lambda run: found[run]["header"]["order"])

    def header(self, pipeline: str, run: str) -> dict[str, Any]:
        header: dict[str, Any] = _read(self._below(pipeline) / run / "header")["header"]
        return header

    def states(self, pipeline: str, run: str) -> dict[str, list[str]]:
        """The state of every attempt, by task and part: `score=us`."""
        folder = self._below(pipeline) / run
        return {
            unit.name: [_read(unit / number)["state"] for number in _numbers(unit)]
            for unit in sorted(folder.iterdir())
            if unit.is_dir()
        }

    def begun(self) -> dict[str, list[str]]:
        """The pipelines that have runs, and those."""
        folder = self.root / "runs"
        names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        return {name: runs for name in names if (runs := self.runs(name))}

    def head(self, pipeline: str, branch: str = "main", kind: str = "heads") -> dict[str, Any]:
        """The newest record of a ref; empty where there is none."""
        moves = sorted((self.root / "refs" / pipeline / kind / branch).glob("*"))
        return _read(moves[0]) if moves else {}

    def moves(self, pipeline: str, branch: str = "main") -> int:
        """How often a branch moved."""
        return len(list((self.root / "refs" / pipeline / "heads" / branch).glob("*")))

    def _below(self, pipeline: str) -> Path:
        return self.root / "runs" / pipeline


def _numbers(unit: Path) -> list[str]:
    return sorted((path.name for path in unit.iterdir()), key=int)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def files(store: Path) -> dict[str, int]:
    """Every file below a store with its size: equal where nothing was written."""
    return {
        str(path.relative_to(store)): path.stat().st_size
        for path in store.rglob("*")
        if path.is_file()
    }
