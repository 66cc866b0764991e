"""A file of any kind."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wombat.data.artifacts import mismatch, no_form
from wombat.data.files import check_alone, encoded, replacing
from wombat.data.media import is_media
from wombat.data.report import Finding
from wombat.data.verdict import asked, judged, sized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.data.artifacts import ArtifactType, Spec
    from wombat.data.forms import Form
    from wombat.data.report import Report
    from wombat.schema.policy import Policy

FILE: Final = "data"


class File:
    """One file under the name that the output gives it; never unpickled, and read no further than
    its first bytes."""

    name = "file"

    def target(self, folder: Path, spec: Spec) -> Path:
        return folder / (spec.path or FILE)

    def source(self, folder: Path, spec: Spec) -> Path:
        return folder / (spec.path or FILE)

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> Report | None:
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
        return self.check(folder, spec, policy)

    def _copy(self, value: Path, file: Path, spec: Spec) -> None:
        if not value.is_file():
            raise mismatch(spec, f"{value.name} is no file; expected the path of one")
        if not (file.exists() and file.samefile(value)):
            with replacing(file) as fresh:
                shutil.copyfile(value, fresh)

    def check(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        file = self.target(folder, spec)
        check_alone(file, folder, spec)
        return _judge(file, spec, policy)

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        return _judge(self.source(folder, spec), spec, policy) if asked(spec) else None

    def read(self, folder: Path, form: Form, spec: Spec) -> object:
        file = self.source(folder, spec)
        if form == "path":
            return file
        if form not in ("text", "bytes"):
            raise no_form(spec, form, "a Path, bytes or str")
        data = file.read_bytes()
        return data if form == "bytes" else data.decode("utf-8")


def _judge(file: Path, spec: Spec, policy: Policy) -> Report | None:
    media = asked(spec, "media").get("media")

    def types() -> Iterator[Finding]:
        yield from sized(file.name, file.stat().st_size, asked(spec, "min_size", "max_size"))
        if media is not None and not is_media(file, media):
            yield Finding(None, "media", f"{file.name} doesn't begin as a {media} file does")

    return judged(spec, policy, types, tuple)


TYPE: Final[ArtifactType] = File()
