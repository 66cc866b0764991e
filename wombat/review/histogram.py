"""Small pictures of counts: a row of blocks, or of ASCII where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCKS: Final = " ▁▂▃▄▅▆▇█"
ASCII: Final = " .:-=+*#@"
_BAR: Final = "▏▎▍▌▋▊▉█"


def shares(counts: Sequence[float]) -> list[float]:
    """Of each count in all of them; zeros where there are none."""
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]


def row(of: Sequence[float], most: float, *, wide: int = 1, plain: bool = False) -> str:
    """Shares as columns of `wide` characters, the height relative to `most`; only what is nothing
    has no height. `plain` is ASCII alone."""
    signs = ASCII if plain else BLOCKS
    top = len(signs) - 1
    heights = (0 if one <= 0 else max(1, round(top * min(one / most, 1.0))) if most else 0
               for one in of)  # fmt: skip
    return "".join(signs[height] * wide for height in heights)


def bar(share: float, most: float, wide: int, *, plain: bool = False) -> str:
    """One share as a bar of at most `wide` characters, `most` being the longest."""
    length = wide * min(share / most, 1.0) if most else 0.0
    if plain:
        return "#" * (max(1, round(length)) if share > 0 else 0)
    eighths = max(1, round(8 * length)) if share > 0 else 0
    whole, rest = divmod(eighths, 8)
    return _BAR[-1] * whole + (_BAR[rest - 1] if rest else "")
