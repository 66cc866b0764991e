"""Artifact types: values and files in, the same value out, everything else refused."""

from __future__ import annotations

import json
import math
import os
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.tables import schema_of
from wombat.data.artifacts import Spec, load_type, type_names
from wombat.data.collect import collect_table
from wombat.data.parquet import read_parquet
from wombat.data.stats import frame_stats
from wombat.errors import MissingExtra, TaskFailed, UsageFault
from wombat.language.outputs import TYPES
from wombat.schema.policy import Policy

FULL = Policy()
INT = {"type": "int64"}


def spec(kind: str, **words) -> Spec:
    return Spec("out", kind, **words)


def refused(code: str, run) -> TaskFailed:
    with pytest.raises(TaskFailed) as caught:
        run()
    assert caught.value.code == code
    assert "canary" not in str(caught.value)
    return caught.value


def test_the_types():
    assert set(type_names()) == set(TYPES)
    for name in type_names():
        assert load_type(name).name == name
    with pytest.raises(UsageFault):
        load_type("pickle")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=10,
)


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_json_comes_back(tmp_path_factory, value):
    folder = tmp_path_factory.mktemp("j")
    kind = load_type("json")
    kind.write(value, folder, spec("json"), FULL)
    first = (folder / "data.json").read_bytes()
    kind.check(folder, spec("json"), FULL)
    assert (folder / "data.json").read_bytes() == first
    assert kind.read(folder, "json", spec("json")) == value


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        {"a": math.inf},
        {1: 2},
        {"a": object()},
        b"canary",
        {"a", "b"},
        pd.DataFrame(),
        Path(),
    ],
)
def test_what_is_not_json_is_refused(value, tmp_path):
    refused("return-mismatch", lambda: load_type("json").write(value, tmp_path, spec("json"), FULL))


def test_json_that_contains_itself(tmp_path):
    value: list = []
    value.append(value)
    refused("return-mismatch", lambda: load_type("json").write(value, tmp_path, spec("json"), FULL))


def test_numbers_of_numpy_are_numbers(tmp_path):
    load_type("json").write({"a": np.float64(0.5), "b": np.int8(3)}, tmp_path, spec("json"), FULL)
    assert (tmp_path / "data.json").read_bytes() == b'{"a":0.5,"b":3}'


@pytest.mark.parametrize(
    "data", [b"canary", b"{'a': 1}", b'{"a": NaN}', b"\xff", b'{"a":1,"a":2}', b""]
)
def test_files_that_are_not_json_are_refused(data, tmp_path):
    (tmp_path / "data.json").write_bytes(data)
    refused("return-mismatch", lambda: load_type("json").check(tmp_path, spec("json"), FULL))


@pytest.mark.parametrize("kind", TYPES)
def test_nothing_written_is_a_mismatch(kind, tmp_path):
    refused("return-mismatch", lambda: load_type(kind).check(tmp_path, spec(kind), FULL))


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind not in ("json", "model")])
def test_a_tuple_is_a_mismatch(kind, tmp_path):
    """JSON knows it as a list, and skops as what it is."""
    refused("return-mismatch", lambda: load_type(kind).write((1, 2), tmp_path, spec(kind), FULL))


def test_text_keeps_every_byte(tmp_path):
    text = "a\r\nb\n\0👩\u2028"
    kind = load_type("text")
    kind.write(text, tmp_path, spec("text"), FULL)
    assert (tmp_path / "data.txt").read_bytes() == text.encode()
    assert kind.read(tmp_path, "text", spec("text")) == text
    refused("return-mismatch", lambda: kind.write("\ud800", tmp_path, spec("text"), FULL))
    (tmp_path / "data.txt").write_bytes(b"\xff")
    refused("return-mismatch", lambda: kind.check(tmp_path, spec("text"), FULL))


def test_a_file_is_never_opened(tmp_path):
    class Evil:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "pwned"),))

    named = spec("file", path="m.pkl")
    kind = load_type("file")
    kind.write(pickle.dumps(Evil()), tmp_path, named, FULL)
    kind.check(tmp_path, named, FULL)
    assert kind.read(tmp_path, "path", named) == tmp_path / "m.pkl"
    assert not (tmp_path / "pwned").exists()


