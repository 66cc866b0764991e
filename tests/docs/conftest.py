"""No CI at hand, as in the interface's tests; a terminal as wide as pages are."""

import pytest

from tests.api.conftest import _no_ci  # noqa: F401  # found here by its name


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner of the tests may say how wide its own terminal is."""
    monkeypatch.setenv("COLUMNS", "118")
