"""Models in ONNX: checked, and what they take and give against what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.data.extras import require
from wombat.data.report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LARGEST: Final = (1 << 31) - 1
"""What one message of this format can hold."""


class NotOnnx(ValueError):
    """Why a value or a file is no model in ONNX."""


def open_model(file: Path) -> Any:
    """The checked model; NotOnnx for what is none, or for one whose weights lie in other files."""
    require("onnx", "models in ONNX", "models")
    import onnx
    from google.protobuf.message import DecodeError

    if file.stat().st_size > LARGEST:
        raise NotOnnx("it is larger than 2 GiB")
    try:
        model = onnx.load_model_from_string(file.read_bytes())
        _check_inside(model)
        onnx.checker.check_model(model)
    except NotOnnx:
        raise
    except (DecodeError, ValueError, TypeError, RecursionError, onnx.checker.ValidationError):
        raise NotOnnx("onnx.checker finds it invalid") from None
    return model


def to_data(model: Any) -> bytes:
    """The canonical bytes of a ModelProto."""
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def _check_inside(model: Any) -> None:
    import onnx
    from onnx.external_data_helper import uses_external_data

    waiting = [model.graph]
    while waiting:
        graph = waiting.pop()
        tensors = list(graph.initializer)
        for node in graph.node:
            for one in node.attribute:
                tensors += [one.t, *one.tensors]
                waiting += [one.g, *one.graphs] if one.type in _GRAPHS(onnx) else []
        if any(uses_external_data(one) for one in tensors):
            raise NotOnnx("its weights lie in other files; expected them inside")


def _GRAPHS(onnx: Any) -> tuple[int, int]:  # noqa: N802
    return onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS


def opset(model: Any) -> int:
    """The version of ONNX' own operators; 0 where it uses none."""
    return max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")),
               default=0)  # fmt: skip


def findings(model: Any, wanted: Mapping[str, Any]) -> Iterator[Finding]:
    """What the operators' version, and the names, types and shapes of a graph fail."""
    from wombat.data.arrays import Shapes

    if (bounds := wanted.get("opset")) is not None:
        yield from _of_opset(opset(model), bounds)
    signature, shapes = wanted.get("signature", {}), Shapes()
    known = {one.name for one in model.graph.initializer}
    sides = {
        "inputs": [one for one in model.graph.input if one.name not in known],
        "outputs": list(model.graph.output),
    }
    for side, values in sides.items():
        if (asked := signature.get(side)) is not None:
            yield from _of_side(side, {one.name: one for one in values}, asked, shapes)


def _of_opset(version: int, bounds: Mapping[str, int]) -> Iterator[Finding]:
    least, most = bounds.get("min", version), bounds.get("max", version)
    if not least <= version <= most:
        expected = f"at least {least}" if version < least else f"at most {most}"
        yield Finding(None, "opset", f"the model uses opset {version}; expected {expected}")


def _of_side(
    side: str, values: Mapping[str, Any], asked: Mapping[str, Any], shapes: Any
) -> Iterator[Finding]:
    for name, port in asked.items():
        if name not in values:
            yield Finding(name, "missing", f"the model has no '{name}' among its {side}")
            continue
        kind = values[name].type
        if not kind.HasField("tensor_type"):
            yield Finding(name, "dtype", f"'{name}' is no tensor")
            continue
        dtype, shape = _dtype(kind.tensor_type.elem_type), _shape(kind.tensor_type)
        yield from shapes.findings(name, dtype, shape, port)
    for name in values:
        if name not in asked:
            yield Finding(
                name, "extra", f"'{name}' is one of the model's {side}; expected none such"
            )


def _dtype(number: int) -> str:
    from onnx import helper

    try:
        return str(helper.tensor_dtype_to_np_dtype(number).name)
    except KeyError:
        return "of another kind"


def _shape(tensor: Any) -> list[int | None]:
    """Its sizes; None where one is only known when the model runs."""
    return [one.dim_value if one.HasField("dim_value") else None for one in tensor.shape.dim]
