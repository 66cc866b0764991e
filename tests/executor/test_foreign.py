"""Tables that nobody made with Wombat, as typed inputs: by their names, judged as they come."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from tests.executor.web import site
from wombat.api.artifacts import load
from wombat.cli.entry import run
from wombat.data.artifacts import Spec, load_type
from wombat.errors import DataInvalid
from wombat.schema.model import schema_from_json
from wombat.schema.policy import resolve_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SCHEMA = "schema: orders\ncolumns:\n  id: {type: int64}\n  price: {type: float64, min: 0}\n"
TASKS = """
import pandas as pd
import polars as pl


def by_pandas(orders: pd.DataFrame) -> dict:
    return {"ids": orders["id"].tolist(), "price": float(orders["price"].sum()),
            "columns": list(orders.columns)}


def by_polars(orders: pl.DataFrame) -> dict:
    return {"ids": orders["id"].to_list(), "price": orders["price"].sum(),
            "columns": orders.columns}


def lazily(orders: pl.LazyFrame) -> dict:
    return by_polars(orders.collect())
"""
FRAME = pa.table({"id": [1, 2], "price": [1.5, 2.5], "note": ["a", "b"]})
WRONG = pa.table({"id": [1, 2], "price": ["cheap", "2.5"], "note": ["a", "b"]})


def written(table: pa.Table, suffix: str) -> bytes:
    sink = io.BytesIO()
    if suffix == "parquet":
        pq.write_table(table, sink)
    elif suffix == "csv":
        table.to_pandas().to_csv(sink, index=False)
    elif suffix == "jsonl":
        sink.write(b"".join(json.dumps(row).encode() + b"\n" for row in table.to_pylist()))
    else:
        feather.write_feather(table, sink, compression="uncompressed")
    return sink.getvalue()


@pytest.fixture
def shop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, Any]]:
    """Runs a pipeline of one task for each function, over one source."""
    for name in ("GITLAB_CI", "CI", "GITHUB_ACTIONS", "WOMBAT_STORE", "WOMBAT_ZONE"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "shop"
    for folder in ("pipelines", "schemas", "landing"):
        (root / folder).mkdir(parents=True)
    (root / "schemas" / "orders.yml").write_text(SCHEMA)
    (root / "tasks.py").write_text(TASKS)

    def ask(source: str, functions: tuple[str, ...], *words: str) -> tuple[int, Any]:
        tasks = "".join(
            f"  {name}:\n    run: tasks:{name}\n"
            f"    inputs: {{orders: {{{source}, schema: orders}}}}\n"
            f"    outputs: {{{name}: {{type: json}}}}\n"
            for name in functions
        )
        (root / "pipelines" / "shop.yml").write_text(f"pipeline: shop\ntasks:\n{tasks}")
        capsys.readouterr()
        code = run([*(words or ("run", "shop")), "-C", str(root), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return ask


@pytest.fixture
def there() -> Iterator[Any]:
    with site() as one:
        yield one


def told(tree: Any) -> str:
    """Why the one task failed."""
    ((_, said),) = tree["failed"].items()
    return json.dumps(said, ensure_ascii=False)


@pytest.mark.slow
def test_a_table_on_the_web_is_a_frame_for_every_library(
    shop: Callable[..., tuple[int, Any]], there: Any, tmp_path: Path
) -> None:
    wanted = {"ids": [1, 2], "price": 4.0, "columns": ["id", "price"]}
    for suffix, functions in (
        ("parquet", ("by_pandas", "by_polars", "lazily")),
        ("csv", ("by_pandas", "by_polars")),
    ):
        url = there.put(written(FRAME, suffix), f"/orders.{suffix}", etag=f'"{suffix}"')
        code, tree = shop(f'url: "{url}"', functions)
        assert code == 0, tree
        assert [load(f"shop/{one}", start=tmp_path / "shop") for one in functions] == [
            wanted for _ in functions
        ]


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl", "arrow"])
def test_every_format_becomes_the_same_canonical_file(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"orders.{suffix}").write_bytes(written(FRAME, suffix))
    columns = {"id": {"type": "int64"}, "price": {"type": "float64"}}
    table = accepted(tmp_path, columns, name=f"orders.{suffix}", source=suffix)
    assert table.equals(FRAME.select(["id", "price"]))


@pytest.mark.slow
def test_a_file_of_the_checkout_is_one_too(
    shop: Callable[..., tuple[int, Any]], tmp_path: Path
) -> None:
    place = tmp_path / "shop" / "landing"
    (place / "orders.csv").write_bytes(written(FRAME, "csv"))
    (place / "all").mkdir()
    (place / "all" / "0.parquet").write_bytes(written(FRAME, "parquet"))
    for path in ("landing/orders.csv", "landing/all"):
        code, tree = shop(f"file: {path}", ("by_polars",))
        assert code == 0, tree
        assert load("shop/by_polars", start=tmp_path / "shop")["columns"] == ["id", "price"]
    assert written(FRAME, "csv") == (place / "orders.csv").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_what_doesnt_hold_ends_the_task_as_its_policy_says(
    shop: Callable[..., tuple[int, Any]], there: Any, suffix: str
) -> None:
    url = there.put(written(WRONG, suffix), f"/orders.{suffix}", etag='"1"')
    code, tree = shop(f'url: "{url}"', ("by_pandas",), "run", "shop", "-p", "production")
    assert code == 11
    said = told(tree)
    assert "shop/by_pandas, production: input 'orders': " in said
    assert "'price'" in said
    assert "cheap" not in said

    low = pa.table({"id": [1, 2], "price": [1.5, -2.5]})
    url = there.put(written(low, suffix), f"/orders.{suffix}", etag='"2"')
    source = f'url: "{url}"'
    code, tree = shop(source, ("by_pandas",), "run", "shop", "-p", "production")
    assert (code, "1 of 2 rows" in told(tree)) == (11, True)
    code, tree = shop(source, ("by_pandas",), "run", "shop", "-p", "development")
    assert code == 0
    (finding,) = tree["findings"]
    assert (finding["column"], finding["severity"], finding["failing"]) == ("price", "warn", 1)
    for words, wanted in (("{check: none}", 0), ("{on_fail: quarantine, max_failure_rate: 1}", 11)):
        one = f"{source}, policies: {{production: {words}}}"
        assert shop(one, ("by_pandas",), "run", "shop", "-p", "production")[0] == wanted


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl", "arrow"])
def test_what_is_no_table_at_all(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"orders.{suffix}").write_bytes(b"\xff\xfe,\n1,2,3\n")
    with pytest.raises(DataInvalid, match="input 'orders': ") as caught:
        accepted(tmp_path, {"id": {"type": "int64"}}, name=f"orders.{suffix}", source=suffix)
    assert caught.value.exit_code == 11


def test_its_edge_is_one_that_the_data_will_tell(
    shop: Callable[..., tuple[int, Any]], there: Any
) -> None:
    url = there.put(b"", "/orders.csv", etag='"1"')
    code, tree = shop(f'url: "{url}?day=secretly"', ("by_pandas",), "check", "-v")
    assert code == 0
    assert "it is outside data" in json.dumps(tree)
    assert "secretly" not in json.dumps(tree)


def accepted(
    folder: Path, columns: dict[str, Any], *, name: str | None = None, source: str = "folder"
) -> pa.Table:
    """A folder, or the one file in it, taken as a frame in production."""
    schema = schema_from_json({"schema": "orders", "columns": columns})
    spec = Spec("orders", "dataframe", schema, name, {"source": source})
    kind = load_type("dataframe")
    report = kind.accept(folder, spec, resolve_policy("production"))
    assert report is not None
    assert report.ok, report.findings
    assert [one.name for one in folder.iterdir()] == ["data.parquet"]
    return kind.read(folder, "pyarrow", spec)


def below(folder: Path, files: dict[str, pa.Table | bytes]) -> Path:
    for name, one in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(one if isinstance(one, bytes) else written(one, "parquet"))
    return folder


def test_a_folder_is_all_its_files_with_the_steps_of_their_paths(tmp_path: Path) -> None:
    ids = {"id": {"type": "int64"}}
    keys = {"region": {"type": "string", "nullable": True}, "year": {"type": "int16"}, **ids}
    one, two, three, four = (pa.table({"id": [n], "more": [None]}) for n in (1, 2, 3, 4))
    files = {
        "region=%5F_HIVE_DEFAULT_PARTITION__/year=2024/0.parquet": four,
        "region=e%2Fu/year=2026/0.parquet": one,
        "region=e%2Fu/year=2026/1.pq": two,
        "region=__HIVE_DEFAULT_PARTITION__/year=2025/data.parquet": three,
        "_SUCCESS": b"",
        "_wombat.json": b"{}",
        "region=e%2Fu/.part.crc": b"x",
        "_temporary/0.parquet": b"x",
    }
    table = accepted(below(tmp_path / "a", files), keys)
    rows = [("e/u", 2026, 1), ("e/u", 2026, 2), (None, 2025, 3)]
    rows.append(("__HIVE_DEFAULT_PARTITION__", 2024, 4))  # a value that is so called
    assert sorted(table.to_pylist(), key=lambda row: row["id"]) == [
        {"region": region, "year": year, "id": n} for region, year, n in rows
    ]
    # the rows stand in the order of the paths
    assert table.column("id").to_pylist() == [4, 3, 1, 2]
    plain = accepted(below(tmp_path / "b", {"x/1.parquet": one, "data.parquet": two}), ids)
    assert plain.column("id").to_pylist() == [2, 1]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"_SUCCESS": b""}, "there is no Parquet file in it"),
        ({"a.parquet": FRAME, "b.csv": b"id\n"}, "b.csv isn't called as a Parquet file is"),
        ({"a.parquet": FRAME, "b.parquet": b"PAR1"}, "b.parquet can't be read as parquet"),
        ({"_delta_log/0.json": b"{}", "a.parquet": FRAME}, "it is a Delta table"),
        ({"id=1/a.parquet": FRAME}, "id=1/a.parquet has a column 'id'"),
        (
            {"a.parquet": FRAME, "b.parquet": pa.table({"id": ["1"]})},
            "b.parquet: 'id' is string, in a.parquet int64",
        ),
        (
            {"a.parquet": FRAME, "b.parquet": WRONG.select(["note"])},
            "b.parquet: 'id' is missing, in a.parquet int64",
        ),
    ],
)
def test_folders_that_are_no_frame(tmp_path: Path, files: dict[str, Any], said: str) -> None:
    with pytest.raises(DataInvalid, match=said) as caught:
        accepted(below(tmp_path / "it", files), {"id": {"type": "int64"}})
    assert caught.value.message.startswith("input 'orders': ")


def test_a_step_that_isnt_of_its_type_is_told(tmp_path: Path) -> None:
    folder = below(tmp_path / "it", {"year=last/a.parquet": FRAME})
    with pytest.raises(AssertionError, match="year"):
        accepted(folder, {"year": {"type": "int16", "nullable": True}, "id": {"type": "int64"}})
