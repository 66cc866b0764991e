"""For all tests: their own CI is not taken for a project's, no user's cache is written, and what
is drawn is the same in every run."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.same import profiles
from wombat.ci import AUTOMATED

if TYPE_CHECKING:
    import pytest

_MADE: list[str] = []

profiles()


def pytest_configure(config: pytest.Config) -> None:
    """Before anything reads the environment; what tests start inherits it."""
    for name in ("CI", "WOMBAT_ALLOW_ENDPOINT", "WOMBAT_CACHE_SIZE", *AUTOMATED):
        os.environ.pop(name, None)
    tools = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wombat-tests"
    cache = tempfile.mkdtemp(prefix="wombat-tests-cache-")
    _MADE.append(cache)
    # What tests/tools/install.sh fetched, stays where it is.
    Path(cache, "wombat-tests").symlink_to(tools.resolve())
    os.environ["XDG_CACHE_HOME"] = cache


def pytest_unconfigure(config: pytest.Config) -> None:
    for cache in _MADE:
        shutil.rmtree(cache, ignore_errors=True)
