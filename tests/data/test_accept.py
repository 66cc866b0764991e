"""A frame at a consumer's boundary: shaped in its place, and read only where something asks."""

from __future__ import annotations

import os

import pyarrow as pa
import pytest

from tests.data.tables import schema_of
from wombat.data.artifacts import Spec, load_type
from wombat.data.parquet import read_parquet, write_parquet
from wombat.schema.policy import Policy

INT, TEXT, FLAG = {"type": "int64"}, {"type": "string"}, {"type": "bool"}
KIND = load_type("dataframe")


@pytest.fixture
def folder(tmp_path):
    table = pa.table({"a": pa.array([1, None], pa.int32()), "b": ["x", "y"]})
    write_parquet(table, tmp_path / "data.parquet")
    return tmp_path


def spec(columns, **words):
    return Spec("in", "dataframe", schema_of(columns, **words))


def test_an_input_is_shaped_in_its_place(folder):
    wanted = spec({"a": {**INT, "fill_null": 7}, "c": {**TEXT, "default": "?"}})
    stored = folder / "data.parquet"
    twin = folder.parent / f"{folder.name}-twin"
    os.link(stored, twin)
    before = twin.read_bytes()
    report = KIND.accept(folder, wanted, Policy(cast="safe"))
    assert report.ok
    assert report.cast == ("a",)
    assert read_parquet(stored).to_pydict() == {"a": [1, 7], "c": ["?", "?"]}
    assert twin.read_bytes() == before, "other names of the same bytes keep them"
    assert KIND.read(folder, "pyarrow", wanted).column_names == ["a", "c"]
    twin.unlink()


def test_what_is_right_already_is_left_alone(folder):
    before = (folder / "data.parquet").stat()
    wanted = spec({"a": {"type": "int32", "nullable": True}})
    assert KIND.accept(folder, wanted, Policy(cast="safe")).ok
    after = (folder / "data.parquet").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("check", ["none", "types", "sample", "full"])
def test_shaping_happens_at_every_depth(folder, check):
    wanted = spec({"a": {"type": "int32", "fill_null": 7}})
    KIND.accept(folder, wanted, Policy(check=check))
    assert read_parquet(folder / "data.parquet").column("a").to_pylist() == [1, 7]


def test_what_nothing_asks_about_is_not_read(folder):
    """The check is proven, and nothing is to be shaped: there need not even be a file."""
    wanted = spec({"a": {"type": "int32", "nullable": True}})
    (folder / "data.parquet").unlink()
    assert KIND.accept(folder, wanted, Policy(check="none")) is None
    for policy in (Policy(check="types"), Policy(check="none", cast="safe")):
        # a footer would do, but there is none
        with pytest.raises(FileNotFoundError):
            KIND.accept(folder, wanted, policy)


@pytest.mark.parametrize("cast", ["none", "safe"])
@pytest.mark.parametrize("check", ["none", "types"])
def test_types_are_judged_by_the_footer_alone(tmp_path, monkeypatch, check, cast):
    """The same report as of the whole frame, and nothing else of the file is read."""
    from wombat.data import parquet
    from wombat.data.validate import judge

    table = pa.table(
        {
            "a": pa.array([1, 2], pa.int32()),
            "t": pa.array([1, 2], pa.timestamp("s", tz="Europe/Berlin")),
            "n": pa.nulls(2),
            "l": pa.array([[1], None]),
            "x_1": ["x", "y"],
            "z": [1.0, 2.0],
        }
    )
    write_parquet(table, tmp_path / "data.parquet")
    second = {"type": "timestamp", "unit": "s", "timezone": "Europe/Berlin"}
    wanted = [
        spec({"a": {"type": "int32", "min": 7}, "t": {"type": second}, "gone": TEXT}),
        spec({"a": TEXT, "n": INT, "z": FLAG}, extra="forbid", rows=[3, None]),
        spec({"z": {"type": "float64"}, "a": {"type": "int32"}}, ordered=True, order=["z", "a"]),
        spec({}, patterns=[{**TEXT, "match": "x_.", "at_least": 2}], extra="drop"),
        spec({"l": {"type": {"type": "list", "of": "string"}}}, extra="allow"),
        spec({}),
    ]
    policy = Policy(check=check, cast=cast)
    expected = []
    for one in wanted:
        whole = judge(read_parquet(tmp_path / "data.parquet", one.schema), one.schema, policy)
        expected.append(whole.report.named("in", ""))
    if check == "types":
        assert [len(one.findings) for one in expected] == [1, 7, 1, 1, 1, 0]
    monkeypatch.setattr(parquet.pq.ParquetFile, "read", _never)
    for one, report in zip(wanted, expected, strict=True):
        nothing = check == cast == "none" and one.schema.extra != "drop"
        assert KIND.accept(tmp_path, one, policy) == (None if nothing else report)


