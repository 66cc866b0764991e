"""Fixtures of the injection corpus."""

from tests.e2e.harness import tools

__all__ = ["tools"]