def test_a_file_by_path_and_no_links(tmp_path):
    (tmp_path / "in").write_bytes(b"x")
    out = tmp_path / "out"
    out.mkdir()
    kind, named = load_type("file"), spec("file", path="a.bin")
    kind.write(tmp_path / "in", out, named, FULL)
    assert kind.read(out, "bytes", named) == b"x"
    (out / "a.bin").unlink()
    (out / "a.bin").symlink_to(tmp_path / "in")
    refused("return-mismatch", lambda: kind.check(out, named, FULL))


def test_directories(tmp_path):
    made, out = tmp_path / "made", tmp_path / "out"
    (made / "sub").mkdir(parents=True)
    out.mkdir()
    (made / "sub" / "a").write_text("x")
    kind = load_type("directory")
    kind.write(made, out, spec("directory"), FULL)
    assert (kind.read(out, "path", spec("directory")) / "sub" / "a").read_text() == "x"
    (out / "sub" / "link").symlink_to("/etc/passwd")
    refused("return-mismatch", lambda: kind.check(out, spec("directory"), FULL))
    (out / "sub" / "link").unlink()
    os.mkfifo(out / "pipe")
    refused("return-mismatch", lambda: kind.check(out, spec("directory"), FULL))


def test_forms_that_a_type_does_not_have(tmp_path):
    for kind, form in [
        ("dataframe", "json"),
        ("json", "pandas"),
        ("text", "json"),
        ("file", "polars"),
        ("directory", "text"),
    ]:
        refused("input-form", lambda k=kind, f=form: load_type(k).read(tmp_path, f, spec(k)))


CSV = "id,name,at,ok,price\n1,x,2026-01-01T00:00:00Z,true,1.50\n2,,,false,\n"
COLUMNS = {
    "id": INT,
    "name": {"type": "string", "nullable": True},
    "at": {"type": {"type": "timestamp", "unit": "us", "timezone": "UTC"}, "nullable": True},
    "ok": {"type": "bool"},
    "price": {"type": {"type": "decimal", "precision": 8, "scale": 2}, "nullable": True},
}


def test_a_command_writes_csv_and_it_becomes_canonical(tmp_path):
    (tmp_path / "data.csv").write_text(CSV)
    wanted = spec("dataframe", schema=schema_of(COLUMNS), options={"format": "csv"})
    kind = load_type("dataframe")
    assert kind.target(tmp_path, wanted) == tmp_path / "data.csv"
    report = kind.check(tmp_path, wanted, FULL)
    assert report is not None
    assert report.ok, report.findings
    assert [file.name for file in tmp_path.iterdir()] == ["data.parquet"]
    assert read_parquet(tmp_path / "data.parquet").to_pydict()["name"] == ["x", None]


def test_a_command_writes_parquet_of_its_own(tmp_path):
    pl.DataFrame({"id": [1, 2]}).write_parquet(tmp_path / "data.parquet", compression="snappy")
    wanted = spec("dataframe", schema=schema_of({"id": {**INT, "max": 1}}))
    report = load_type("dataframe").check(tmp_path, wanted, FULL)
    assert [(one.check, one.rows) for one in report.findings] == [("max", (1,))]
    assert b"snappy" not in (tmp_path / "data.parquet").read_bytes()
    other = tmp_path / "other"
    other.mkdir()
    load_type("dataframe").write(pd.DataFrame({"id": [1, 2]}), other, wanted, FULL)
    assert (other / "data.parquet").read_bytes() == (tmp_path / "data.parquet").read_bytes()


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl", "arrow", "xlsx"])
def test_files_that_are_no_tables(kind, tmp_path):
    (tmp_path / f"data.{kind}").write_bytes(b'"canary\n1,2,3\n4')
    wanted = spec("dataframe", schema=schema_of({"a": INT}), options={"format": kind})
    refused("return-mismatch", lambda: load_type("dataframe").check(tmp_path, wanted, FULL))


