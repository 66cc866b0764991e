"""What git says of a checkout's files."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


@dataclass
class GitFiles:
    """Which paths git ignores. Asked at most once a path; without git nothing is ignored."""

    root: Path
    meant: dict[str, set[str]] = field(default_factory=dict)
    """The files that a pattern means and that git doesn't ignore, once somebody asked."""
    _answers: dict[str, bool] = field(default_factory=dict)

    def ignores(self, path: str) -> bool:
        if path not in self._answers:
            self._answers[path] = self._ask(path)
        return self._answers[path]

    def ignored(self, paths: Collection[str]) -> set[str]:
        """Which of these paths git ignores, asked at once."""
        unknown = [path for path in paths if path not in self._answers]
        if unknown:
            said = self._list(unknown)
            self._answers |= {path: path in said for path in unknown}
        return {path for path in paths if self._answers[path]}

    def _list(self, paths: list[str]) -> set[str]:
        command = ["git", "-C", str(self.root), "check-ignore", "-z", "--stdin"]
        given = b"".join(os.fsencode(path) + b"\0" for path in paths)
        try:
            found = subprocess.run(command, input=given, capture_output=True, check=False)
        except OSError:
            return set()
        return {os.fsdecode(path) for path in found.stdout.split(b"\0") if path}

    def _ask(self, path: str) -> bool:
        command = ["git", "-C", str(self.root), "check-ignore", "-q", "--", path]
        try:
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            return False
