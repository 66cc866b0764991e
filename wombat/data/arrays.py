"""Arrays of numpy: what they must be, and one file for one array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wombat.data.report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BLOCK: Final = 1 << 20
"""Elements that are looked at together."""
KINDS: Final = "biufcUSmM"
"""Numbers, text and moments: what an array file says without running code."""


def plain(value: Any) -> np.ndarray[Any, Any]:
    """The same array in C order and little-endian; ValueError for what no file keeps."""
    if isinstance(value, np.ma.MaskedArray):
        raise ValueError("a masked array, whose mask no file keeps; expected values")  # noqa: TRY004
    if not isinstance(value, np.ndarray):
        raise ValueError(f"a {type(value).__name__}; expected a numpy array")  # noqa: TRY004
    if value.dtype.kind not in KINDS:
        raise ValueError(f"an array of {value.dtype}; expected numbers, text or moments")
    return np.asarray(value, dtype=value.dtype.newbyteorder("<"), order="C").view(np.ndarray)


def write_npy(array: np.ndarray[Any, Any], file: Path) -> None:
    """The canonical file: the same array has the same bytes."""
    with file.open("wb") as stream:
        np.lib.format.write_array(stream, plain(array), allow_pickle=False)


def open_npy(file: Path) -> np.ndarray[Any, Any]:
    """An array as it lies in its file, not read yet. ValueError for what is none.

    A header that says more than there is, or objects, is refused; nothing is ever unpickled.
    """
    with file.open("rb") as stream:
        version = np.lib.format.read_magic(stream)
        reader = _HEADERS.get(version)
        if reader is None:
            raise ValueError("a version of the format that isn't known")
        shape, fortran, dtype = reader(stream)
        start = stream.tell()
    if dtype.kind not in KINDS or dtype.hasobject:
        raise ValueError("an array of objects or of several columns")
    count = 1
    for size in shape:
        count *= size
    if min(shape, default=0) < 0 or file.stat().st_size != start + count * dtype.itemsize:
        raise ValueError("more or fewer bytes than its header says")
    order: Any = "F" if fortran else "C"
    if count * dtype.itemsize == 0:
        return np.empty(shape, dtype, order)
    return np.memmap(file, dtype, "r", start, shape, order)


_HEADERS: Final[dict[tuple[int, int], Any]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class Shapes:
    """Shapes against their dimensions; a symbol has the first size that it meets."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}

    def findings(
        self, name: str | None, dtype: str, shape: Sequence[int | None], wanted: dict[str, Any]
    ) -> Iterator[Finding]:
        """What dtype and shape fail; a size of None is one that isn't known before a run."""
        what = f"'{name}'" if name else "the array"
        if wanted.get("dtype") not in (None, dtype):
            said = f"{what} holds {dtype}; expected {wanted['dtype']}"
            yield Finding(name, "dtype", said)
        if (dimensions := wanted.get("shape")) is None:
            return
        if len(shape) != len(dimensions) or not all(map(self._fits, shape, dimensions)):
            bound = {s: n for s, n in self.sizes.items() if s in dimensions}
            where = ", ".join(f"{symbol} = {size}" for symbol, size in bound.items())
            said = f"{what} is {_shown(shape)}; expected {_shown(dimensions)}"
            yield Finding(name, "shape", f"{said} where {where}" if where else said)

    def _fits(self, size: int | None, dimension: int | str) -> bool:
        if isinstance(dimension, int):
            return size == dimension
        return size is None or self.sizes.setdefault(dimension, size) == size


def _shown(shape: Sequence[object]) -> str:
    return f"[{', '.join('?' if size is None else str(size) for size in shape)}]"


def value_findings(
    name: str | None, array: np.ndarray[Any, Any], wanted: dict[str, Any]
) -> Iterator[Finding]:
    """What the values fail, block by block; counts alone."""
    what = f"'{name}'" if name else "the array"
    words = ("finite", "min", "max")
    asked = {word: wanted[word] for word in words if wanted.get(word, False) is not False}
    if not asked or array.size == 0:
        return
    if array.dtype.kind not in ("biuf" if {"min", "max"} & set(asked) else "biufc"):
        said = f"{what} holds {array.dtype.name}, which has no such bounds"
        yield Finding(name, "dtype", said)
        return
    counts = dict.fromkeys(asked, 0)
    for block in _blocks(array):
        for word, value in asked.items():
            counts[word] += _failing(word, block, value)
    for word, count in counts.items():
        if count:
            told = f"{count:,} of {array.size:,} values"
            said = _SAID[word].format(what=what, told=told, value=asked[word])
            yield Finding(name, word, said)


_SAID: Final = {
    "finite": "{told} of {what} are NaN or infinite",
    "min": "{told} of {what} are below {value}, or NaN",
    "max": "{told} of {what} are above {value}, or NaN",
}


def _failing(word: str, block: np.ndarray[Any, Any], value: Any) -> int:
    if word == "finite":
        return int(np.count_nonzero(~np.isfinite(block)))
    inside = block >= value if word == "min" else block <= value
    return int(np.count_nonzero(~inside))


def _blocks(array: np.ndarray[Any, Any]) -> Iterator[np.ndarray[Any, Any]]:
    flat = array.reshape(-1, order="A")
    for start in range(0, flat.size, BLOCK):
        yield np.asarray(flat[start : start + BLOCK])
