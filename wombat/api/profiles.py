"""Names of profiles: a misspelt one would silently be as strict as can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.errors import UsageFault
from wombat.language.near import listed, near

if TYPE_CHECKING:
    from collections.abc import Collection


def require_profile(name: str, origin: str, known: Collection[str]) -> None:
    """UsageFault `unknown-profile` for a name that isn't known; `origin` says who said it."""
    if name in known:
        return
    raise UsageFault(
        f"no profile '{name}' ({origin}); expected one of {listed(sorted(known))}",
        code="unknown-profile",
        hint=near(name, known) or f"profiles: {{{name}: {{}}}} in wombat.yml makes one",
    )
