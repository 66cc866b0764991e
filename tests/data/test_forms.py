"""Forms are read off annotations and values, and nothing heavy is imported for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from wombat.data.engines import load_engine
from wombat.data.forms import default_form, form_of, form_of_value

OBJECTS = [
    (pd.DataFrame, "pandas"),
    (pl.DataFrame, "polars"),
    (pl.LazyFrame, "polars-lazy"),
    (pa.Table, "pyarrow"),
    (Path, "path"),
    (str, "text"),
    (bytes, "bytes"),
    (dict, "json"),
    (dict[str, Any], "json"),
    (list[int], "json"),
    (int, "json"),
    (None, "json"),
    (pd.Series, None),
    (object, None),
]


@pytest.mark.parametrize(("annotation", "form"), OBJECTS, ids=str)
def test_objects(annotation, form):
    assert form_of(annotation) == form


TEXTS = [
    ("pd.DataFrame", "pandas"),
    ("pandas.DataFrame", "pandas"),
    ("pl.DataFrame", "polars"),
    ("pl.LazyFrame", "polars-lazy"),
    ("pa.Table", "pyarrow"),
    ("Path", "path"),
    ("pathlib.Path", "path"),
    ("dict[str, int]", "json"),
    ("list", "json"),
    ("str", "text"),
    ("'pd.DataFrame'", "pandas"),
    ("DataFrame", None),
    ("Any", "json"),
    ("np.ndarray", None),
    ("", None),
]


@pytest.mark.parametrize(("annotation", "form"), TEXTS)
def test_texts(annotation, form):
    assert form_of(annotation) == form


def test_texts_with_names():
    assert form_of("DataFrame", {"DataFrame": "polars.DataFrame"}) == "polars"
    assert form_of("x.DataFrame", {"x": "polars"}) == "polars"
    assert form_of("x.DataFrame", {"x": pl}) == "polars"
    assert form_of("Frame", {"Frame": pd.DataFrame}) == "pandas"
    assert form_of("DataFrame[Model]", {"DataFrame": "pandera.typing.polars.DataFrame"}) == "polars"
    assert form_of("pd.DataFrame", {"pd": pl}) == "polars"


def test_panderas_annotation():
    import pandera.typing as pt
    import pandera.typing.polars as ptl
    from pandera.pandas import DataFrameModel

    class Model(DataFrameModel):
        a: int

    assert form_of(pt.DataFrame[Model]) == "pandas"
    assert form_of(ptl.DataFrame) == "polars"


def test_values_and_engines():
    class Mine(pd.DataFrame):
        pass

    class Pair(NamedTuple):
        a: int

    frames = {"pandas": Mine(), "polars": pl.LazyFrame(), "pyarrow": pa.table({})}
    for name, frame in frames.items():
        assert (form_of_value(frame) or "").startswith(name)
        assert [n for n in frames if load_engine(n).matches(frame)] == [name]
    assert form_of_value(Path()) == "path"
    assert form_of_value(Pair(1)) is None
    assert load_engine("polars").matches("pl.LazyFrame")


def test_default_forms():
    assert [default_form(t) for t in ("dataframe", "json", "text", "file", "directory")] == [
        "pandas",
        "json",
        "text",
        "path",
        "path",
    ]


@pytest.mark.parametrize(
    "module",
    [
        "wombat.schema.load",
        "wombat.schema.proof.relate",
        "wombat.schema.editor",
        "wombat.data.forms",
        "wombat.data.report",
        "wombat.data.artifacts",
        "wombat.data.artifacts.dataframe",
        "wombat.data.artifacts.json",
        "wombat.data.engines",
    ],
)
def test_no_dataframe_library_before_it_is_needed(module):
    code = (
        f"import sys, {module}\n"
        "heavy = {'pandas', 'polars', 'pyarrow', 'pandera', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