def _never(*_, **__):
    raise AssertionError("values are read")


@pytest.mark.parametrize("check", ["none", "types"])
@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("a", {"type": "int64"}),
        ("a", {"type": "int32", "fill_null": 7}),
        ("c", {"type": "string", "default": "?"}),
    ],
)
def test_what_is_shaped_is_read_at_every_depth(folder, check, name, column):
    policy = Policy(check=check, cast="safe")
    report = KIND.accept(folder, spec({name: column}), policy)
    assert (report.depth, report.cast) == (check, ("a",) if column["type"] == "int64" else ())
    stored = read_parquet(folder / "data.parquet").to_pydict()
    assert (
        stored
        == {
            "int64": {"a": [1, None]},
            "int32": {"a": [1, 7]},
            "string": {"c": ["?", "?"]},
        }[column["type"]]
    )


def test_a_path_is_of_what_its_consumer_takes(folder):
    """Other names of the same bytes keep them; what is right already is left alone."""
    stored = folder / "data.parquet"
    twin = folder.parent / f"{folder.name}-twin"
    os.link(stored, twin)
    assert KIND.read(folder, "path", spec({"a": INT, "b": TEXT})) == stored
    assert KIND.read(folder, "path", spec({"a": INT}, extra="allow")) == stored
    assert KIND.read(folder, "path", Spec("in", "dataframe")) == stored
    assert stored.samefile(twin)
    assert KIND.read(folder, "path", spec({"b": TEXT})) == stored
    assert read_parquet(stored).to_pydict() == {"b": ["x", "y"]}
    assert read_parquet(twin).column_names == ["a", "b"]
    twin.unlink()


def test_a_pattern_keeps_its_columns(tmp_path):
    table = pa.table({"x_1": [1], "y": [2], "x_2": [3]})
    write_parquet(table, tmp_path / "data.parquet")
    wanted = spec({}, patterns=[{**INT, "match": r"x_\d", "min": 2}])
    report = KIND.accept(tmp_path, wanted, Policy())
    assert [(one.column, one.check) for one in report.findings] == [("x_1", "min")]
    assert KIND.read(tmp_path, "pyarrow", wanted).column_names == ["x_1", "x_2"]


def test_only_what_is_taken_is_read(tmp_path):
    """Names may hold points, of which Arrow makes paths; a consumer may take nothing at all."""
    names = ["a", "a.b", "c", "d.a"]
    write_parquet(pa.table({name: [name] for name in names}), tmp_path / "data.parquet")
    for wanted in (["a"], ["a.b"], ["c", "d.a"], []):
        spec_ = spec(dict.fromkeys(wanted, TEXT))
        assert KIND.read(tmp_path, "pyarrow", spec_).to_pydict() == {n: [n] for n in wanted}
        assert KIND.accept(tmp_path, spec_, Policy()).rows == 1


def test_columns_that_are_not_taken_cost_nothing(tmp_path):
    wide = pa.table({"a": [1] * 10, "b": ["x" * 500_000 + str(n) for n in range(10)]})
    write_parquet(wide, tmp_path / "data.parquet")
    read_parquet(tmp_path / "data.parquet")
    before = pa.total_allocated_bytes()
    table = read_parquet(tmp_path / "data.parquet", schema_of({"a": INT}))
    assert table.column_names == ["a"]
    assert pa.total_allocated_bytes() - before < 100_000


def test_a_frame_of_defaults_alone_has_its_rows(tmp_path):
    write_parquet(pa.table({"x": [1, 2, 3]}), tmp_path / "data.parquet")
    wanted = spec({"c": {**TEXT, "default": "?"}})
    assert KIND.accept(tmp_path, wanted, Policy()).rows == 3
    assert KIND.read(tmp_path, "pyarrow", wanted).to_pydict() == {"c": ["?"] * 3}
