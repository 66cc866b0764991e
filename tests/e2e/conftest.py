"""Fixtures of the end-to-end tests."""

from tests.e2e.harness import scratch_project, team_project, tools

__all__ = ["scratch_project", "team_project", "tools"]
