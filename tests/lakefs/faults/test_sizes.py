"""Many files, large ones and empty ones: pages, batches, and memory that doesn't grow with them."""

from __future__ import annotations

import subprocess
import sys
from random import Random
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.lakefs.faults.conftest import Scene
    from tests.lakefs.projects import Files

pytestmark = pytest.mark.slow

SYNC = """\
import sys
from tests.memory import peak
from wombat.cli.entry import run
code = run(["lakefs", "sync", "-C", sys.argv[1]])
print(peak())
sys.exit(code)
"""


def test_many_files(scene: Scene) -> None:
    """More than a page of a listing, and than a request deletes."""
    names = [f"{n % 7}/{n:04}-ü" for n in range(1_100)]
    files: Files = {name: name.encode() if n % 5 else b"" for n, name in enumerate(names)}
    scene.publish({"load.table": files})
    assert scene.project_now().uploaded == 1_100
    assert scene.gate.counts()["listObjects"] == 3  # of the target, and two of the commit
    scene.gate.forget()
    assert scene.project_now().outcome == "unchanged"
    assert set(scene.gate.counts()) == {"listBranches", "getCommit", "listObjects", "getObject"}

    scene.publish({"load.table": {names[0]: b"other", names[1]: files[names[1]]}})
    scene.gate.forget()
    done = scene.project_now()
    assert (done.uploaded, done.deleted, done.unchanged) == (1, 1_098, 1)
    assert scene.gate.counts()["deleteObjects"] == 2
    assert scene.gate.counts()["uploadObject"] == 2  # and the record
    assert scene.look.files() == {
        f"data/shop/load/table/{names[0]}": b"other",
        f"data/shop/load/table/{names[1]}": files[names[1]],
    }


def test_memory_does_not_grow_with_a_file(scene: Scene) -> None:
    peaks = []
    for size in (1, 128):
        scene.publish({"train.model": {"model.bin": Random(1).randbytes(size << 20) + b"end"}})
        done = subprocess.run(
            [sys.executable, "-c", SYNC, str(scene.project.root)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        peaks.append(int(done.stdout.split()[-1]) >> 20)
    (held,) = (one for one in scene.look.listed() if one["path"].endswith("model.bin"))
    assert held["size_bytes"] == (128 << 20) + 3
    assert peaks[1] - peaks[0] < 80, peaks  # four packs of 16 MiB ahead, and no more
