"""Libraries that an extra brings: named where they are missing, before they are imported."""

from __future__ import annotations

from importlib.util import find_spec

from wombat.errors import MissingExtra


def require(library: str, what: str, extra: str) -> None:
    """Raises MissingExtra, with the command that installs it, where a library isn't there."""
    if find_spec(library) is None:
        raise MissingExtra(what, extra)
