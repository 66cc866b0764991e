"""Models: kept in one form, opened without running code, loaded with reviewed classes alone."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import skops.io
from onnx import TensorProto, helper, numpy_helper
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.data.artifacts import FULL, NONE, TYPES_ONLY, WARN, found, refused, spec, written
from wombat.data.artifacts import load_type
from wombat.data.skops_files import NotSkops, foreign_classes

pytestmark = pytest.mark.slow  # importing scikit-learn takes a second

MODEL = load_type("model")
X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X[:, 0] > 0).astype(int)
TREE = "sklearn.tree._tree.Tree"


class Ratio:
    """A class of the project's own."""

    def __init__(self) -> None:
        self.names = {"b", "a", "c"}
        self.factor = 2.0


def fitted():
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)


def test_an_estimator_comes_back(tmp_path):
    model = fitted()
    written(model, tmp_path, spec("model"))
    assert [path.name for path in tmp_path.iterdir()] == ["data.skops"]
    back = MODEL.read(tmp_path, "object", spec("model"))
    assert type(back) is type(model)
    np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))
    assert MODEL.read(tmp_path, "path", spec("model")) == tmp_path / "data.skops"
    assert zipfile.is_zipfile(io.BytesIO(MODEL.read(tmp_path, "bytes", spec("model"))))
    refused("input-form", lambda: MODEL.read(tmp_path, "pandas", spec("model")))


def test_one_model_has_one_file(tmp_path):
    """Returned, or written by the task itself, packed or not, here or in another process."""
    MODEL.write(fitted(), tmp_path, spec("model"), FULL)
    first = (tmp_path / "data.skops").read_bytes()
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        skops.io.dump(fitted(), tmp_path / "data.skops", compression=compression)
        assert (tmp_path / "data.skops").read_bytes() != first
        MODEL.check(tmp_path, spec("model"), FULL)
        assert (tmp_path / "data.skops").read_bytes() == first
    MODEL.write(MODEL.read(tmp_path, "bytes", spec("model")), tmp_path, spec("model"), FULL)
    assert (tmp_path / "data.skops").read_bytes() == first


OTHER = """
import sys, hashlib
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.data.test_artifacts_models import MODEL, FULL, Ratio, fitted, spec
for value in (fitted(), Ratio()):
    trusted = ["tests.data.test_artifacts_models.Ratio"]
    MODEL.write(value, Path(sys.argv[1]), spec("model", trusted=trusted), FULL)
    print(hashlib.sha256((Path(sys.argv[1]) / "data.skops").read_bytes()).hexdigest())
"""


def test_one_model_has_one_file_in_every_process(tmp_path):
    root = str(Path(__file__).parents[2])
    said = {
        subprocess.run(
            [sys.executable, "-c", OTHER, str(tmp_path), root],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_classes_that_nobody_reviewed_are_refused_with_their_list(tmp_path):
    forest = RandomForestClassifier(n_estimators=2, random_state=0).fit(X, Y)
    for policy in (FULL, WARN, NONE):
        fault = refused(
            "return-mismatch",
            lambda p=policy: MODEL.write(forest, tmp_path, spec("model"), p),
            TREE,
        )
        assert "trusted" in (fault.hint or "")
    allowed = spec("model", trusted=[TREE])
    MODEL.write(forest, tmp_path, allowed, FULL)
    back = MODEL.read(tmp_path, "object", allowed)
    np.testing.assert_array_equal(back.predict(X), forest.predict(X))
    refused("input-unreadable", lambda: MODEL.read(tmp_path, "object", spec("model")), TREE)
    assert MODEL.read(tmp_path, "path", spec("model")).is_file()


def test_a_class_of_ones_own_is_allowed_by_its_name(tmp_path):
    name = f"{Ratio.__module__}.Ratio"
    refused("return-mismatch", lambda: MODEL.write(Ratio(), tmp_path, spec("model"), FULL), name)
    written(Ratio(), tmp_path, spec("model", trusted=[name]))
    assert MODEL.read(tmp_path, "object", spec("model", trusted=[name])).factor == 2.0


@pytest.mark.parametrize(
    "value",
    [lambda: 1, open, (n for n in ()), b"canary", {"a": object()}],
    ids=["lambda", "open", "generator", "bytes", "object"],
)
def test_what_skops_can_t_keep(value, tmp_path):
    refused("return-mismatch", lambda: MODEL.write(value, tmp_path, spec("model"), FULL))
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".new")] == []


