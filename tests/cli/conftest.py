"""The same project as the interface's tests have."""

from tests.api.conftest import _no_ci, root  # noqa: F401  # found here by their names
