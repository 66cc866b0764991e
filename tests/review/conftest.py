"""Without the tests' own CI: it must not be taken for the project's."""

from tests.api.conftest import _no_ci  # noqa: F401  # found here by its name
