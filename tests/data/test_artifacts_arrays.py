"""Arrays and tensors: the same values have the same bytes; hostile files are refused."""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.artifacts import FULL, NONE, TYPES_ONLY, found, refused, spec, written
from wombat.data.artifacts import load_type

ARRAY, TENSORS = load_type("array"), load_type("tensors")
ARRAYS = {
    "matrix": np.arange(6).reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "strided": np.arange(12)[::2],
    "big-endian": np.arange(3, dtype=">f4"),
    "scalar": np.array(2.5),
    "empty": np.zeros((0, 3), "int8"),
    "bool": np.array([True, False]),
    "half": np.array([0.5, np.nan], "float16"),
    "complex": np.array([1j]),
    "text": np.array(["a", "größer"]),
    "moments": np.array(["2026-01-01", "NaT"], "M8[D]"),
}


@pytest.mark.parametrize("which", ARRAYS)
def test_arrays_come_back(which, tmp_path):
    value = ARRAYS[which]
    assert written(value, tmp_path, spec("array")) is None
    back = ARRAY.read(tmp_path, "numpy", spec("array"))
    np.testing.assert_array_equal(back, value)
    assert (back.shape, back.dtype) == (value.shape, value.dtype.newbyteorder("<"))
    assert type(back) is np.ndarray
    back[...] = back  # it can be written to
    assert [path.name for path in tmp_path.iterdir()] == ["data.npy"]


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_one_array_has_one_file(tmp_path_factory, data):
    """Whatever its order, strides and bytes, returned or written by the task itself."""
    folder = tmp_path_factory.mktemp("a")
    shape = data.draw(st.lists(st.integers(0, 4), max_size=3))
    dtype = data.draw(st.sampled_from(["int16", "float32", "float64", "uint8", "bool"]))
    base = np.arange(int(np.prod(shape))).reshape(shape).astype(dtype)
    ARRAY.write(base, folder, spec("array"), FULL)
    first = (folder / "data.npy").read_bytes()
    padded = np.repeat(base, 2, axis=-1)[..., ::2] if shape else base
    for other in (np.asfortranarray(base), padded, base.astype(base.dtype.newbyteorder(">"))):
        ARRAY.write(other.reshape(base.shape), folder, spec("array"), FULL)
        assert (folder / "data.npy").read_bytes() == first
        np.save(folder / "data.npy", other.reshape(base.shape))
        ARRAY.check(folder, spec("array"), FULL)
        assert (folder / "data.npy").read_bytes() == first


