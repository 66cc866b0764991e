"""Canonical Parquet: the same frame has the same bytes."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from wombat.data.arrow import (
    arrow_type,
    canonical_table,
    check_names,
    logical_type,
    project,
    taken,
)
from wombat.data.groups import LARGEST, group_lengths
from wombat.digest import canonical_json
from wombat.schema.types import type_from_json

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.schema.model import FrameSchema
    from wombat.schema.types import LogicalType

NAME: Final = "data.parquet"
PAGE_BYTES: Final = 1 << 16
CODEC: Final = "snappy"
"""A change in place changes less of such a page than of one of zstd; a store compresses anyway."""
_MAKER: Final = b"parquet-cpp-arrow version "
_SIGNED: Final = b"wombat version 1.0.0"
TYPES_KEY: Final = b"wombat.types"


def write_parquet(table: pa.Table, file: Path) -> None:
    """Writes a canonical table with pinned options; the bytes depend on the data alone.

    Not atomic: the caller owns the folder until it is stored.
    """
    schema = table.schema
    with pq.ParquetWriter(
        file,
        schema,
        version="2.6",
        compression=CODEC,
        use_dictionary=_texts(schema),
        data_page_size=PAGE_BYTES,
        data_page_version="1.0",
        write_statistics=True,
        write_page_index=True,
        write_batch_size=1024,
        store_schema=False,
    ) as writer:
        start = 0
        for length in group_lengths(table):
            # one chunk a row group: pages never depend on how the maker cut its chunks
            part = table.slice(start, length).combine_chunks()
            writer.write_table(part, row_group_size=LARGEST)
            start += length
        if kept := _types(schema):
            writer.add_key_value_metadata(kept)
    _sign(file)


def _sign(file: Path) -> None:
    """Puts our name where the writing library's version stands, which would move the digest."""
    with file.open("r+b") as stream:
        stream.seek(-8, os.SEEK_END)
        length = int.from_bytes(stream.read(4), "little")
        start = stream.seek(-8 - length, os.SEEK_END)
        footer = stream.read(length)
        at = footer.rfind(_MAKER)
        if at < 0:
            return
        end = at + footer[at - 1]  # a short text: one byte of length before it
        footer = footer[: at - 1] + bytes([len(_SIGNED)]) + _SIGNED + footer[end:]
        stream.seek(start)
        stream.write(footer + len(footer).to_bytes(4, "little") + b"PAR1")
        stream.truncate()


def _texts(schema: pa.Schema) -> list[str] | bool:
    return [one.name for one in schema if pa.types.is_string(one.type)] or False


def _types(schema: pa.Schema) -> dict[bytes, bytes]:
    """What Parquet itself can't say: time zones, seconds, durations, columns without a type."""
    kept: dict[str, Any] = {}
    for one in schema:
        kind = logical_type(one.type)
        if _is_lost(kind):
            kept[one.name] = kind.to_json()
    return {TYPES_KEY: canonical_json(kept)} if kept else {}


def _is_lost(kind: LogicalType) -> bool:
    inner = [kind.item] if kind.item else [one for _, one in kind.fields]
    if inner:
        return any(_is_lost(one.type) for one in inner)
    return kind.timezone not in (None, "UTC") or kind.unit == "s" or kind.kind == "duration"


def read_parquet(file: Path, schema: FrameSchema | None = None) -> pa.Table:
    """The canonical table of a Parquet file, also of one that others wrote.

    With a schema of a consumer, only the columns that it takes are read. Raises
    pyarrow.ArrowInvalid where it is no Parquet file.
    """
    with pq.ParquetFile(file, memory_map=True) as source:
        names = source.schema_arrow.names
        check_names(names)
        return project(_read(source, taken(names, schema) if schema else None), schema)


def read_fields(file: Path, schema: FrameSchema | None = None) -> tuple[pa.Schema, int]:
    """The names and canonical types that `read_parquet` finds, and how many rows: by the file's
    footer alone."""
    with pq.ParquetFile(file, memory_map=True) as source:
        check_names(source.schema_arrow.names)
        empty = _canonical(source, source.schema_arrow.empty_table())
        return project(empty, schema).schema, source.metadata.num_rows


def _read(source: pq.ParquetFile, names: list[str] | None) -> pa.Table:
    # one at least, or nobody would know how many rows there are; where a name has a point, Arrow
    # reads what begins alike, too
    some = None if names is None else names or source.schema_arrow.names[:1]
    return _canonical(source, source.read(columns=some))


def _canonical(source: pq.ParquetFile, table: pa.Table) -> pa.Table:
    kept = (source.metadata.metadata or {}).get(TYPES_KEY)
    return canonical_table(_restored(table, json.loads(kept)) if kept else table)


def _restored(table: pa.Table, kept: dict[str, Any]) -> pa.Table:
    fields = []
    for one in table.schema:
        if one.name in kept:
            fields.append(pa.field(one.name, arrow_type(type_from_json(kept[one.name]))))
        else:
            fields.append(one)
    return table.cast(pa.schema(fields))
