"""Collecting the parts of a foreach: frames one below the other, their keys as columns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from wombat.errors import TaskFailed

if TYPE_CHECKING:
    from collections.abc import Mapping


def inner(annotation: Any) -> Any:
    """What a list's or dict's annotation says of its values; None where it says nothing."""
    if isinstance(annotation, str):
        _, bracket, rest = annotation.strip("'\"").partition("[")
        return rest.rstrip("]").rpartition(",")[2].strip() if bracket else None
    arguments = get_args(annotation)
    return arguments[-1] if arguments else None


def merge_frames(given: dict[str, Any], folders: Mapping[str, Path], shown: str) -> Path:
    """One frame of all parts, in the order of their labels; a folder with `data.parquet`.

    Each foreach key that is collected becomes a text column. Raises TaskFailed `collect-schema`
    where the parts' columns differ.
    """
    from wombat.data.engines import load_engine

    load_engine("pyarrow")  # says which extra is missing
    from wombat.data.collect import collect_table
    from wombat.data.parquet import NAME, write_parquet

    parts = [(given["parts"][label]["values"], folder) for label, folder in folders.items()]
    try:
        table = collect_table(parts)
    except TaskFailed as error:
        message = f"{shown}: input '{given['name']}': {error.message}"
        raise TaskFailed(message, code=error.code, hint=error.hint) from None
    target = Path(given["folder"]) / "frame"
    target.mkdir()
    write_parquet(table, target / NAME)
    given["parts"] = None
    return target