def test_a_consumer_gets_the_columns_it_names(tmp_path):
    kind = load_type("dataframe")
    kind.write(pd.DataFrame({"a": [1], "b": [2], "c": [3]}), tmp_path, spec("dataframe"), FULL)
    wanted = spec("dataframe", schema=schema_of({"c": INT, "a": INT}))
    assert list(kind.read(tmp_path, "pandas", wanted).columns) == ["a", "c"]
    assert kind.accept(tmp_path, wanted, FULL).ok
    strict = spec("dataframe", schema=schema_of({"a": INT}, extra="forbid"))
    assert [one.column for one in kind.accept(tmp_path, strict, FULL).findings] == ["b", "c"]
    assert kind.accept(tmp_path, spec("dataframe"), FULL) is None


def test_an_output_that_drops_stores_only_its_columns(tmp_path):
    kind = load_type("dataframe")
    frame = pd.DataFrame({"a": [1], "b": [2]})
    assert kind.write(
        frame, tmp_path, spec("dataframe", schema=schema_of({"a": INT}, extra="drop")), FULL
    ).ok
    assert read_parquet(tmp_path / "data.parquet").column_names == ["a"]
    report = kind.write(frame, tmp_path, spec("dataframe", schema=schema_of({"a": INT})), FULL)
    assert [one.check for one in report.findings] == ["extra"]


def test_a_bad_frame_is_written_and_reported(tmp_path):
    schema = schema_of({"a": {**INT, "min": 5}})
    report = load_type("dataframe").write(
        pl.LazyFrame({"a": [1]}), tmp_path, spec("dataframe", schema=schema), FULL
    )
    assert not report.ok
    assert report.artifact == "out"
    assert report.schema_digest == schema.digest
    assert (tmp_path / "data.parquet").is_file()


def test_enumerations_arrive_as_the_library_has_them(tmp_path):
    schema = schema_of({"e": {"type": {"type": "enum", "of": ["b", "a"]}, "nullable": True}})
    wanted, kind = spec("dataframe", schema=schema), load_type("dataframe")
    assert kind.write(pd.DataFrame({"e": ["a", None, "b"]}), tmp_path, wanted, FULL).ok
    frame = kind.read(tmp_path, "pandas", wanted)
    assert list(frame["e"].cat.categories) == ["b", "a"]
    assert kind.read(tmp_path, "polars", wanted)["e"].dtype == pl.Enum(["b", "a"])
    assert kind.write(frame, tmp_path, wanted, FULL).ok
    assert not kind.write(pd.DataFrame({"e": ["foreign"]}), tmp_path, wanted, FULL).ok
    assert list(kind.read(tmp_path, "pandas", wanted)["e"]) == ["foreign"]
    assert kind.read(tmp_path, "polars", wanted)["e"].to_list() == ["foreign"]


@pytest.mark.parametrize("values", [[-128, 1], [None, None], []], ids=str)
def test_numbers_where_an_enumeration_was_meant_stay_numbers(values, tmp_path):
    """Without a value too: what isn't text never becomes an enumeration by being read."""
    schema = schema_of({"e": {"type": {"type": "enum", "of": ["b", "a"]}, "nullable": True}})
    wanted, kind = spec("dataframe", schema=schema), load_type("dataframe")
    given = pa.table({"e": pa.array(values, pa.int8())})
    assert not kind.write(given, tmp_path, wanted, FULL).ok
    assert kind.read(tmp_path, "pandas", wanted)["e"].dtype == pd.Int8Dtype()
    assert kind.read(tmp_path, "polars", wanted)["e"].dtype == pl.Int8


def test_seconds_from_a_library_without_seconds(tmp_path):
    schema = schema_of({"t": {"type": {"type": "timestamp", "unit": "s"}}})
    wanted, kind = spec("dataframe", schema=schema), load_type("dataframe")
    assert kind.write(
        pa.table({"t": pa.array([1, 2], pa.timestamp("s"))}), tmp_path, wanted, FULL
    ).ok
    first = (tmp_path / "data.parquet").read_bytes()
    frame = kind.read(tmp_path, "polars", wanted)
    assert kind.write(frame, tmp_path, wanted, FULL).ok
    assert (tmp_path / "data.parquet").read_bytes() == first


