"""pandera's verdict on a frame, from a schema built for it; the same in each of its libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = tuple[str, Callable[[Any], bool]]
    """A check's word, and the function that pandera calls once with what it hands to checks."""


def decide(pandera: Any, frame: Any, columns: dict[str, list[Check]], whole: list[Check]) -> bool:
    """Whether pandera accepts the frame. `pandera` is pandera.pandas or pandera.polars."""
    from pandera.config import ValidationDepth, config_context

    def check(name: str, function: Callable[[Any], bool]) -> Any:
        return pandera.Check(function, name=name, ignore_na=False, n_failure_cases=1)

    schema = pandera.DataFrameSchema(
        {
            name: pandera.Column(
                None, nullable=True, checks=[check(word, run) for word, run in found]
            )
            for name, found in columns.items()
        },
        checks=[check(word, run) for word, run in whole],
        strict=True,
    )
    # Forced: an environment variable could turn pandera off.
    depth = ValidationDepth.SCHEMA_AND_DATA
    with config_context(validation_enabled=True, validation_depth=depth):
        try:
            schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors:
            return False
    return True
