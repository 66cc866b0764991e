"""Files that nobody made with Wombat, taken as frames: in which format, by what they are called."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote, urlsplit

from wombat.plan.ir import FileSource, UrlSource

FOLDER: Final = "folder"
"""Of Parquet files."""
_BY_SUFFIX: Final = {
    "parquet": "parquet",
    "pq": "parquet",
    "csv": "csv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "arrow": "arrow",
    "feather": "arrow",
}


def frame_format(source: FileSource | UrlSource, kind: str) -> str | None:
    """What an input's option `source` says; None where the name tells no format."""
    if kind == "directory":
        return FOLDER
    suffix = _name(source).rpartition(".")[2].lower()
    return _BY_SUFFIX.get(suffix)


def unframed(name: str, source: FileSource | UrlSource) -> str:
    """Why an input can't have a schema."""
    where = "the address" if isinstance(source, UrlSource) else "the path"
    return (
        f"'{name}' has a schema, and {where} doesn't end as a table's file does; expected "
        ".parquet, .csv, .jsonl or .arrow"
    )


def _name(source: FileSource | UrlSource) -> str:
    path = source.path if isinstance(source, FileSource) else unquote(urlsplit(source.url).path)
    return path.rpartition("/")[2]
