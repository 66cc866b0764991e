"""What git says of a checkout's files."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class GitFiles:
    """Which paths git ignores. Asked at most once a path; without git nothing is ignored."""

    root: Path
    _answers: dict[str, bool] = field(default_factory=dict)

    def ignores(self, path: str) -> bool:
        if path not in self._answers:
            self._answers[path] = self._ask(path)
        return self._answers[path]

    def _ask(self, path: str) -> bool:
        command = ["git", "-C", str(self.root), "check-ignore", "-q", "--", path]
        try:
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            return False
