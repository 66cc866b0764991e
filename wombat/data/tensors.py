"""Named tensors in a safetensors file: written, opened one at a time, judged."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from wombat.data.extras import require
from wombat.data.report import Finding
from wombat.data.verdict import asked, judged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wombat.data.artifacts import Spec
    from wombat.data.report import Report
    from wombat.schema.policy import Policy

DTYPES: Final = {
    "BOOL": "bool",
    **{f"{sign}{bits}": f"{word}{bits}" for sign, word in (("I", "int"), ("U", "uint"))
       for bits in (8, 16, 32, 64)},
    **{f"F{bits}": f"float{bits}" for bits in (16, 32, 64)},
    "C64": "complex64",
}  # fmt: skip


UNPACKED: Final = 64 << 20
RATIO: Final = 100
"""Above the first so many bytes, a compressed file may unpack to so many times its size."""


class NotTensors(ValueError):
    """Why a value or a file is no set of tensors; it names no value."""


def write_tensors(value: Mapping[Any, Any], file: Path) -> None:
    """A dict of arrays as its canonical file: the same arrays have the same bytes."""
    _require()
    from safetensors.numpy import save_file

    from wombat.data.arrays import plain

    arrays: dict[str, Any] = {}
    for name, one in value.items():
        if not isinstance(name, str) or not name or name == "__metadata__":
            raise NotTensors("a tensor has no proper name; expected text")
        try:
            array = plain(one)
        except ValueError as fault:
            raise NotTensors(f"'{name}' is {fault}") from None
        if array.dtype.name not in DTYPES.values():
            raise NotTensors(f"'{name}' holds {array.dtype}; expected numbers up to 64 bits")
        arrays[name] = array
    if not arrays:
        raise NotTensors("there are no tensors; expected at least one")
    save_file(arrays, file)


def read_npz(file: Path) -> dict[str, Any]:
    """The arrays of an npz file; nothing in it is unpickled."""
    require("numpy", "arrays", "pandas")
    import numpy as np

    if not zipfile.is_zipfile(file):
        raise NotTensors("it is no npz file")
    try:
        _check_sizes(file)
        with np.load(file, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except NotTensors:
        raise
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, KeyError, zlib.error, MemoryError):
        raise NotTensors("it is no npz file of numbers") from None


def _check_sizes(file: Path) -> None:
    """That a small file doesn't unpack into memory without end; zipfile reads no more than said."""
    with zipfile.ZipFile(file) as found:
        size = sum(one.file_size for one in found.infolist())
    if size > max(UNPACKED, RATIO * file.stat().st_size):
        raise NotTensors(
            f"it unpacks to {size:,} bytes, more than {RATIO} times its own; "
            "expected safetensors of arrays that are so much alike"
        )


@contextmanager
def opened(file: Path) -> Iterator[Any]:
    """The file with its header proved: names, dtypes and shapes that fill it exactly."""
    _require()
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np") as found:
            yield found
    except SafetensorError:
        raise NotTensors("it is no whole safetensors file") from None


def read_tensors(file: Path) -> dict[str, Any]:
    with opened(file) as found:
        return {name: _tensor(found, name) for name in sorted(found.keys())}


def canonical_tensors(file: Path, fresh: Path) -> None:
    """The canonical file of a safetensors file that others wrote, without its metadata."""
    write_tensors(read_tensors(file), fresh)


def judge_tensors(file: Path, spec: Spec, policy: Policy) -> Report | None:
    """The report on a file of tensors; one of them at a time is read."""
    return judged(spec, policy, lambda: _types(file, spec), lambda: _values(file, spec))


def _types(file: Path, spec: Spec) -> Iterator[Finding]:
    from wombat.data.arrays import Shapes

    tensors, shapes = _asked(spec), Shapes()
    with opened(file) as found:
        names = set(found.keys())
        for name, wanted in tensors.items():
            if name not in names:
                if wanted.get("required", True):
                    yield Finding(name, "missing", f"tensor '{name}' is missing")
                continue
            view = found.get_slice(name)
            dtype = DTYPES.get(view.get_dtype(), view.get_dtype().lower())
            yield from shapes.findings(name, dtype, view.get_shape(), wanted)
    extra = spec.options.get("extra") or ("forbid" if tensors else "allow")
    if extra == "forbid":
        for name in sorted(names - set(tensors)):
            yield Finding(name, "extra", f"tensor '{name}' isn't among those that are asked")


def _values(file: Path, spec: Spec) -> Iterator[Finding]:
    from wombat.data.arrays import value_findings

    with opened(file) as found:
        names = set(found.keys())
        for name, wanted in _asked(spec).items():
            if name in names and {"finite", "min", "max"} & set(wanted):
                yield from value_findings(name, _tensor(found, name), wanted)


def _asked(spec: Spec) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = asked(spec, "tensors").get("tensors", {})
    return found


def _tensor(found: Any, name: str) -> Any:
    if found.get_slice(name).get_dtype() not in DTYPES:
        raise NotTensors(f"'{name}' holds numbers that numpy hasn't; expected float32 or the like")
    return found.get_tensor(name)


def _require() -> None:
    require("numpy", "arrays", "pandas")
    require("safetensors", "tensors", "models")
