"""Where the tests' tools are kept: one cache folder for each set of pins."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
PINS = ("package-lock.json", "node.txt", "dvc.txt", "install.sh")


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/wombat-tests/<digest of the pins>`; it may not exist yet."""
    return _folder(PINS)


def servers_folder() -> Path:
    """The venv of the S3 servers, which are needed apart from the rest; it may not exist yet."""
    return _folder(("servers.txt",)) / "servers"


def peers_folder() -> Path:
    """The venv of DVC as the store's benchmark drives it; it may not exist yet."""
    return _folder(("peers.txt",)) / "peers"


def spark_folder() -> Path:
    """The venv of Spark, which needs an older pandas; it may not exist yet."""
    return _folder(("spark.txt",)) / "spark"


def runners_folder() -> Path:
    """The venv of what `wombat run` is compared with; it may not exist yet."""
    return _folder(("runners.txt",)) / "runners"


def _folder(pins: tuple[str, ...]) -> Path:
    digest = hashlib.sha256()
    for name in pins:
        digest.update((HERE / name).read_bytes())
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "wombat-tests" / digest.hexdigest()[:16]


if __name__ == "__main__":
    folders = {
        "servers": servers_folder,
        "peers": peers_folder,
        "spark": spark_folder,
        "runners": runners_folder,
    }
    print(folders.get("".join(sys.argv[1:]), cache_folder)())
