"""One measurement of benchmarks/typed.py, in a process of its own; prints JSON."""

from __future__ import annotations

import contextlib
import gc
import json
import statistics
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from wombat.schema.model import schema_from_json
from wombat.schema.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = ["new", "paid", "sent", "closed"]
MOMENT = {"type": "timestamp", "unit": "us"}
START = datetime(2000, 1, 1)  # noqa: DTZ001  # a column without zone
SCHEMA = schema_from_json(
    {
        "schema": "bench.orders",
        "key": ["id"],
        "columns": {
            "id": {"type": "int64", "min": 0},
            "kind": {"type": "string", "in": KINDS},
            "code": {"type": "string", "match": "[a-z]{2}-\\d{4}"},
            "note": {"type": "string", "length": [1, 40], "nullable": True},
            "price": {"type": "float64", "min": 0, "lt": 100000},
            "rate": {"type": "float32", "min": 0, "max": 1},
            "count": {"type": "int32", "min": 1, "max": 1000},
            "flag": {"type": "bool", "in": [True], "nullable": True},
            "at": {"type": MOMENT, "min": "2000-01-01T00:00:00"},
            "until": {"type": MOMENT, "nullable": True},
        },
        "rules": [{"name": "later", "compare": ["until", "ge", "at"]}],
    }
)
FULL = Policy()


def picked(rng: np.random.Generator, values: list[str], rows: int, nulls: Any = None) -> pa.Array:
    places = pa.array(rng.integers(0, len(values), rows).astype("int32"), mask=nulls)
    return pa.DictionaryArray.from_arrays(places, values).cast(pa.string())


def table_of(what: str, rows: int) -> pa.Table:
    """All valid, or each cell failing every check of its column but the nulls of `until`."""
    rng = np.random.default_rng(0)
    good = what == "valid"
    nulls = rng.random(rows) < 0.1
    least, most = (10**15, 15 * 10**14) if good else (0, 9 * 10**14)
    at = rng.integers(least, most, rows)
    codes = [f"{a}{b}-{n:04d}" for a in "abc" for b in "xyz" for n in range(1000)]
    return pa.table(
        {
            "id": rng.permutation(rows) if good else np.full(rows, -1),
            "kind": picked(rng, KINDS if good else ["old", "lost"], rows),
            "code": picked(rng, codes if good else ["ab-12", "AB-1234"], rows),
            "note": picked(rng, ["x" * n for n in range(1, 40)], rows, nulls)
            if good
            else picked(rng, ["", "y" * 41], rows),
            "price": rng.random(rows) * 1000 - (0 if good else 2000),
            "rate": rng.random(rows).astype("float32") + np.float32(0 if good else 1.5),
            "count": rng.integers(1, 1001, rows).astype("int32") * (1 if good else -1),
            "flag": pa.array(np.full(rows, good), mask=nulls if good else None),
            "at": pa.array(at, pa.timestamp("us")),
            "until": pa.array(
                at + (5 if good else -5), pa.timestamp("us"), mask=nulls if good else None
            ),
        }
    )


def load(folder: str, library: str) -> Any:
    from wombat.data.parquet import read_parquet

    table = read_parquet(Path(folder) / "data.parquet").combine_chunks()
    if library == "polars":
        import polars as pl

        return pl.from_arrow(table)
    if library == "pandas":
        import pandas as pd

        frame = table.to_pandas()
        return frame.assign(flag=frame["flag"].astype(pd.BooleanDtype()))
    return table


def by_hand(given: Any) -> bool:
    """The same predicates in polars, as one writes them who knows it well.

    One lazy select, least and greatest values for bounds, and comparisons for few members, which
    take a third of the time of `is_in`.
    """
    import polars as pl

    frame = pl.from_arrow(given) if isinstance(given, pa.Table) else given
    col = pl.col
    never_null = ("id", "kind", "code", "price", "rate", "count", "at")
    bad = [
        *((col(name).null_count() > 0).alias(f"null {name}") for name in never_null),
        (col("id").n_unique() < pl.len()).alias("key"),
        col("id").min() < 0,
        pl.all_horizontal(col("kind") != one for one in KINDS).any().alias("members"),
        (~col("code").str.contains(r"\A[a-z]{2}-[0-9]{4}\z")).any(),
        (~col("note").str.len_chars().is_between(1, 40)).any(),
        (col("price").min() < 0) | (col("price").max() >= 100000),
        (col("rate").min() < 0) | (col("rate").max() > 1),
        (col("count").min() < 1) | (col("count").max() > 1000),
        ~col("flag").all(),
        col("at").min() < START,
        (col("until") < col("at")).any().alias("rule"),
    ]
    return not any(frame.lazy().select(bad).collect().row(0))