@pytest.fixture
def evil(tmp_path, monkeypatch):
    """A module that can be imported, and must not be."""
    (tmp_path / "evil_module.py").write_text(
        "import pathlib\npathlib.Path(__file__).with_name('pwned').touch()\n"
        "class Class: pass\ndef function(*a): pass\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / "pwned"
    assert "evil_module" not in sys.modules


def zipped(tree, extra=None, **words) -> bytes:
    made = io.BytesIO()
    whole = {"protocol": skops.io._protocol.PROTOCOL, "_skops_version": skops.__version__}
    with zipfile.ZipFile(made, "w", **words) as target:
        target.writestr("schema.json", json.dumps({**tree, **whole}) if tree != "" else "")
        for name, data in (extra or {}).items():
            target.writestr(name, data)
    return made.getvalue()


def node(module: str, name: str, loader: str, content=None):
    return {"__module__": module, "__class__": name, "__loader__": loader, "content": content,
            "__id__": 1}  # fmt: skip


PROPER = ("sklearn.linear_model._logistic", "LogisticRegression")
HOSTILE = {
    "object": node("evil_module", "Class", "ObjectNode"),
    "reduce": node(
        "evil_module",
        "Class",
        "ConstructorFromReduceNode",
        node("builtins", "tuple", "TupleNode", []),
    ),
    "type": node("evil_module", "Class", "TypeNode"),
    "function": node("evil_module", "function", "FunctionNode"),
    "claims a proper class": node(*PROPER, "FunctionNode", "evil_module.function"),
    "claims a proper type": node(
        *PROPER, "TypeNode", {"__module__": "evil_module", "__class__": "Class"}
    ),
    "method": node(
        *PROPER, "MethodNode", {"func": "f", "obj": node("evil_module", "Class", "ObjectNode")}
    ),
    "operator": {
        **node("evil_module", "function", "OperatorFuncNode"),
        "attrs": node("builtins", "tuple", "TupleNode", []),
    },
    "eval": node("builtins", "eval", "FunctionNode"),
    "unknown": node("evil_module", "Class", "NoSuchNode"),
    "cached": node(*PROPER, "CachedNode"),
    "file that isn't there": {
        **node("numpy", "ndarray", "NdArrayNode"),
        "type": "numpy",
        "file": "9.npy",
    },
    "way out": {
        **node("numpy", "ndarray", "NdArrayNode"),
        "type": "numpy",
        "file": "../../etc/passwd",
    },
    "nothing": "",
    "a list": [],
}


@pytest.mark.parametrize("which", HOSTILE)
def test_hostile_models_are_refused_and_import_nothing(which, evil, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    tree = HOSTILE[which]
    data = zipped(tree) if isinstance(tree, dict) else zipped("", {"x": json.dumps(tree)})
    for policy in (FULL, NONE):
        (out / "data.skops").write_bytes(data)
        refused("return-mismatch", lambda p=policy: MODEL.check(out, spec("model"), p))
    (out / "data.skops").write_bytes(data)
    refused("input-unreadable", lambda: MODEL.read(out, "object", spec("model")))
    assert not evil.exists()


def test_files_that_are_no_skops(tmp_path):
    good = io.BytesIO()
    skops.io.dump(LogisticRegression(), good)
    class_of = zipped(node(*PROPER, "ObjectNode"), {"spare.npy": b"x"})
    for data in (b"", pickle.dumps(1), good.getvalue()[:-30], class_of):
        (tmp_path / "data.skops").write_bytes(data)
        refused("return-mismatch", lambda: MODEL.check(tmp_path, spec("model"), FULL))


def test_a_small_file_that_becomes_a_large_one(tmp_path):
    tree = node(*PROPER, "ObjectNode", " " * (80 << 20))
    bomb = zipped(tree, compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1 << 20
    (tmp_path / "data.skops").write_bytes(bomb)
    refused("return-mismatch", lambda: MODEL.check(tmp_path, spec("model"), FULL), "tightly")


def test_names_from_a_file_are_shown_only_where_they_are_names(tmp_path):
    bad = node("evil\x1b[31m", "canary class", "ObjectNode")
    (tmp_path / "data.skops").write_bytes(zipped(bad))
    assert foreign_classes(tmp_path / "data.skops", ())
    refused("return-mismatch", lambda: MODEL.check(tmp_path, spec("model"), FULL), "1 more")
    (tmp_path / "data.skops").write_bytes(b"canary")
    with pytest.raises(NotSkops):
        foreign_classes(tmp_path / "data.skops", ())


def linear(opset: int = 17, *, dim="n", external: Path | None = None) -> onnx.ModelProto:
    """y = x · w, for n rows of 4 numbers."""
    weight = numpy_helper.from_array(np.ones((4, 2), "float32"), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [dim, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [dim, 2])],
        [weight],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    if external is not None:
        outside = model.graph.initializer[0]
        outside.ClearField("raw_data")
        outside.data_location = TensorProto.EXTERNAL
        outside.external_data.add(key="location", value=str(external))
    return model


def test_onnx_comes_back(tmp_path):
    one = spec("model", format="onnx")
    assert written(linear(), tmp_path, one) is None
    first = (tmp_path / "data.onnx").read_bytes()
    assert MODEL.read(tmp_path, "object", one) == linear()
    assert MODEL.read(tmp_path, "bytes", spec("model")) == first
    (tmp_path / "given.onnx").write_bytes(first)
    out = tmp_path / "out"
    out.mkdir()
    for value in (first, tmp_path / "given.onnx"):
        MODEL.write(value, out, one, FULL)
        assert (out / "data.onnx").read_bytes() == first


@pytest.mark.parametrize(
    ("options", "failing"),
    [
        ({"opset": {"min": 17, "max": 17}}, []),
        ({"opset": {"min": 18}}, [(None, "opset")]),
        ({"opset": {"max": 16}}, [(None, "opset")]),
        ({"signature": {"inputs": {"x": {"dtype": "float32", "shape": ["rows", 4]}}}}, []),
        ({"signature": {"inputs": {"x": {"dtype": "float64"}}}}, [("x", "dtype")]),
        ({"signature": {"inputs": {"x": {"shape": ["rows", 5]}}}}, [("x", "shape")]),
        ({"signature": {"inputs": {"x": {"shape": [1, 4]}}}}, [("x", "shape")]),
        ({"signature": {"inputs": {"z": {}}}}, [("z", "missing"), ("x", "extra")]),
        ({"signature": {"outputs": {"y": {"shape": ["rows", 2]}}}}, []),
        ({"signature": {"outputs": {}}}, [("y", "extra")]),
    ],
)
def test_what_onnx_is_asked(options, failing, tmp_path):
    one = spec("model", format="onnx", **options)
    report = written(linear(), tmp_path, one)
    assert found(report) == failing
    assert MODEL.accept(tmp_path, one, FULL) == report
    assert found(written(linear(), tmp_path, one, TYPES_ONLY)) == failing


def test_a_symbol_of_a_signature_is_one_size(tmp_path):
    signature = {"inputs": {"x": {"shape": ["k", "k"]}}}
    for rows, failing in ((4, []), (3, [("x", "shape")])):
        one = spec("model", format="onnx", signature=signature)
        assert found(written(linear(dim=rows), tmp_path, one)) == failing


def test_onnx_that_is_none_or_leans_on_other_files(tmp_path):
    one = spec("model", format="onnx")
    (tmp_path / "secret").write_bytes(b"x" * 32)
    bad = linear()
    bad.graph.node[0].op_type = "NoSuchOperator"
    for data in (
        b"",
        b"canary",
        pickle.dumps(1),
        linear().SerializeToString()[:-5],
        bad.SerializeToString(),
        linear(external=tmp_path / "secret").SerializeToString(),
    ):
        (tmp_path / "out").mkdir(exist_ok=True)
        (tmp_path / "out" / "data.onnx").write_bytes(data)
        refused("return-mismatch", lambda: MODEL.check(tmp_path / "out", one, FULL))
        refused("input-unreadable", lambda: MODEL.read(tmp_path / "out", "object", one))


def test_weights_in_other_files_inside_a_branch(tmp_path):
    """A graph below a node's attribute is looked at as well."""
    inner = linear(external=tmp_path / "secret").graph
    branch = helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)
    graph = helper.make_graph(
        [branch],
        "outer",
        [helper.make_tensor_value_info("c", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    data = helper.make_model(graph).SerializeToString()
    (tmp_path / "data.onnx").write_bytes(data)
    one = spec("model", format="onnx")
    refused("return-mismatch", lambda: MODEL.check(tmp_path, one, FULL), "other files")


def test_weights_in_safetensors(tmp_path):
    one = spec("model", format="safetensors", tensors={"w": {"shape": ["n", 2]}})
    report = written({"w": np.ones((3, 2), "float32")}, tmp_path, one)
    assert (report.ok, found(report)) == (True, [])
    assert MODEL.read(tmp_path, "object", spec("model"))["w"].shape == (3, 2)
    assert found(written({"w": np.ones((3, 3))}, tmp_path, one)) == [("w", "shape")]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("skops", linear()), ("onnx", LogisticRegression()), ("safetensors", 3), ("onnx", {})],
    ids=["onnx as skops", "estimator as onnx", "number as tensors", "dict as onnx"],
)
def test_a_value_of_another_format(kind, value, tmp_path):
    refused(
        "return-mismatch", lambda: MODEL.write(value, tmp_path, spec("model", format=kind), FULL)
    )
