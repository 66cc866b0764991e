"""Which rows of a table fail which check, one file a library; all give the same answers."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol, cast

from wombat import plugins

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pyarrow as pa

    from wombat.data.probes import Probe

    Bits = np.ndarray[Any, np.dtype[np.bool_]]


class Masks(Protocol):
    """Checks of values and of pairs of columns, and rows that stand twice.

    Tables are canonical; nulls fail no check of values. No method changes its argument, and each
    may be called from any thread.
    """

    name: str

    def failing(self, table: pa.Table, probes: Sequence[Probe]) -> list[int]:
        """How many rows fail each, in one pass over the table."""
        ...

    def rows(self, table: pa.Table, probes: Sequence[Probe]) -> list[Bits]:
        """Which rows fail each."""
        ...

    def repeated(self, table: pa.Table) -> Bits | None:
        """Rows that stand in the table more than once, nulls being equal; None where all differ."""
        ...


def load_masks(name: str | None = None) -> Masks:
    """Those of that name; without one polars' where it is installed, else pyarrow's."""
    chosen = name or ("polars" if find_spec("polars") else "pyarrow")
    return cast("Masks", plugins.load(__name__, chosen, "MASKS"))
