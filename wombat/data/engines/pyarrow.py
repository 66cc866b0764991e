"""pyarrow tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.data.arrow import canonical_table
from wombat.data.forms import form_of, form_of_value

if TYPE_CHECKING:
    import pyarrow as pa

    from wombat.data.engines import Engine
    from wombat.schema.model import FrameSchema


class Pyarrow:
    """The canonical table itself."""

    name = "pyarrow"

    def matches(self, thing: object) -> bool:
        return "pyarrow" in (form_of(thing), form_of_value(thing))

    def from_arrow(self, table: pa.Table, schema: FrameSchema | None) -> pa.Table:  # noqa: ARG002  # the protocol's
        return table

    def to_arrow(self, frame: Any, schema: FrameSchema | None) -> pa.Table:
        return canonical_table(frame, schema)


ENGINE: Final[Engine] = Pyarrow()
