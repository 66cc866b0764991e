"""Forms are read off annotations and values, and nothing heavy is imported for it."""

from __future__ import annotations

import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from wombat.data.engines import load_engine
from wombat.data.forms import default_form, form_of, form_of_value
from wombat.language.outputs import TYPES

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
    (np.ndarray, "numpy"),
    (NDArray[np.float64], "numpy"),
    (dict[str, np.ndarray], "json"),
    (Iterator[dict], "iterator"),
    (typing.Iterator[dict], "iterator"),
    (onnx.ModelProto, "object"),
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
    ("np.ndarray", "numpy"),
    ("npt.NDArray[np.float64]", "numpy"),
    ("Iterator[dict]", "iterator"),
    ("pyspark.sql.DataFrame", "pyspark"),
    ("onnx.ModelProto", "object"),
    ("LogisticRegression", None),
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
    assert form_of("DataFrame", {"DataFrame": "pyspark.sql.DataFrame"}) == "pyspark"
    assert form_of("Iterator[dict]", {"Iterator": "collections.abc.Iterator"}) == "iterator"


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
    assert {kind: default_form(kind) for kind in TYPES} == {
        "dataframe": "pandas",
        "json": "json",
        "records": "json",
        "metrics": "json",
        "array": "numpy",
        "tensors": "numpy",
        "model": "object",
        "text": "text",
        "file": "path",
        "directory": "path",
    }


@pytest.mark.parametrize(
    "module",
    [
        "wombat.schema.load",
        "wombat.schema.proof.relate",
        "wombat.schema.editor",
        "wombat.data.forms",
        "wombat.data.report",
        "wombat.data.artifacts",
        *(f"wombat.data.artifacts.{kind}" for kind in TYPES),
        "wombat.data.engines",
    ],
)
def test_no_dataframe_library_before_it_is_needed(module):
    code = (
        f"import sys, {module}\n"
        "heavy = {'pandas', 'polars', 'pyarrow', 'pandera', 'numpy', 'skops', 'onnx', 'sklearn',"
        " 'safetensors', 'pyspark', 'jsonschema_rs'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
