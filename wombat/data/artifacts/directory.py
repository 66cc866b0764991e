"""A folder of files of any kind."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wombat.data.artifacts import mismatch, no_form
from wombat.data.files import check_folder, replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.data.artifacts import ArtifactType, Spec
    from wombat.data.forms import Form
    from wombat.schema.policy import Policy


class Directory:
    """All files below the folder; links and special files are refused."""

    name = "directory"

    def target(self, folder: Path, spec: Spec) -> Path:  # noqa: ARG002  # the protocol's
        return folder

    def source(self, folder: Path, spec: Spec) -> Path:  # noqa: ARG002  # the protocol's
        return folder

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> None:
        if not isinstance(value, Path) or not value.is_dir():
            said = f"a {type(value).__name__} was returned; expected the Path of a folder"
            raise mismatch(spec, said, "or take the output as a wombat.Output and write there")
        _refuse_special(value, spec)
        check_folder(folder, spec)
        _refuse_special(folder, spec)
        if not folder.samefile(value):
            shutil.copytree(value, folder, dirs_exist_ok=True, copy_function=_copy)
        self.check(folder, spec, policy)

    def check(self, folder: Path, spec: Spec, policy: Policy) -> None:  # noqa: ARG002
        check_folder(folder, spec)
        _refuse_special(folder, spec)
        if not any(path.is_file() for path in folder.rglob("*")):
            raise mismatch(spec, "nothing was written; expected at least one file")

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> None:
        """Nothing is asked of a folder."""

    def read(self, folder: Path, form: Form, spec: Spec) -> object:
        if form != "path":
            raise no_form(spec, form, "a Path")
        return folder


def _copy(source: str, target: str) -> None:
    with replacing(Path(target)) as fresh:
        shutil.copy2(source, fresh)


def _refuse_special(folder: Path, spec: Spec) -> None:
    for path in _special(folder):
        name = path.relative_to(folder).as_posix()
        raise mismatch(spec, f"'{name}' is a link or no ordinary file; expected files and folders")


def _special(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            yield path


TYPE: Final[ArtifactType] = Directory()
