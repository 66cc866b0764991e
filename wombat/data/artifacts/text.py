"""Text in UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.data.artifacts import mismatch, no_form
from wombat.data.files import check_alone, encoded, replacing

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.data.artifacts import ArtifactType, Spec
    from wombat.data.forms import Form
    from wombat.schema.policy import Policy

FILE: Final = "data.txt"


class Text:
    """One file, `data.txt` unless the output names it; byte for byte as it was given."""

    name = "text"

    def target(self, folder: Path, spec: Spec) -> Path:
        return folder / (spec.path or FILE)

    def source(self, folder: Path, spec: Spec) -> Path:
        return folder / (spec.path or FILE)

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> None:  # noqa: ARG002
        if not isinstance(value, str):
            raise mismatch(spec, f"a {type(value).__name__} was returned; expected text")
        data = encoded(value, spec)
        file = self.target(folder, spec)
        with replacing(file) as fresh:
            fresh.write_bytes(data)
        check_alone(file, folder, spec)

    def check(self, folder: Path, spec: Spec, policy: Policy) -> None:  # noqa: ARG002
        file = self.target(folder, spec)
        check_alone(file, folder, spec)
        try:
            file.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            raise mismatch(spec, f"{file.name} isn't UTF-8") from None

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> None:
        """Nothing is asked of a text."""

    def read(self, folder: Path, form: Form, spec: Spec) -> object:
        file = self.source(folder, spec)
        if form == "path":
            return file
        if form not in ("text", "bytes"):
            raise no_form(spec, form, "str, bytes or a Path")
        data = file.read_bytes()
        return data if form == "bytes" else data.decode("utf-8")


TYPE: Final[ArtifactType] = Text()
