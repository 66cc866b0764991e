"""Texts that want to become code somewhere: one file a family, all of them by a stable name."""

from __future__ import annotations

from typing import Final

from tests.injection.payloads.markup import MARKUP
from tests.injection.payloads.paths import PATHS
from tests.injection.payloads.shell import SHELL
from tests.injection.payloads.systems import SYSTEMS
from tests.injection.payloads.unicode import UNICODE
from tests.injection.payloads.yaml import YAML

PAYLOADS: Final[dict[str, str]] = {
    f"{family}-{number:02}": text
    for family, texts in (
        ("shell", SHELL),
        ("systems", SYSTEMS),
        ("yaml", YAML),
        ("unicode", UNICODE),
        ("markup", MARKUP),
        ("paths", PATHS),
    )
    for number, text in enumerate(texts)
}

HALF: Final = frozenset(
    name for name, text in PAYLOADS.items() if any("\ud800" <= c <= "\udfff" for c in text)
)
"""Halves of characters: no UTF-8 file can hold them."""

NUL: Final = frozenset(name for name, text in PAYLOADS.items() if "\0" in text)
"""No word of a command and no variable can hold one."""
