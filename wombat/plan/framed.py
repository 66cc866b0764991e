"""Files that nobody made with Wombat, taken as frames: in which format, by what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from wombat.plan.ir import FileSource, UrlSource

if TYPE_CHECKING:
    from wombat.plan.ir import Source

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


def frame_format(source: Source, kind: str) -> str | None:
    """What an input's option `source` says; None where it is none, or its name tells no format."""
    match source:
        case FileSource(path=path):
            name = path
        case UrlSource(url=url):
            name = unquote(urlsplit(url).path)
        case _:
            return None
    if kind == "directory":
        return FOLDER
    return _BY_SUFFIX.get(name.rpartition("/")[2].rpartition(".")[2].lower())


def unframed(name: str, source: Source, kind: str) -> str:
    """Why an input can't have a schema."""
    if not isinstance(source, FileSource | UrlSource):
        return f"'{name}' is a {kind} and has no schema; only dataframes do"
    where = "the address" if isinstance(source, UrlSource) else "the path"
    return (
        f"'{name}' has a schema, and {where} doesn't end as a table's file does; expected "
        ".parquet, .csv, .jsonl or .arrow"
    )
