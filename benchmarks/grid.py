"""Chunk sizes and Parquet options against growth, size and time: what the pins were chosen by."""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from full_index import FullIndex
from sets import EDITS, table_versions

from wombat.store.chunking import Chunker
from wombat.store.packs import FRAME

if TYPE_CHECKING:
    import pyarrow as pa

KIB = 1 << 10
Cut = tuple[Chunker, int]
"""A chunker and the size of frames."""


@dataclass(frozen=True)
class Options:
    """How a Parquet file is written; `cdc` is the least and largest page in KiB, or None.

    `group` is rows, 0: where the rows say so.
    """

    name: str
    group: int = 1 << 17
    dictionary: str = "texts"
    page: int = 1 << 20
    codec: str = "zstd"
    level: int | None = 3
    version: str = "1.0"
    cdc: tuple[int, int] | None = None
    norm: int = 0
    batch: int = 1024
    dictionary_limit: int = 1 << 20


@dataclass
class Measured:
    """Of one way of writing and one of cutting: MB and seconds of the first, % a version."""

    way: str
    size: float = 0
    write: float = 0
    read: float = 0
    stored: dict[str, float] = field(default_factory=dict)
    growth: dict[str, dict[str, float]] = field(default_factory=dict)


def write(table: pa.Table, file: Path, options: Options) -> None:
    """As the package's writer does, with other options; its own file where there is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = [one.name for one in table.schema if pa.types.is_string(one.type)]
    chosen: Any = {"texts": texts, "all": True, "none": False}[options.dictionary]
    chunking: Any = False
    if options.cdc:
        low, high = options.cdc
        chunking = {
            "min_chunk_size": low * KIB,
            "max_chunk_size": high * KIB,
            "norm_level": options.norm,
        }
    with pq.ParquetWriter(
        file,
        table.schema,
        version="2.6",
        compression=options.codec,
        compression_level=options.level,
        use_dictionary=chosen,
        data_page_size=options.page,
        data_page_version=options.version,
        write_page_index=True,
        write_batch_size=options.batch,
        dictionary_pagesize_limit=options.dictionary_limit,
        use_content_defined_chunking=chunking,
        store_schema=False,
    ) as writer:
        start = 0
        for length in _groups(table, options.group):
            part = table.slice(start, length).combine_chunks()
            writer.write_table(part, row_group_size=length)
            start += length


def _groups(table: pa.Table, size: int) -> list[int]:
    from wombat.data.groups import group_lengths

    if not size:
        return group_lengths(table)
    return [min(size, table.num_rows - start) for start in range(0, table.num_rows, size)]


def label(cut: Cut) -> str:
    chunker, frame = cut
    sizes = (chunker.smallest, chunker.average, chunker.largest)
    return "/".join(str(s // KIB) for s in sizes) + f" n{chunker.normal} f{frame // KIB}"


def measure(way: str, options: Options | None, count: int, versions: int, cuts: list[Cut]) -> Any:
    """All edits of the table, written one way, cut in each of `cuts`."""
    found = Measured(way)
    for edit in EDITS:
        held: dict[str, list[int]] = {label(c): [] for c in cuts}
        indexes = {label(c): FullIndex(*c) for c in cuts}
        for number, file in enumerate(_files(options, edit, count, versions, found)):
            for name, index in indexes.items():
                held[name].append(index.add([file]))
            if number == 0:
                found.size = file.stat().st_size / 1e6
        for name, sizes in held.items():
            found.stored[name] = sizes[0] / 1e6
            grown = (sizes[-1] - sizes[0]) / sizes[0] / (versions - 1)
            found.growth.setdefault(name, {})[edit] = 100 * grown
    return asdict(found)


def _files(options: Options | None, edit: str, count: int, versions: int, found: Measured) -> Any:
    import pyarrow.parquet as pq
    from pyarrow.csv import write_csv

    from wombat.data.arrow import canonical_table

    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        file = Path(folder) / "table"
        for table in table_versions(edit, count, versions):
            began = time.process_time()
            if options is None:
                write_csv(table, file)
            else:
                write(canonical_table(table), file, options)
            found.write = time.process_time() - began
            if options is not None:
                began = time.process_time()
                pq.read_table(file)
                found.read = time.process_time() - began
            yield file


DEFAULT = (Chunker(), FRAME)
SMALL = (Chunker(32 * KIB, 8 * KIB, 128 * KIB, 1), FRAME)


def cuts() -> list[Cut]:
    """Averages with a quarter and four times as bounds, then bounds, normalisation and frames."""
    found = [
        (Chunker(a * KIB, a * KIB // low, a * KIB * high, n), f * KIB)
        for a, (low, high), n, f in itertools.product(
            (32, 64, 128), ((4, 4), (2, 4), (4, 2)), (0, 1, 2, 3), (128,)
        )
    ]
    more = [
        (Chunker(a * KIB, a * KIB // 4, a * KIB * 4, 1), f * KIB)
        for a, f in itertools.product((32, 64), (64, 256, 512))
    ]
    return [*found, *more]


def ways() -> list[Options]:
    """One option after another away from where we were, then what promised most together."""
    found = [Options("as it was")]
    found += [Options(f"row group 2^{n}", group=1 << n) for n in (16, 18, 20)]
    found += [Options(f"dictionary: {d}", dictionary=d) for d in ("none", "all")]
    found += [Options(f"page {p} KiB", page=p * KIB) for p in (64, 256)]
    found += [Options("snappy", codec="snappy", level=None)]
    found += [Options("no codec", codec="none", level=None)]
    found += [Options("page version 2", version="2.0")]
    found += [
        Options("cdc 64-256 KiB", cdc=(64, 256)),
        Options("cdc 256-1024 KiB", cdc=(256, 1024)),
    ]
    found += [Options("cdc 64-256 KiB, row group 2^20", cdc=(64, 256), group=1 << 20)]
    for codec, level in (("zstd", 3), ("zstd", 1), ("snappy", None), ("none", None)):
        for d in ("texts", "none"):
            name = f"by content, {codec} {level or ''}, dictionary: {d}"
            found.append(Options(name, group=0, codec=codec, level=level, dictionary=d))
    for p in (64, 128, 256):
        found.append(Options(f"by content, page {p} KiB", group=0, page=p * KIB))
    for a, b in ((16, 64), (32, 128), (64, 256), (128, 512)):
        found.append(Options(f"by content, cdc {a}-{b} KiB", group=0, cdc=(a, b)))
        found.append(
            Options(
                f"by content, snappy, cdc {a}-{b}", group=0, cdc=(a, b), codec="snappy", level=None
            )
        )
    return found


def finalists() -> list[Options]:
    """What was left, over more versions and finer cuts."""
    found = [Options("zstd", group=0)]
    for codec in ("snappy", "lz4", "none"):
        found.append(Options(codec, group=0, codec=codec, level=None))
        small = Options(f"{codec}, page 64 KiB", group=0, codec=codec, level=None, page=1 << 16)
        found.append(small)
    short = Options("none, dictionaries to 64 KiB", group=0, codec="none", level=None)
    return [*found, replace(short, dictionary_limit=1 << 16)]


FINE = [
    (Chunker(a * KIB, low * KIB, high * KIB, n), FRAME)
    for a, low, high, n in (
        (64, 16, 256, 1),
        (32, 8, 128, 0),
        (32, 8, 128, 1),
        (32, 8, 64, 0),
        (24, 8, 96, 0),
        (16, 4, 64, 0),
    )
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["cuts", "ways", "finalists"])
    parser.add_argument("--count", type=int, default=1_750_000, help="rows of the table")
    parser.add_argument("--versions", type=int, default=4)
    parser.add_argument("--only", default="", help="ways whose name holds this")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    sizes = given.count, given.versions
    if given.part == "cuts":
        codecs = [Options(c, group=0, codec=c, level=None) for c in ("zstd", "snappy", "none")]
        tasks: list[Any] = [("csv", None, *sizes, cuts())]
        tasks += [(f"parquet {o.name}", o, *sizes, cuts()) for o in codecs]
    elif given.part == "finalists":
        tasks = [(o.name, o, *sizes, FINE) for o in finalists()]
    else:
        some = [o for o in ways() if given.only in o.name]
        tasks = [(o.name, o, *sizes, [DEFAULT, SMALL]) for o in some]
    results = []
    with ProcessPoolExecutor(2) as pool:
        for future in [pool.submit(measure, *task) for task in tasks]:
            results.append(future.result())
            print_rows(results[-1])
    if given.out:
        given.out.write_text(json.dumps(results, indent=1))


def print_rows(one: dict[str, Any]) -> None:
    for cut, growth in one["growth"].items():
        percents = " | ".join(f"{growth[e]:.2f}" for e in EDITS)
        print(
            f"| {one['way']} | {cut} | {one['size']:.1f} | {one['stored'][cut]:.1f} | "
            f"{one['write']:.2f} | {one['read']:.2f} | {percents} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
