"""A folder of files of any kind."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.data.artifacts import mismatch, no_form
from wombat.data.files import check_folder, replacing
from wombat.data.report import Finding
from wombat.data.verdict import asked, judged, sized
from wombat.language.globs import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.data.artifacts import ArtifactType, Spec
    from wombat.data.forms import Form
    from wombat.data.report import Report
    from wombat.schema.policy import Policy


class Directory:
    """All files below the folder; links and special files are refused."""

    name = "directory"

    def target(self, folder: Path, spec: Spec) -> Path:  # noqa: ARG002  # the protocol's
        return folder

    def source(self, folder: Path, spec: Spec) -> Path:  # noqa: ARG002  # the protocol's
        return folder

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        if not isinstance(value, Path) or not value.is_dir():
            said = f"a {type(value).__name__} was returned; expected the Path of a folder"
            raise mismatch(spec, said, "or take the output as a wombat.Output and write there")
        _refuse_special(value, spec)
        check_folder(folder, spec)
        _refuse_special(folder, spec)
        if not folder.samefile(value):
            shutil.copytree(value, folder, dirs_exist_ok=True, copy_function=_copy)
        return self.check(folder, spec, policy)

    def check(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        check_folder(folder, spec)
        _refuse_special(folder, spec)
        if not any(path.is_file() for path in folder.rglob("*")):
            raise mismatch(spec, "nothing was written; expected at least one file")
        return _judge(folder, spec, policy)

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        return _judge(folder, spec, policy) if asked(spec) else None

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


def _judge(folder: Path, spec: Spec, policy: Policy) -> Report | None:
    return judged(spec, policy, lambda: _findings(folder, spec), tuple)


def _findings(folder: Path, spec: Spec) -> Iterator[Finding]:
    """What the paths and sizes fail; no file is opened. A path is named by its pattern alone."""
    sizes = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    patterns: dict[str, dict[str, Any]] = asked(spec, "files").get("files", {})
    rest = set(sizes)
    for pattern, wanted in patterns.items():
        of_it = {name: size for name, size in sizes.items() if compiled(pattern).fullmatch(name)}
        rest -= set(of_it)
        yield from _counted(pattern, len(of_it), wanted)
        for found in (one for size in of_it.values() for one in sized("a file", size, wanted)):
            yield Finding(pattern, found.check, f"'{pattern}': {found.message}")
            break
    if rest and asked(spec, "extra").get("extra") == "forbid":
        said = f"{len(rest):,} files are none of {', '.join(patterns) or 'those that are asked'}"
        yield Finding(None, "extra", said)
    yield from sized("the folder", sum(sizes.values()), asked(spec, "min_size", "max_size"))


def _counted(pattern: str, count: int, wanted: dict[str, Any]) -> Iterator[Finding]:
    least, most = wanted.get("min"), wanted.get("max")
    if least is not None and count < least:
        said = f"'{pattern}': {count:,} files; expected at least {least:,}"
        yield Finding(pattern, "min", said)
    if most is not None and count > most:
        yield Finding(pattern, "max", f"'{pattern}': {count:,} files; expected at most {most:,}")


TYPE: Final[ArtifactType] = Directory()
