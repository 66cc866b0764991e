"""A file of any kind."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wombat.data.artifacts import mismatch, no_form
from wombat.data.files import check_alone, encoded, replacing

if TYPE_CHECKING:
    from wombat.data.artifacts import ArtifactType, Spec
    from wombat.data.forms import Form
    from wombat.schema.policy import Policy

FILE: Final = "data"


class File:
    """One file under the name that the output gives it; never opened, never unpickled."""

    name = "file"

    def target(self, folder: Path, spec: Spec) -> Path:
        return folder / (spec.path or FILE)

    def source(self, folder: Path, spec: Spec) -> Path:
        return folder / (spec.path or FILE)

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> None:
        file = self.target(folder, spec)
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(value, bytes | str):
            data = encoded(value, spec) if isinstance(value, str) else value
            with replacing(file) as fresh:
                fresh.write_bytes(data)
        elif isinstance(value, Path):
            self._copy(value, file, spec)
        else:
            said = f"a {type(value).__name__} was returned; expected bytes, text or a Path"
            raise mismatch(spec, said, "or take the output as a wombat.Output and write there")
        self.check(folder, spec, policy)

    def _copy(self, value: Path, file: Path, spec: Spec) -> None:
        if not value.is_file():
            raise mismatch(spec, f"{value.name} is no file; expected the path of one")
        if not (file.exists() and file.samefile(value)):
            with replacing(file) as fresh:
                shutil.copyfile(value, fresh)

    def check(self, folder: Path, spec: Spec, policy: Policy) -> None:  # noqa: ARG002
        check_alone(self.target(folder, spec), folder, spec)

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> None:
        """Nothing is asked of a file."""

    def read(self, folder: Path, form: Form, spec: Spec) -> object:
        file = self.source(folder, spec)
        if form == "path":
            return file
        if form not in ("text", "bytes"):
            raise no_form(spec, form, "a Path, bytes or str")
        data = file.read_bytes()
        return data if form == "bytes" else data.decode("utf-8")


TYPE: Final[ArtifactType] = File()
