"""What is known of an edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from wombat.schema.proof.frame import Table

Kind = Literal["proven", "refuted", "unknown", "untyped"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`column` and `check` (as findings name them) say where it doesn't hold, or isn't known to.

    `witness` is a frame that was executed: a header row, then rows. All values are made up from
    the schemas, those of columns with `pii` too. `example` is what people are shown of it: columns
    at fault and keys. `suggestion` completes "to mend it, say …".
    """

    kind: Kind
    reason: str
    column: str | None = None
    witness: Table = ()
    check: str | None = None
    suggestion: str | None = None
    example: Table = ()
