"""pandera schemas out of ours, and ours out of pandera's; pandera is loaded by those who ask."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final, Literal

from wombat.data.pandera.schemas import Made, frame_tree
from wombat.errors import CheckFailed

if TYPE_CHECKING:
    from wombat.data.pandera.schemas import Target
    from wombat.schema.model import FrameSchema

Library = Literal["pandas", "polars", "pyspark"]
LIBRARIES: Final[tuple[Library, ...]] = ("pandas", "polars", "pyspark")


def target_of(library: Library) -> Target:
    """A library's dtypes and checks as expressions; loads no dataframe library."""
    target: Target = importlib.import_module(f"{__name__}.{library}").TARGET
    return target


def described(schema: FrameSchema, library: Library, *, taken: bool = False) -> Made:
    """The expression of a schema in a library of pandera, with what it can't say."""
    return frame_tree(schema, target_of(library), taken=taken)


def to_pandera(
    schema: FrameSchema, library: Library, *, taken: bool = False, lossy: bool = False
) -> Any:
    """The `DataFrameSchema` that judges frames in the library's canonical types.

    Frames as `from_arrow(table, schema)` of the engine gives them, already shaped: with defaults,
    fills and casts. Raises CheckFailed `schema-unsayable` naming everything that the library can't
    say, unless `lossy`; TaskFailed where code of one's own can't be imported.
    """
    from wombat.data.pandera.build import build

    made = described(schema, library, taken=taken)
    if made.losses and not lossy:
        raise unsayable(schema, f"pandera-{library}", made.losses)
    return build(made.tree, library)


def unsayable(schema: FrameSchema, target: str, lost: list[str]) -> CheckFailed:
    return CheckFailed(
        f"{target} can't say all of {schema.name}: {', '.join(lost)}",
        code="schema-unsayable",
        hint="--lossy leaves it out, and says so in the file",
    )


def verdict(frame: Any, schema: Any) -> bool:
    """Whether a pandera schema accepts a frame, by all of its checks, whatever the environment
    says about them. Values are never shown."""
    import warnings

    from pandera.config import ValidationDepth, config_context
    from pandera.errors import SchemaError, SchemaErrors

    depth = ValidationDepth.SCHEMA_AND_DATA
    forced = config_context(validation_enabled=True, validation_depth=depth)
    with forced, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # not lazily: pandera's own list of failing cases breaks on durations of polars
            answer = schema.validate(frame)
        except (SchemaError, SchemaErrors):
            return False
    # on Spark it never raises
    return not getattr(getattr(answer, "pandera", None), "errors", None)