@pytest.mark.parametrize(
    "value",
    [
        [1, 2],
        None,
        np.array([{}]),
        np.array([(1, 2)], [("a", "i4"), ("b", "i4")]),
        np.ma.masked_array([1, 2], [True, False]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_array(value, tmp_path):
    refused("return-mismatch", lambda: ARRAY.write(value, tmp_path, spec("array"), FULL))
    assert list(tmp_path.iterdir()) == []


class Evil:
    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return (os.mkdir, (self.folder,))


def npy(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = header.encode("latin-1") + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + data


def hostile_arrays(tmp_path):
    objects = tmp_path / "objects.npy"
    np.save(objects, np.array([Evil(tmp_path / "pwned")], object), allow_pickle=True)
    return {
        "empty": b"",
        "pickle": pickle.dumps(Evil(tmp_path / "pwned")),
        "objects": objects.read_bytes(),
        "huge": npy("{'descr':'<f8','fortran_order':False,'shape':(1000000000000,)}", b"x" * 8),
        "overflow": npy("{'descr':'<f8','fortran_order':False,'shape':(1<<62,4)}"),
        "negative": npy("{'descr':'<f8','fortran_order':False,'shape':(-1,-1)}", b"x" * 8),
        "short": npy("{'descr':'<f8','fortran_order':False,'shape':(2,)}", b"x" * 15),
        "long": npy("{'descr':'<f8','fortran_order':False,'shape':(2,)}", b"x" * 17),
        "code": npy("__import__('os').mkdir('pwned')"),
        "version": npy("{'descr':'<f8','fortran_order':False,'shape':()}", b"x" * 8, b"\x09\x00"),
        "columns": npy("{'descr':[('a','<f8')],'fortran_order':False,'shape':(1,)}", b"x" * 8),
    }


def test_hostile_arrays_are_refused(tmp_path):
    for data in hostile_arrays(tmp_path).values():
        out = tmp_path / "out"
        out.mkdir(exist_ok=True)
        (out / "data.npy").write_bytes(data)
        refused("return-mismatch", lambda o=out: ARRAY.check(o, spec("array"), FULL))
        (out / "data.npy").write_bytes(data)
        refused("input-unreadable", lambda o=out: ARRAY.read(o, "numpy", spec("array")))
        one = spec("array", dtype="float64")
        refused("input-unreadable", lambda o=out, s=one: ARRAY.accept(o, s, FULL))
    assert not (tmp_path / "pwned").exists()
    assert not Path("pwned").exists()


@pytest.mark.parametrize(
    ("options", "failing"),
    [
        ({"dtype": "float32"}, []),
        ({"dtype": "float64"}, ["dtype"]),
        ({"shape": ["n", 3]}, []),
        ({"shape": ["n", 4]}, ["shape"]),
        ({"shape": ["n"]}, ["shape"]),
        ({"shape": ["n", "n"]}, ["shape"]),
        ({"shape": [2, "m"]}, []),
        ({"finite": True}, ["finite"]),
        ({"min": -1, "max": 9}, ["min", "max"]),
        ({"min": -7.5}, ["min"]),
    ],
)
def test_what_an_array_is_asked(options, failing, tmp_path):
    value = np.array([[1, 2, 3], [-7.5, np.nan, np.inf]], "float32")
    one = spec("array", **options)
    report = written(value, tmp_path, one)
    assert [each.check for each in report.findings] == failing
    assert ARRAY.accept(tmp_path, one, FULL) == report
    types = written(value, tmp_path, one, TYPES_ONLY)
    assert {check for _, check in found(types)} <= {"dtype", "shape"}
    assert found(written(value, tmp_path, one, NONE)) == []


def test_values_are_counted_over_blocks_and_never_shown(tmp_path, monkeypatch):
    monkeypatch.setattr("wombat.data.arrays.BLOCK", 3)
    value = np.array([[1, 2, 3, 4], [-31337, np.nan, np.inf, 5]])
    report = written(value, tmp_path, spec("array", finite=True, min=0, max=4))
    assert [one.message for one in report.findings] == [
        "2 of 8 values of the array are NaN or infinite",
        "2 of 8 values of the array are below 0, or NaN",
        "3 of 8 values of the array are above 4, or NaN",
    ]
    assert "31337" not in str(report)


def test_bounds_of_what_has_none(tmp_path):
    for value in (np.array([1j]), np.array(["a"])):
        assert found(written(value, tmp_path, spec("array", min=0))) == [(None, "dtype")]
    assert found(written(np.array([1j, np.nan]), tmp_path, spec("array", finite=True))) == [
        (None, "finite")
    ]
    assert found(written(np.array([True, False]), tmp_path, spec("array", min=1))) == [
        (None, "min")
    ]


WEIGHTS = {
    "weight": np.ones((2, 5), "float32"),
    "bias": np.array([1.0, -2.0]),
    "steps": np.array(7, "uint8"),
    "mask": np.array([True]),
}


def test_tensors_come_back_in_one_form(tmp_path):
    written(WEIGHTS, tmp_path, spec("tensors"))
    first = (tmp_path / "data.safetensors").read_bytes()
    back = TENSORS.read(tmp_path, "json", spec("tensors"))
    assert {name: one.dtype for name, one in back.items()} == {
        n: w.dtype for n, w in WEIGHTS.items()
    }
    for name, one in WEIGHTS.items():
        np.testing.assert_array_equal(back[name], one)
    turned = {n: w.astype(w.dtype.newbyteorder(">")) for n, w in reversed(WEIGHTS.items())}
    TENSORS.write(turned, tmp_path, spec("tensors"), FULL)
    assert (tmp_path / "data.safetensors").read_bytes() == first
    safetensors.numpy.save_file(WEIGHTS, tmp_path / "data.safetensors", {"made": "by hand"})
    TENSORS.check(tmp_path, spec("tensors"), FULL)
    assert (tmp_path / "data.safetensors").read_bytes() == first
    (tmp_path / "data.safetensors").unlink()
    np.savez_compressed(tmp_path / "data.npz", **WEIGHTS)
    TENSORS.check(tmp_path, spec("tensors", format="npz"), FULL)
    assert (tmp_path / "data.safetensors").read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["data.safetensors"]


@pytest.mark.parametrize(
    "value",
    [{}, [], {"": np.ones(1)}, {1: np.ones(1)}, {"a": [1]}, {"a": np.array(["x"])},
     {"a": np.array([{}])}, {"a": np.array([1], "c16")}, {"__metadata__": np.ones(1)}],
    ids=str,
)  # fmt: skip
def test_what_are_no_tensors(value, tmp_path):
    refused("return-mismatch", lambda: TENSORS.write(value, tmp_path, spec("tensors"), FULL))
    assert list(tmp_path.iterdir()) == []


def header(tree, data: bytes = b"") -> bytes:
    text = json.dumps(tree).encode() if not isinstance(tree, bytes) else tree
    return struct.pack("<Q", len(text)) + text + data


HOSTILE = {
    "empty": b"",
    "short": safetensors.numpy.save(WEIGHTS)[:-1],
    "long": safetensors.numpy.save(WEIGHTS) + b"x",
    "no header": struct.pack("<Q", 1 << 62) + b"{}",
    "no json": header(b"canary"),
    "beyond": header({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}, b"x" * 8),
    "overlap": header(
        {n: {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]} for n in "ab"}, b"xx"
    ),
    "size": header(
        {"a": {"dtype": "F32", "shape": [1 << 62, 8], "data_offsets": [0, 4]}}, b"x" * 4
    ),
    "bfloat": header({"a": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}, b"xx"),
}


@pytest.mark.parametrize("which", HOSTILE)
def test_hostile_tensors_are_refused(which, tmp_path):
    (tmp_path / "data.safetensors").write_bytes(HOSTILE[which])
    refused("return-mismatch", lambda: TENSORS.check(tmp_path, spec("tensors"), FULL))
    refused("input-unreadable", lambda: TENSORS.read(tmp_path, "numpy", spec("tensors")))
    one = spec("tensors", tensors={"a": {"finite": True}})
    refused("input-unreadable", lambda: TENSORS.accept(tmp_path, one, FULL))


def test_hostile_npz_is_refused(tmp_path):
    np.savez(tmp_path / "data.npz", a=np.array([Evil(tmp_path / "pwned")], object))
    one = spec("tensors", format="npz")
    for data in (
        (tmp_path / "data.npz").read_bytes(),
        pickle.dumps(Evil(tmp_path / "pwned")),
        b"PK",
    ):
        (tmp_path / "data.npz").write_bytes(data)
        refused("return-mismatch", lambda: TENSORS.check(tmp_path, one, FULL))
    np.save(tmp_path / "one.npy", np.ones(2))
    (tmp_path / "one.npy").replace(tmp_path / "data.npz")
    refused("return-mismatch", lambda: TENSORS.check(tmp_path, one, FULL))
    assert not (tmp_path / "pwned").exists()


def test_a_small_npz_that_unpacks_to_a_lot_is_refused_unread(tmp_path):
    small = np.zeros(1 << 20)
    np.savez_compressed(tmp_path / "data.npz", a=small)
    TENSORS.check(tmp_path, spec("tensors", format="npz"), FULL)
    (tmp_path / "data.safetensors").unlink(missing_ok=True)
    with zipfile.ZipFile(tmp_path / "data.npz", "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(9):
            packed.writestr(f"{number}.npy", small.tobytes())
    one = spec("tensors", format="npz")
    tracemalloc.start()
    caught = refused("return-mismatch", lambda: TENSORS.check(tmp_path, one, FULL))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "unpacks to 75,497,472 bytes" in str(caught)
    assert peak < 4 << 20


def test_what_tensors_are_asked(tmp_path):
    asked = {
        "weight": {"dtype": "float32", "shape": ["n", "k"], "finite": True, "max": 0.5},
        "bias": {"shape": ["n"], "min": -1},
        "lost": {},
        "spare": {"required": False},
        "steps": {"dtype": "int8"},
    }
    one = spec("tensors", tensors=asked)
    report = written(WEIGHTS, tmp_path, one)
    assert found(report) == [
        ("lost", "missing"),
        ("steps", "dtype"),
        ("mask", "extra"),
        ("weight", "max"),
        ("bias", "min"),
    ]
    assert TENSORS.accept(tmp_path, one, FULL) == report
    open_ones = spec("tensors", tensors=asked, extra="allow")
    assert ("mask", "extra") not in found(written(WEIGHTS, tmp_path, open_ones))


def test_a_symbol_is_one_size_in_all_tensors(tmp_path):
    asked = {"bias": {"shape": ["n"]}, "weight": {"shape": ["n", "k"]}}
    value = {"weight": np.ones((2, 5)), "bias": np.ones(3)}
    report = written(value, tmp_path, spec("tensors", tensors=asked))
    assert [one.message for one in report.findings] == [
        "'weight' is [2, 5]; expected [n, k] where n = 3"
    ]


MEMORY = """
import resource, sys
from pathlib import Path
import numpy as np
from wombat.data.artifacts import Spec, load_type
from wombat.schema.policy import Policy
folder = Path(sys.argv[1])
spec = Spec("x", "array", options={"finite": True, "min": 0, "max": 1})
kind = load_type("array")
np.save(folder / "data.npy", np.ones(10))
kind.check(folder, spec, Policy())
made = np.lib.format.open_memmap(folder / "data.npy", "w+", "float64", (16_000_000,))
made[-1] = np.nan
del made
limit = 250 << 20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
assert len(kind.check(folder, spec, Policy()).findings) == 3
"""


@pytest.mark.slow
def test_an_array_is_judged_without_being_held(tmp_path):
    """128 MB of values, with room for little more than the libraries."""
    subprocess.run([sys.executable, "-c", MEMORY, str(tmp_path)], check=True)
