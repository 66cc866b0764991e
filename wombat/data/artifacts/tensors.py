"""Named tensors: the weights of a model, or whatever belongs together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from wombat.data.artifacts import mismatch, no_form
from wombat.data.files import check_alone, replacing
from wombat.data.tensors import (
    NotTensors,
    canonical_tensors,
    judge_tensors,
    read_npz,
    read_tensors,
    write_tensors,
)
from wombat.data.verdict import asked, unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.data.artifacts import ArtifactType, Spec
    from wombat.data.forms import Form
    from wombat.data.report import Report
    from wombat.schema.policy import Policy

FILE: Final = "data.safetensors"


class Tensors:
    """One file, `data.safetensors`: a dict of arrays by name; npz is read in."""

    name = "tensors"

    def target(self, folder: Path, spec: Spec) -> Path:
        return folder / f"data.{spec.options.get('format') or 'safetensors'}"

    def source(self, folder: Path, spec: Spec) -> Path:  # noqa: ARG002  # the protocol's
        return folder / FILE

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        if not isinstance(value, Mapping):
            said = f"a {type(value).__name__} was returned; expected a dict of numpy arrays"
            raise mismatch(spec, said)
        try:
            with replacing(folder / FILE) as fresh:
                write_tensors(value, fresh)
        except NotTensors as fault:
            raise mismatch(spec, str(fault)) from None
        check_alone(folder / FILE, folder, spec)
        return judge_tensors(folder / FILE, spec, policy)

    def check(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        file = self.target(folder, spec)
        check_alone(file, folder, spec)
        try:
            with replacing(folder / FILE) as fresh:
                if file.suffix == ".npz":
                    write_tensors(read_npz(file), fresh)
                else:
                    canonical_tensors(file, fresh)
        except NotTensors as fault:
            raise mismatch(spec, f"{file.name} can't be kept: {fault}") from None
        if file.name != FILE:
            file.unlink()
        return judge_tensors(folder / FILE, spec, policy)

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        if not asked(spec):
            return None
        try:
            return judge_tensors(folder / FILE, spec, policy)
        except NotTensors as fault:
            raise unreadable(spec, str(fault)) from None

    def read(self, folder: Path, form: Form, spec: Spec) -> object:
        if form == "path":
            return self.source(folder, spec)
        if form not in ("numpy", "json", "object"):
            raise no_form(spec, form, "a dict of numpy arrays or a Path")
        try:
            return read_tensors(folder / FILE)
        except NotTensors as fault:
            raise unreadable(spec, str(fault)) from None


TYPE: Final[ArtifactType] = Tensors()
