"""One array of numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.data.artifacts import mismatch, no_form
from wombat.data.extras import require
from wombat.data.files import check_alone, replacing
from wombat.data.verdict import asked, judged, unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.data.artifacts import ArtifactType, Spec
    from wombat.data.forms import Form
    from wombat.data.report import Report
    from wombat.schema.policy import Policy

FILE: Final = "data.npy"


class Array:
    """One file, `data.npy`: C order, little-endian, nothing pickled."""

    name = "array"

    def target(self, folder: Path, spec: Spec) -> Path:  # noqa: ARG002  # the protocol's
        return folder / FILE

    def source(self, folder: Path, spec: Spec) -> Path:  # noqa: ARG002  # the protocol's
        return folder / FILE

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        require("numpy", "arrays", "pandas")
        from wombat.data.arrays import plain, write_npy

        try:
            array = plain(value)
        except ValueError as fault:
            raise mismatch(spec, f"what was returned is {fault}") from None
        with replacing(folder / FILE) as fresh:
            write_npy(array, fresh)
        check_alone(folder / FILE, folder, spec)
        return _judge(array, spec, policy)

    def check(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        check_alone(folder / FILE, folder, spec)
        require("numpy", "arrays", "pandas")
        from wombat.data.arrays import open_npy, write_npy

        try:
            array = open_npy(folder / FILE)
        except (ValueError, OverflowError) as fault:
            raise mismatch(spec, f"{FILE} can't be kept: {_reason(fault)}") from None
        with replacing(folder / FILE) as fresh:
            write_npy(array, fresh)
        return _judge(array, spec, policy)

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        return _judge(_stored(folder, spec), spec, policy) if asked(spec) else None

    def read(self, folder: Path, form: Form, spec: Spec) -> object:
        if form == "path":
            return self.source(folder, spec)
        if form not in ("numpy", "object"):
            raise no_form(spec, form, "a numpy array or a Path")
        import numpy as np

        return np.array(_stored(folder, spec))


def _stored(folder: Path, spec: Spec) -> Any:
    require("numpy", "arrays", "pandas")
    from wombat.data.arrays import open_npy

    try:
        return open_npy(folder / FILE)
    except (ValueError, OverflowError) as fault:
        raise unreadable(spec, f"{FILE} is {_reason(fault)}") from None


def _reason(fault: Exception) -> str:
    """Our own words; numpy's would show a part of the file."""
    known = "array of objects", "version", "bytes than its header"
    return str(fault) if any(word in str(fault) for word in known) else "no array in npy format"


def _judge(array: Any, spec: Spec, policy: Policy) -> Report | None:
    from wombat.data.arrays import Shapes, value_findings

    wanted = asked(spec)
    return judged(
        spec,
        policy,
        lambda: Shapes().findings(None, array.dtype.name, array.shape, wanted),
        lambda: value_findings(None, array, wanted),
    )


TYPE: Final[ArtifactType] = Array()
