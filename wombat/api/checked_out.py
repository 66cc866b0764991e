"""A whole checkout of a commit in a folder of its own: neither worktree nor index is touched."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@contextmanager
def checked_out(root: Path, commit: str) -> Iterator[Path | None]:
    """The project's root as git has it at a commit, its files as a checkout has them: executable,
    with ends of lines and filters, links too; no submodules. None where git hasn't it."""
    top = _git(root, "rev-parse", "--show-toplevel") if _COMMIT.fullmatch(commit) else None
    below = _git(root, "rev-parse", "--show-prefix")
    if top is None or below is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="wombat-commit-") as folder:
        tree = Path(folder).resolve() / "tree"
        index = {"GIT_INDEX_FILE": str(tree.with_name("index"))}
        read = _git(Path(top), "read-tree", f"{commit}^{{commit}}", environ=index)
        words = ("checkout-index", "--all", "--quiet", f"--prefix={tree}/")
        done = read is not None and _git(Path(top), *words, environ=index) is not None
        found = tree / below
        yield found if done and found.is_dir() else None


def _git(at: Path, *words: str, environ: Mapping[str, str] | None = None) -> str | None:
    """What it says, without the line's end; None where it fails, or isn't there."""
    try:
        done = subprocess.run(
            ["git", "-C", str(at), *words],
            capture_output=True,
            check=False,
            env={**os.environ, **(environ or {})},
        )
    except OSError:
        return None
    return None if done.returncode else os.fsdecode(done.stdout).removesuffix("\n")