def bare_pandera(library: str) -> Callable[[Any], bool]:
    """What one writes in pandera itself; all failures are asked for, as ours are."""
    if library == "polars":
        import pandera.polars as pandera
        import polars as pl

        types = [pl.Int64, pl.String, pl.String, pl.String, pl.Float64, pl.Float32, pl.Int32]
        types += [pl.Boolean, pl.Datetime("us"), pl.Datetime("us")]

        def later(data: Any) -> Any:
            until, at = pl.col("until"), pl.col("at")
            return data.lazyframe.select(until.is_null() | (until >= at))
    else:
        import pandera.pandas as pandera

        types = ["int64", "str", "str", "str", "float64", "float32", "int32", "boolean"]
        types += ["datetime64[us]", "datetime64[us]"]

        def later(frame: Any) -> Any:
            return frame["until"].isna() | (frame["until"] >= frame["at"])

    check = pandera.Check
    checks = [
        [check.ge(0)],
        [check.isin(KINDS)],
        [check.str_matches(r"^[a-z]{2}-[0-9]{4}$")],
        [check.str_length(1, 40)],
        [check.ge(0), check.lt(100000)],
        [check.in_range(0, 1)],
        [check.in_range(1, 1000)],
        [check.isin([True])],
        [check.ge(START)],
        [],
    ]
    free = ("note", "flag", "until")
    columns = {
        name: pandera.Column(kind, wanted, nullable=name in free, unique=name == "id")
        for name, kind, wanted in zip(SCHEMA.columns, types, checks, strict=True)
    }
    schema = pandera.DataFrameSchema(columns, checks=[check(later)], strict=True)

    def run(frame: Any) -> bool:
        try:
            schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors:
            return False
        return True

    return run


def ours(library: str, repeats: str) -> Callable[[Any], bool]:
    """From the frame as the task gives it to the verdict, the way into Arrow included."""
    from wombat.data.engines import load_engine
    from wombat.data.repeats import load_repeats
    from wombat.data.validate import judge

    engine = load_engine("pyarrow" if library == "arrow" else library)
    chosen = load_repeats(repeats)

    def run(frame: Any) -> bool:
        return judge(engine.to_arrow(frame, SCHEMA), SCHEMA, FULL, repeats=chosen).report.ok

    return run


def contenders(library: str) -> dict[str, Callable[[Any], bool]]:
    found = {"ours": ours(library, "polars"), "ours-without-polars": ours(library, "numpy")}
    if library != "pandas":
        found["hand"] = by_hand
    if library != "arrow":
        found["pandera"] = bare_pandera(library)
    return found


def timed(what: str, library: str, folder: str, rounds: int) -> dict[str, float]:
    frame = load(folder, library)
    named = contenders(library)
    if what == "failing":
        named.pop("hand", None)
    taken: dict[str, list[float]] = {name: [] for name in named}
    for turn in range(rounds + 1):
        for name, run in named.items():
            if what == "failing" and name == "pandera" and turn not in (1, rounds):
                continue  # half a minute each
            gc.collect()
            began = time.process_time()
            accepted = run(frame)
            took = time.process_time() - began
            assert accepted is (what == "valid"), name
            if turn:  # the first warms up
                taken[name].append(took)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def remembered(library: str, folder: str, name: str) -> dict[str, float]:
    frame = load(folder, library)
    size = size_of(frame)
    run = contenders(library)[name]
    import polars as pl

    run(frame.head(1000) if not isinstance(frame, pa.Table) else frame.slice(0, 1000))
    pl.DataFrame({"a": [1]}).lazy().select(pl.col("a").sum()).collect()  # threads begin
    gc.collect()
    with contextlib.suppress(NotImplementedError):
        pa.default_memory_pool().release_unused()
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak begins anew
    before = _status("VmRSS")
    run(frame)
    return {"ratio": (_status("VmHWM") - before + size) / size}


def size_of(frame: Any) -> int:
    """Bytes that a frame takes, texts included."""
    if isinstance(frame, pa.Table):
        return int(frame.nbytes)
    if hasattr(frame, "estimated_size"):  # which leaves out the 16 bytes that each text has
        import polars as pl

        return int(frame.to_arrow(compat_level=pl.CompatLevel.newest()).nbytes)
    return int(frame.memory_usage(deep=True).sum())


def _status(word: str) -> int:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(word + ":"):
            return int(line.split()[1]) << 10
    raise AssertionError(word)


def proven(folder: str) -> dict[str, float]:
    """What accepting an input reads whose edge is proven: of its bytes, the share."""
    from wombat.data.artifacts import Spec, load_type

    kind, spec = load_type("dataframe"), Spec("in", "dataframe", SCHEMA)
    quiet = Policy(check="none")
    kind.accept(Path(folder), spec, quiet)  # modules are loaded by now
    before = _read()
    idle = _read() - before
    before = _read()
    assert kind.accept(Path(folder), spec, quiet) is None
    size = (Path(folder) / "data.parquet").stat().st_size
    return {"share": (_read() - before - idle) / size}


def _read() -> int:
    return int(Path("/proc/self/io").read_text("ascii").split()[1])


def make(what: str, folder: str, rows: int) -> dict[str, float]:
    from wombat.data.arrow import canonical_table
    from wombat.data.parquet import write_parquet

    Path(folder).mkdir()
    write_parquet(canonical_table(table_of(what, rows), SCHEMA), Path(folder) / "data.parquet")
    return {}


def main(words: list[str]) -> None:
    match words:
        case ["make", what, folder, rows]:
            found = make(what, folder, int(rows))
        case ["time", what, library, folder, rounds]:
            found = timed(what, library, folder, int(rounds))
        case ["memory", _, library, folder, name]:
            found = remembered(library, folder, name)
        case ["proven", folder]:
            found = proven(folder)
        case _:
            raise SystemExit(f"no measurement: {words}")
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
