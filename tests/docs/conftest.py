"""No CI at hand, as in the interface's tests."""

from tests.api.conftest import _no_ci  # noqa: F401  # found here by its name
