"""Trained models, in formats that run no code by being opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.data.artifacts import mismatch, no_form
from wombat.data.files import check_alone, replacing
from wombat.data.onnx_files import NotOnnx, findings, open_model, to_data
from wombat.data.skops_files import (
    NotReviewed,
    NotSkops,
    canonical_model,
    dump_model,
    foreign_classes,
    load_model,
)
from wombat.data.tensors import (
    NotTensors,
    canonical_tensors,
    judge_tensors,
    read_tensors,
    write_tensors,
)
from wombat.data.verdict import asked, judged, unreadable

if TYPE_CHECKING:
    from wombat.data.artifacts import ArtifactType, Spec
    from wombat.data.forms import Form
    from wombat.data.report import Report
    from wombat.schema.policy import Policy

FORMATS: Final = ("skops", "onnx", "safetensors")
FAULTS: Final = (NotSkops, NotOnnx, NotTensors)
REVIEW: Final = "review them, then list them as trusted: at the output that makes the model"


class Model:
    """One file, `data.FORMAT`: skops for scikit-learn's estimators, onnx, or safetensors.

    An object out of a file in skops is only made where all its classes are reviewed ones.
    """

    name = "model"

    def target(self, folder: Path, spec: Spec) -> Path:
        return folder / f"data.{_format(spec)}"

    def source(self, folder: Path, spec: Spec) -> Path:
        there = [folder / f"data.{one}" for one in FORMATS if (folder / f"data.{one}").is_file()]
        return there[0] if len(there) == 1 else self.target(folder, spec)

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        file = self.target(folder, spec)
        with replacing(file) as fresh:
            try:
                _write(value, fresh, _format(spec))
            except FAULTS as fault:
                raise mismatch(spec, f"what was returned can't be kept: {fault}") from None
            except TypeError as fault:
                raise mismatch(spec, str(fault), "format: skops, onnx or safetensors") from None
        return self.check(folder, spec, policy)

    def check(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        file = self.target(folder, spec)
        check_alone(file, folder, spec)
        try:
            _make_canonical(file)
            return _judge(file, spec, policy)
        except FAULTS as fault:
            hint = REVIEW if isinstance(fault, NotReviewed) else None
            raise mismatch(spec, f"{file.name} can't be kept: {fault}", hint) from None

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        file = self.source(folder, spec)
        if not asked(spec, "opset", "signature", "tensors"):
            return None
        try:
            return _judge(file, spec, policy)
        except FAULTS as fault:
            raise unreadable(spec, f"{file.name}: {fault}") from None

    def read(self, folder: Path, form: Form, spec: Spec) -> object:
        file = self.source(folder, spec)
        if form == "path":
            return file
        if form == "bytes":
            return file.read_bytes()
        if form not in ("object", "json", "numpy"):
            raise no_form(spec, form, "its own class, bytes or a Path")
        try:
            return _read(file, spec)
        except FAULTS as fault:
            hint = REVIEW if isinstance(fault, NotReviewed) else None
            raise unreadable(spec, f"{file.name}: {fault}", hint) from None


def _format(spec: Spec) -> str:
    return str(spec.options.get("format") or "skops")


def _write(value: object, file: Path, kind: str) -> None:
    """A value into a file of the format; TypeError for one of another kind."""
    data = _data(value)
    if data is not None:
        file.write_bytes(data)
    elif _is_proto(value):
        if kind != "onnx":
            raise TypeError(f"a ModelProto was returned; expected what {kind} keeps")
        file.write_bytes(to_data(value))
    elif kind == "onnx":
        raise TypeError(f"a {type(value).__name__} was returned; expected a ModelProto or a Path")
    elif kind == "safetensors":
        if not isinstance(value, Mapping):
            raise TypeError(f"a {type(value).__name__} was returned; expected a dict of arrays")
        write_tensors(value, file)
    else:
        dump_model(value, file)


def _data(value: object) -> bytes | None:
    """A file that the task has made itself, by its bytes or its path."""
    if isinstance(value, bytes):
        return value
    return value.read_bytes() if isinstance(value, Path) and value.is_file() else None


def _is_proto(value: object) -> bool:
    kind = type(value)
    return kind.__name__ == "ModelProto" and kind.__module__.partition(".")[0] == "onnx"


def _make_canonical(file: Path) -> None:
    if file.suffix == ".onnx":
        open_model(file)
        return
    make = canonical_model if file.suffix == ".skops" else canonical_tensors
    with replacing(file) as fresh:
        make(file, fresh)


def _read(file: Path, spec: Spec) -> Any:
    if file.suffix == ".onnx":
        return open_model(file)
    if file.suffix == ".safetensors":
        return read_tensors(file)
    return load_model(file, spec.options.get("trusted", ()))


def _judge(file: Path, spec: Spec, policy: Policy) -> Report | None:
    if file.suffix == ".safetensors":
        return judge_tensors(file, spec, policy)
    if file.suffix == ".onnx":
        return judged(spec, policy, lambda: findings(open_model(file), asked(spec)), tuple)
    if found := foreign_classes(file, spec.options.get("trusted", ())):
        raise NotReviewed(found)
    return None


TYPE: Final[ArtifactType] = Model()
