"""The same frame has one file digest: from every library, chunking and layout; fixed over time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from wombat.data.arrow import canonical_table
from wombat.data.artifacts import Spec, load_type
from wombat.data.engines import load_engine
from wombat.data.parquet import read_parquet, write_parquet
from wombat.digest import digest_file
from wombat.schema.policy import Policy

if TYPE_CHECKING:
    from pathlib import Path

UTC = UTC
MOMENTS = [datetime(2026, 3, 1, 12, 30, 0, 1, tzinfo=UTC), None, datetime(1969, 7, 20, tzinfo=UTC)]
NAN = float("nan")


def us(values: list[Any], zone: str | None = "UTC") -> pd.Series:
    dtype = f"datetime64[us, {zone}]" if zone else "datetime64[us]"
    return pd.Series(values, dtype=dtype)


NAIVE = [m.replace(tzinfo=None) if m else None for m in MOMENTS]
STEPS = [timedelta(seconds=1), None, timedelta(microseconds=-5)]
TEXTS = ["a", None, "👩‍💻 \n\0é"]
DEC = [Decimal("1.50"), None, Decimal("-0.01")]
DAYS = [date(2026, 1, 1), None, date(1, 1, 1)]
CASES: dict[str, tuple[pa.Array, list[pd.Series], list[pl.Series]]] = {
    "int64": (
        pa.array([1, None, -(2**63)]),
        [
            pd.Series([1, None, -(2**63)], dtype="Int64"),
            pd.Series(pd.array([1, None, -(2**63)], dtype=pd.ArrowDtype(pa.int64()))),
        ],
        [pl.Series([1, None, -(2**63)])],
    ),
    "int64 without nulls": (
        pa.array([1, 2, 3]),
        [pd.Series([1, 2, 3]), pd.Series([1, 2, 3], dtype="Int64")],
        [pl.Series([1, 2, 3])],
    ),
    "uint64": (
        pa.array([2**64 - 1, None, 0], pa.uint64()),
        [pd.Series([2**64 - 1, None, 0], dtype="UInt64")],
        [pl.Series([2**64 - 1, None, 0], dtype=pl.UInt64)],
    ),
    "float64": (
        pa.array([1.5, NAN, None]),
        [
            pd.Series([1.5, NAN, NAN]),
            pd.Series([1.5, None, None], dtype="Float64"),
            pd.Series([1.5, -np.float64("nan"), NAN]),
        ],
        [pl.Series([1.5, None, NAN]), pl.Series([1.5, NAN, None])],
    ),
    "float32": (
        pa.array([0.1, None, float("inf")], pa.float32()),
        [pd.Series([0.1, NAN, np.inf], dtype="float32")],
        [pl.Series([0.1, None, float("inf")], dtype=pl.Float32)],
    ),
    "negative zero": (pa.array([-0.0]), [pd.Series([-0.0])], [pl.Series([-0.0])]),
    "bool": (
        pa.array([True, None, False]),
        [pd.Series([True, None, False], dtype="boolean"), pd.Series([True, None, False])],
        [pl.Series([True, None, False])],
    ),
    "string": (
        pa.array(TEXTS),
        [
            pd.Series(TEXTS),
            pd.Series(TEXTS, dtype=object),
            pd.Series(TEXTS, dtype="string"),
            pd.Series(TEXTS, dtype="category"),
        ],
        [pl.Series(TEXTS), pl.Series(TEXTS, dtype=pl.Categorical)],
    ),
    "binary": (
        pa.array([b"\xff\0", None, b""]),
        [pd.Series([b"\xff\0", None, b""])],
        [pl.Series([b"\xff\0", None, b""])],
    ),
    "timestamp utc": (
        pa.array(MOMENTS, pa.timestamp("us", "UTC")),
        [us(MOMENTS), pd.Series(us(MOMENTS), dtype=pd.ArrowDtype(pa.timestamp("us", "UTC")))],
        [pl.Series(MOMENTS, dtype=pl.Datetime("us", "UTC"))],
    ),
    "timestamp berlin": (
        pa.array(MOMENTS, pa.timestamp("us", "Europe/Berlin")),
        [us(MOMENTS).dt.tz_convert("Europe/Berlin")],
        [pl.Series(MOMENTS, dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone("Europe/Berlin")],
    ),
    "timestamp naive ns": (
        pa.array(NAIVE, pa.timestamp("ns")),
        [us(NAIVE, None).dt.as_unit("ns")],
        [pl.Series(NAIVE, dtype=pl.Datetime("ns"))],
    ),
    "duration": (
        pa.array(STEPS, pa.duration("us")),
        [pd.Series(STEPS, dtype="timedelta64[us]")],
        [pl.Series(STEPS, dtype=pl.Duration("us"))],
    ),
    "date": (pa.array(DAYS), [pd.Series(DAYS, dtype=object)], [pl.Series(DAYS)]),
    "time": (
        pa.array([time(1, 2, 3, 4), None, time(0)]),
        [pd.Series([time(1, 2, 3, 4), None, time(0)], dtype=object)],
        [pl.Series([time(1, 2, 3, 4), None, time(0)])],
    ),
    "decimal": (
        pa.array(DEC, pa.decimal128(38, 2)),
        [pd.Series(DEC, dtype=object)],
        [pl.Series(DEC, dtype=pl.Decimal(38, 2))],
    ),
    "nothing": (
        pa.nulls(2),
        [pd.Series([None, None], dtype=object)],
        [pl.Series([None, None], dtype=pl.Null)],
    ),
    "lists": (
        pa.array([[1, 2], None, []]),
        [pd.Series([[1, 2], None, []])],
        [pl.Series([[1, 2], None, []])],
    ),
    "empty": (
        pa.array([], pa.string()),
        [pd.Series([], dtype="str")],
        [pl.Series([], dtype=pl.String)],
    ),
}


def written(frame: object, folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    load_type("dataframe").write(frame, folder, Spec("o", "dataframe"), Policy())
    assert [file.name for file in folder.iterdir()] == ["data.parquet"]
    return digest_file(folder / "data.parquet")


@pytest.mark.parametrize(("arrow", "pandas", "polars"), CASES.values(), ids=CASES)
def test_every_library_gives_one_digest(arrow, pandas, polars, tmp_path):
    wanted = written(
        pa.table({"x": arrow, "k": pa.array(range(len(arrow)), pa.int64())}), tmp_path / "a"
    )
    frames = [pd.DataFrame({"x": s, "k": range(len(s))}) for s in pandas]
    frames += [
        pl.DataFrame({"x": s, "k": pl.Series(range(len(s)), dtype=pl.Int64)}) for s in polars
    ]
    for number, frame in enumerate(frames):
        assert written(frame, tmp_path / str(number)) == wanted, frame.dtypes


@pytest.mark.parametrize(("arrow", "_pandas", "_polars"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow"])
def test_reading_and_writing_again_keeps_the_digest(arrow, _pandas, _polars, engine, tmp_path):
    wanted = written(pa.table({"x": arrow}), tmp_path / "a")
    form = load_type("dataframe").read(tmp_path / "a", engine, Spec("i", "dataframe"))
    assert written(form, tmp_path / "b") == wanted


@pytest.mark.parametrize("size", [1, 1000, 70_001, 131_072])
def test_chunks_and_slices_do_not_count(size, tmp_path):
    whole = pa.table(
        {
            "n": pa.array([None if i % 7 == 0 else i for i in range(200_000)]),
            "s": pa.array([None if i % 5 == 0 else f"v{i % 1000}" for i in range(200_000)]),
        }
    )
    rows = 3000 if size == 1 else 200_000
    write_parquet(canonical_table(whole.slice(0, rows)), tmp_path / "a")
    parts = [whole.slice(at, min(size, rows - at)) for at in range(0, rows, size)]
    write_parquet(canonical_table(pa.concat_tables(parts)), tmp_path / "b")
    assert digest_file(tmp_path / "a") == digest_file(tmp_path / "b")


def test_what_lies_below_a_null_does_not_count(tmp_path):
    seen = set()
    for hidden in (7, 8):
        array = pa.Array.from_buffers(
            pa.int64(), 2, [pa.py_buffer(b"\x01"), pa.array([1, hidden]).buffers()[1]]
        )
        seen.add(written(pa.table({"x": array}), tmp_path / str(hidden)))
    assert len(seen) == 1


def test_metadata_and_indices_do_not_count(tmp_path):
    plain = pd.DataFrame({"a": [1, 2, 3]})
    filtered = pd.DataFrame({"a": [0, 1, 2, 3]}).query("a > 0")
    filtered.attrs["by"] = "me"
    noted = pa.table({"a": [1, 2, 3]}).replace_schema_metadata({"x": "y"})
    frames = [plain, filtered, noted]
    assert len({written(f, tmp_path / str(n)) for n, f in enumerate(frames)}) == 1


def test_the_bytes_are_pinned(tmp_path):
    """A red test means: every stored frame gets a new digest. Decide that, never slip into it."""
    table = pa.table({"a": [1, None, 3], "s": ["x", "y", None], "t": pa.array(MOMENTS)})
    write_parquet(canonical_table(table), tmp_path / "a")
    assert b"parquet-cpp" not in (tmp_path / "a").read_bytes()
    assert digest_file(tmp_path / "a") == PINNED


PINNED = "4ea4a27048d2289526d1c591c2a41ab627d451930bef348fa6947de2d4103595"


def test_other_readers_read_it(tmp_path):
    table = canonical_table(pa.table({"a": [1, None], "s": ["x", None]}))
    write_parquet(table, tmp_path / "a.parquet")
    assert pl.read_parquet(tmp_path / "a.parquet").to_dict(as_series=False) == table.to_pydict()
    assert list(pd.read_parquet(tmp_path / "a.parquet")["s"].dropna()) == ["x"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_types_that_parquet_lacks_come_back(unit, tmp_path):
    kinds = [pa.timestamp(unit), pa.timestamp(unit, "Asia/Tokyo"), pa.duration(unit)]
    table = pa.table({str(n): pa.array([1, None], kind) for n, kind in enumerate(kinds)})
    write_parquet(canonical_table(table), tmp_path / "a")
    assert read_parquet(tmp_path / "a").schema.types == kinds


def test_pandas_comes_back_in_one_type_each(tmp_path):
    for nulls in (False, True):
        table = canonical_table(
            pa.table(
                {
                    "i": [1, None if nulls else 2],
                    "s": ["a", "b"],
                    "b": [True, None if nulls else False],
                    "f": [1.0, 2.0],
                }
            )
        )
        frame = load_engine("pandas").from_arrow(table, None)
        assert [str(kind) for kind in frame.dtypes] == ["Int64", "str", "boolean", "float64"]
        assert isinstance(frame.index, pd.RangeIndex)
