"""Many files and huge ones: memory stays below a bound, whatever the size."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SOAK = bool(os.environ.get("WOMBAT_SOAK"))
FILES = 1_000_000 if SOAK else 20_000
BYTES = (20 if SOAK else 2) << 30
BOUND = 200 << 20

SCRIPT = """
import sys
from pathlib import Path
from tests.memory import peak
from wombat.store import open_store
from wombat.store.verify import verify

store = open_store(sys.argv[1], project="shop", zone="local")
artifact = store.push_tree(Path(sys.argv[2]), type="directory")
output = {"o": artifact.to_json()}
store.record_attempt("p", "r", "t", None, {"state": "done", "outputs": output})
if sys.argv[3]:
    store.fetch_tree(artifact, Path(sys.argv[3]))
else:
    assert verify(store.space, read_data=True).sound
print(store.manifest(artifact).files, peak())
"""


def measured(top: Path, out: str) -> tuple[int, int]:
    """Files of the artifact, and the most memory that its push and pull held, in bytes."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(top / "store"), str(top / "tree"), out],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XDG_CACHE_HOME": str(top / "cache")},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    files, most = done.stdout.split()
    return int(files), int(most)


@pytest.mark.slow
def test_many_small_files(tmp_path: Path) -> None:
    for number in range(FILES):
        if number % 1000 == 0:
            folder = tmp_path / "tree" / f"{number // 1000:04}"
            folder.mkdir(parents=True)
        (folder / f"{number:07}").write_bytes(b"%d" % (number % 977) * 40)
    files, most = measured(tmp_path, str(tmp_path / "out"))
    assert files == FILES
    assert most <= BOUND, f"{most >> 20} MiB"
    assert sum(len(found) for _, _, found in os.walk(tmp_path / "out")) == FILES


@pytest.mark.slow
def test_a_huge_sparse_file(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    with (tmp_path / "tree" / "huge").open("wb") as stream:
        stream.truncate(BYTES)
        stream.seek(BYTES // 2)
        stream.write(os.urandom(1 << 20))
    files, most = measured(tmp_path, "")
    assert files == 1
    assert most <= BOUND, f"{most >> 20} MiB"
