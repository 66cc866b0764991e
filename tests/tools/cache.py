"""Where the tests' tools are kept: one cache folder for each set of pins."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

HERE = Path(__file__).parent
PINS = ("package-lock.json", "node.txt", "dvc.txt", "install.sh")


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/wombat-tests/<digest of the pins>`; it may not exist yet."""
    digest = hashlib.sha256()
    for name in PINS:
        digest.update((HERE / name).read_bytes())
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "wombat-tests" / digest.hexdigest()[:16]


if __name__ == "__main__":
    print(cache_folder())
