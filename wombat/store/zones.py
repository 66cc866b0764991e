"""Zones: who wrote a name, and who may rely on it."""

from __future__ import annotations

import re
from typing import Final, Literal

from wombat.errors import UsageFault

Kind = Literal["t", "u", "local"]

PROJECT: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
PATTERN: Final = rf"(?:t|u|local)/{PROJECT}"

_RANK: Final = {"t": 0, "local": 1, "u": 2}


def zone_of(zone: str, project: str) -> str:
    """`t`, `u` or `local` with a project, or a whole zone such as `t/shop`; raises UsageFault."""
    whole = zone if "/" in zone else f"{zone}/{project}"
    if not re.fullmatch(PATTERN, whole):
        raise UsageFault(
            f"'{whole}' is no zone; expected t, u or local, then the project's name "
            "of letters, digits, '.', '_' and '-'",
            code="store-name",
        )
    return whole


def relied_on(zone: str) -> tuple[str, ...]:
    """The zones that a record or manifest of this zone may name: itself, and the trusted one of the
    same project. What names one of less trust, or another project's, was forged or is a mistake."""
    return tuple(dict.fromkeys((zone, f"t/{zone.partition('/')[2]}")))


def trusted_first(zones: tuple[str, ...]) -> tuple[str, ...]:
    """Where a result is looked for: trusted zones before all others."""
    return tuple(sorted(dict.fromkeys(zones), key=lambda z: (_RANK[z.split("/")[0]], z)))
