"""The data of the store's benchmark: the same bytes from the same seed, half of it compressible."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

EDITS = ("appended", "in-place", "inserted", "scattered")
FORMATS = ("csv", "parquet")
BLOCK = 64 << 10
WORDS = re.split(
    " ",
    "amber basin cedar delta ember fjord grove harbour island juniper kettle lagoon meadow "
    "nectar orchard pebble quarry ravine saddle timber umber valley willow yarrow zephyr",
)


def one_file(file: Path, size: int) -> None:
    """Blocks of noise and blocks of readings in turn; the latter compress to about a quarter."""
    import numpy as np

    source = np.random.default_rng(1)
    with file.open("wb") as stream:
        for start in range(0, size, 2 * BLOCK):
            noise = source.bytes(min(BLOCK, size - start))
            text = _readings(source, min(BLOCK, max(size - start - BLOCK, 0)))
            stream.write(noise + text)


def many_files(folder: Path, count: int) -> None:
    """Files of 1 to 50 KB, 200 in a folder; half of each is text."""
    import numpy as np

    source = np.random.default_rng(2)
    for number in range(count):
        file = folder / f"part-{number // 200:03d}" / f"file-{number:05d}.bin"
        file.parent.mkdir(parents=True, exist_ok=True)
        _write_small(file, source)


def change_one(folder: Path, seed: int) -> None:
    """Writes one of many files anew."""
    import numpy as np

    source = np.random.default_rng(1000 + seed)
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    _write_small(files[int(source.integers(len(files)))], source)


def _write_small(file: Path, source: Any) -> None:
    size = int(source.integers(1000, 50_001))
    file.write_bytes(_readings(source, size // 2) + source.bytes(size - size // 2))


def _readings(source: Any, size: int) -> bytes:
    lines = [
        f"sensor={a:02d} state=ok value={b:05d} unit=kPa\n"
        for a, b in zip(
            source.integers(0, 99, size // 30 + 1),
            source.integers(0, 99_999, size // 30 + 1),
            strict=True,
        )
    ]
    return "".join(lines).encode()[:size]


def rows(count: int, seed: int, first: int = 0) -> pa.Table:
    """Rows of an order table, about 100 bytes each as CSV; ids and times rise."""
    import numpy as np
    import pyarrow as pa

    source = np.random.default_rng(seed)
    words = np.array(WORDS)
    products = np.array([f"{a}-{b}-{n}" for n in range(8) for a in WORDS for b in WORDS])
    picks = words[source.integers(0, len(words), (3, count))]
    notes = np.char.add(np.char.add(picks[0], np.char.add(" ", picks[1])), " ")
    return pa.table(
        {
            "order": np.arange(first, first + count) * 7 + source.integers(0, 7, count),
            "time": _times(source, count, first),
            "customer": (source.pareto(1.2, count) * 500).astype("int64") % 200_000,
            "country": words[source.integers(0, 20, count)],
            "product": products[source.integers(0, len(products), count)],
            "quantity": source.geometric(0.4, count),
            "price": np.round(source.lognormal(3, 1, count), 2),
            "score": source.random(count),
            "note": np.char.add(notes, picks[2]),
        }
    )


def _times(source: Any, count: int, first: int) -> Any:
    import numpy as np

    seconds = (np.arange(first, first + count) * 13) + source.integers(0, 13, count)
    return np.datetime64("2024-01-01T00:00:00", "us") + seconds.astype("timedelta64[s]")


def table_versions(edit: str, count: int, versions: int) -> Iterator[pa.Table]:
    """The first has `count` rows; each next one is an edit of the one before."""
    import numpy as np

    table = rows(count, 3)
    yield table
    for version in range(1, versions):
        source = np.random.default_rng([4, version])
        table = _edited(table, edit, count, version, source)
        yield table


def _edited(table: pa.Table, edit: str, count: int, version: int, source: Any) -> pa.Table:
    """1 % appended, 0.5 % changed at one place, 1 % inserted at one place, 50 rows anywhere."""
    seed = 100 + version
    if edit == "appended":
        return _spliced(table, table.num_rows, 0, rows(count // 100, seed, table.num_rows))
    if edit == "in-place":
        size = count // 200
        at = int(source.integers(0, table.num_rows - size))
        return _spliced(table, at, size, rows(size, seed, at))
    if edit == "inserted":
        at = int(source.integers(0, table.num_rows))
        return _spliced(table, at, 0, rows(count // 100, seed, at))
    for at in source.integers(0, table.num_rows, 50):
        table = _spliced(table, int(at), 1, rows(1, seed, int(at)))
    return table.combine_chunks()


def _spliced(table: pa.Table, at: int, dropped: int, added: pa.Table) -> pa.Table:
    import pyarrow as pa

    return pa.concat_tables([table.slice(0, at), added, table.slice(at + dropped)])


def write_table(table: pa.Table, file: Path) -> None:
    """CSV by pyarrow, Parquet by the one writer of the package."""
    if file.suffix == ".csv":
        from pyarrow.csv import write_csv

        write_csv(table, file)
        return
    from wombat.data.arrow import canonical_table
    from wombat.data.parquet import write_parquet

    write_parquet(canonical_table(table), file)


def write_versions(folder: Path, edit: str, form: str, count: int, versions: int) -> None:
    """`folder/<number>/table.<form>`, numbers from 001."""
    for number, table in enumerate(table_versions(edit, count, versions), 1):
        file = folder / f"{number:03d}" / f"table.{form}"
        file.parent.mkdir(parents=True)
        write_table(table, file)


def main() -> None:
    """In a process of its own: what measures must stay small."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["file", "files", "change", "versions"])
    parser.add_argument("path", type=Path)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--edit", choices=EDITS)
    parser.add_argument("--form", choices=FORMATS)
    parser.add_argument("--versions", type=int, default=10)
    given = parser.parse_args()
    if given.what == "file":
        one_file(given.path, given.count)
    elif given.what == "files":
        many_files(given.path, given.count)
    elif given.what == "change":
        change_one(given.path, given.count)
    else:
        write_versions(given.path, given.edit, given.form, given.count, given.versions)


if __name__ == "__main__":
    main()