def parts(tmp_path, frames):
    made = []
    for number, (values, frame) in enumerate(frames):
        folder = tmp_path / str(number)
        folder.mkdir(parents=True)
        load_type("dataframe").write(frame, folder, spec("dataframe"), FULL)
        made.append((values, folder))
    return made


def test_collected_parts_get_their_keys(tmp_path):
    made = parts(
        tmp_path, [({"r": "us"}, pd.DataFrame({"a": [1]})), ({"r": "eu"}, pd.DataFrame({"a": [2]}))]
    )
    table = collect_table(made)
    assert table.column_names == ["r", "a"]
    assert table.to_pydict() == {"r": ["us", "eu"], "a": [1, 2]}


def test_a_part_that_is_null_throughout_takes_the_others_type(tmp_path):
    nothing = pd.DataFrame({"a": pd.Series([None], dtype=object)})
    made = parts(tmp_path, [({"r": "us"}, nothing), ({"r": "eu"}, pd.DataFrame({"a": [2]}))])
    assert collect_table(made).to_pydict()["a"] == [None, 2]


@pytest.mark.parametrize(
    "second",
    [
        pd.DataFrame({"b": [1]}),
        pd.DataFrame({"a": ["x"]}),
        pd.DataFrame({"a": [1], "b": [1]}),
    ],
)
def test_parts_that_differ_are_no_frame(second, tmp_path):
    made = parts(tmp_path, [({"r": "us"}, pd.DataFrame({"a": [1]})), ({"r": "eu"}, second)])
    refused("collect-schema", lambda: collect_table(made))


def test_a_key_that_is_a_column(tmp_path):
    same = parts(tmp_path, [({"a": "us"}, pd.DataFrame({"a": ["us"]}))])
    assert collect_table(same).to_pydict() == {"a": ["us"]}
    made = parts(tmp_path / "other", [({"a": "us"}, pd.DataFrame({"a": [1]}))])
    refused("collect-schema", lambda: collect_table(made))


def test_statistics_count_nulls_and_hide_what_is_personal(tmp_path):
    frame = pl.DataFrame(
        {"f": [1.0, float("nan"), None], "m": ["canary", None, "z"], "d": [1, 2, 3]}
    )
    load_type("dataframe").write(frame, tmp_path, spec("dataframe"), FULL)
    schema = schema_of({"m": {"type": "string", "pii": True}})
    stats = frame_stats(tmp_path / "data.parquet", schema).to_json()
    assert stats == {
        "rows": 3,
        "columns": {
            "f": {"nulls": 2, "min": 1.0, "max": 1.0},
            "m": {"nulls": 1},
            "d": {"nulls": 0, "min": 1, "max": 3},
        },
    }
    json.dumps(stats)


def test_statistics_of_every_type_are_json(tmp_path):
    from tests.schema.frames import TYPES, domain
    from wombat.data.arrow import arrow_type

    known = [kind for kind in TYPES if kind.kind != "any"]
    columns = {str(k): pa.array([domain(k)[0], domain(k)[-1]], arrow_type(k)) for k in known}
    load_type("dataframe").write(pa.table(columns), tmp_path, spec("dataframe"), FULL)
    tree = frame_stats(tmp_path / "data.parquet").to_json()
    json.dumps(tree, allow_nan=False)
    assert set(tree["columns"]) == set(columns)
    assert tree["columns"]["date"]["min"] == "1900-01-01"


def test_a_missing_library_names_its_command(monkeypatch):
    from wombat.data import engines

    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    for name, extra in [("polars", "polars"), ("pandas", "pandas"), ("pyarrow", "pandas")]:
        with pytest.raises(MissingExtra) as caught:
            engines.load_engine(name)
        assert caught.value.exit_code == 19
        assert f"pip install 'wombat-ci[{extra}]'" in str(caught.value)
