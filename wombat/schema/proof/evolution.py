"""What a change of a schema means for those who read it, and for data that is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wombat.schema.proof.relate import relate
from wombat.schema.proof.shape import stored

if TYPE_CHECKING:
    from wombat.schema.model import FrameSchema
    from wombat.schema.policy import Cast
    from wombat.schema.proof.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Evolution:
    """`consumers_safe`: new frames hold what the old schema promised. `old_data_readable`: old
    frames are what the new schema asks for, with its defaults. A refuted one carries a frame that
    one schema accepts and the other doesn't."""

    consumers_safe: Verdict
    old_data_readable: Verdict


def evolve(old: FrameSchema, new: FrameSchema, *, cast: Cast = "none") -> Evolution:
    """Both directions; `cast` is how old data is read."""
    promised = stored(old)
    if old.extra is None or old.extra == "drop":
        promised = _open(promised)
    return Evolution(relate(new, promised), relate(old, new, cast=cast))


def _open(schema: FrameSchema) -> FrameSchema:
    """Further columns break nobody who didn't ask for there being none."""

    return replace(schema, extra="drop")
