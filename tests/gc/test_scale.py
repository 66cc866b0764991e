"""A pass over many objects: bounded memory, and only what is new is read again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = bool(os.environ.get("WOMBAT_SOAK"))
MANIFESTS = 100_000 if SOAK else 4_000
ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_requests_and_memory() -> None:
    words = [sys.executable, "-m", "tests.gc.scale", str(MANIFESTS)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    print(done.stdout)
    first, later, deletes = (json.loads(line) for line in done.stdout.splitlines())
    pages = first["objects"] // 1000
    assert first["dooms"] == MANIFESTS
    assert deletes["deletes"] == MANIFESTS
    assert first["requests"] <= MANIFESTS * 1.01 + pages + 100
    assert later["requests"] <= pages + 100
    # Doomed manifests are read once more when they go, and what is deleted goes in thousands.
    assert deletes["requests"] <= pages + MANIFESTS // 1000 + 120
    assert max(one["peak MB"] for one in (first, later, deletes)) <= 200
    assert all(one["seconds"] <= 120 for one in (first, later, deletes))
