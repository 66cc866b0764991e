"""The form in which a task takes or gives an artifact, read off an annotation or a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Form = Literal[
    "pandas",
    "polars",
    "polars-lazy",
    "pyarrow",
    "pyspark",
    "numpy",
    "path",
    "text",
    "bytes",
    "json",
    "iterator",
    "object",
]

FRAMES: Final = ("pandas", "polars", "polars-lazy", "pyarrow", "pyspark")
ALIASES: Final = {
    "pd": "pandas",
    "pl": "polars",
    "pa": "pyarrow",
    "np": "numpy",
    "npt": "numpy.typing",
}
_CLASSES: Final[dict[tuple[str, str], Form]] = {
    ("pandas", "DataFrame"): "pandas",
    ("polars", "DataFrame"): "polars",
    ("polars", "LazyFrame"): "polars-lazy",
    ("pyarrow", "Table"): "pyarrow",
    ("pyspark", "DataFrame"): "pyspark",
    ("numpy", "ndarray"): "numpy",
    ("numpy", "NDArray"): "numpy",
    ("onnx", "ModelProto"): "object",
    ("pathlib", "Path"): "path",
    ("builtins", "str"): "text",
    ("builtins", "bytes"): "bytes",
    **{
        (module, name): "iterator"
        for module in ("collections", "typing")
        for name in ("Iterator", "Iterable", "Generator")
    },
    **{("builtins", name): "json" for name in ("dict", "list", "int", "float", "bool", "NoneType")},
}
_ITERATED: Final = ("Iterator", "Iterable", "Generator")
_JSON: Final = ("Any", "Mapping", "Sequence", "None", "Dict", "List", "TypedDict")
_DEFAULTS: Final[dict[str, Form]] = {
    "json": "json",
    "records": "json",
    "metrics": "json",
    "text": "text",
    "array": "numpy",
    "tensors": "numpy",
    "model": "object",
}
_HEAD: Final = re.compile(r"[A-Za-z_][\w.]*")


def form_of(annotation: Any, names: Mapping[str, Any] | None = None) -> Form | None:
    """The form of an annotation (text or object), or None where it says none.

    `names` maps a text's first word to what it stands for there: a module's globals, or the
    dotted name that it was imported as. No dataframe library is imported for it.
    """
    if isinstance(annotation, str):
        return _of_text(annotation.strip().strip("'\""), names or {})
    origin = getattr(annotation, "__origin__", None)
    if origin is not None and _of_class(annotation) is None:
        return form_of(origin)
    return _of_class(annotation)


def form_of_value(value: object) -> Form | None:
    """The form that a value has; a subclass has its parent's."""
    for kind in type(value).__mro__:
        if form := _of_class(kind):
            return form
    return None


def _of_class(kind: Any) -> Form | None:
    module = str(getattr(kind, "__module__", ""))
    name = str(getattr(kind, "__qualname__", getattr(kind, "_name", "")))
    if kind is None:
        return "json"
    if module.startswith("pandera.typing") and name.startswith(("DataFrame", "LazyFrame")):
        return _CLASSES[_library(module), name.partition("[")[0]]
    if module.startswith("pyspark.pandas"):  # a frame of another library's kind, and lazy
        return None
    return _CLASSES.get((module.partition(".")[0], name))


def _of_text(text: str, names: Mapping[str, Any]) -> Form | None:
    found = _HEAD.match(text)
    if not found:
        return None
    first, _, rest = found[0].partition(".")
    meant = names.get(first)
    if meant is not None and not isinstance(meant, str):
        return _of_object(meant, rest)
    dotted = f"{meant or ALIASES.get(first, first)}{'.' + rest if rest else ''}"
    module, _, name = dotted.rpartition(".")
    if module.startswith("pandera.typing"):
        return _CLASSES.get((_library(module), name))
    if form := _CLASSES.get((module.partition(".")[0] or "builtins", name)):
        return form
    if dotted == "Path":
        return "path"
    return "json" if name in _JSON else "iterator" if dotted in _ITERATED else None


def _library(module: str) -> str:
    """The library of a module of pandera's annotations."""
    return next((name for name in ("polars", "pyspark") if name in module), "pandas")


def _of_object(meant: Any, rest: str) -> Form | None:
    for step in rest.split(".") if rest else ():
        meant = getattr(meant, step, None)
    return form_of(meant) if not isinstance(meant, str) else None


def default_form(artifact_type: str) -> Form:
    """The form where no annotation says one: frames as the first library that is installed."""
    from importlib.util import find_spec

    if artifact_type == "dataframe":
        frames: tuple[Form, ...] = ("pandas", "polars", "pyarrow")
        return next((name for name in frames if find_spec(name)), "path")
    return _DEFAULTS.get(artifact_type, "path")
