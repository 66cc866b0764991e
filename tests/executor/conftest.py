"""A project in a temporary folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.executor.plans import Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Project]:
    """Makes the project: its `work.py` holds the code given."""
    return lambda code="": Project(tmp_path / "project", code)
