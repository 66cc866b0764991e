"""Dataframe libraries: one file each, imported only when a frame of theirs is met."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol, cast

from wombat import plugins
from wombat.errors import MissingExtra

if TYPE_CHECKING:
    import pyarrow as pa

    from wombat.schema.model import FrameSchema


class Engine(Protocol):
    """A dataframe library. Every frame passes through the canonical Arrow table.

    No method changes its argument, and each may be called from any thread.
    """

    name: str

    def matches(self, thing: object) -> bool:
        """Whether a value, or an annotation (object or text), is this library's frame.

        Imports nothing.
        """
        ...

    def from_arrow(self, table: pa.Table, schema: FrameSchema | None) -> Any:
        """The frame of a canonical table, in the library's canonical types."""
        ...

    def to_arrow(self, frame: Any, schema: FrameSchema | None) -> pa.Table:
        """The canonical table of a frame; TaskFailed where the frame can't be one."""
        ...


def load_engine(name: str) -> Engine:
    """The engine of that name; MissingExtra where its libraries aren't installed."""
    extra = {"polars": "polars", "pyspark": "spark"}.get(name, "pandas")
    needed = ("pyarrow", *(() if name == "pyarrow" else (name,)))
    if any(find_spec(one) is None for one in needed):
        raise MissingExtra(f"{name} frames", extra)
    return cast("Engine", plugins.load(__name__, name, "ENGINE"))
