"""Which rows stand in a table more than once, one file a library; all give the same answers."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol, cast

from wombat import plugins

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Bits = np.ndarray[Any, np.dtype[np.bool_]]


class Repeats(Protocol):
    """Tables are canonical; nulls are equal, and so are both zeros. Any thread may call it."""

    name: str

    def rows(self, table: pa.Table) -> Bits | None:
        """Of each row whether another is its equal; None where all differ."""
        ...


def load_repeats(name: str | None = None) -> Repeats:
    """Those of that name; without one polars' where it is installed, else numpy's."""
    chosen = name or ("polars" if find_spec("polars") else "numpy")
    return cast("Repeats", plugins.load(__name__, chosen, "REPEATS"))
