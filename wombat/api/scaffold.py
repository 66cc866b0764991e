"""The files of a new project, out of the templates that ship with the package."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from wombat.api.files import write_whole
from wombat.errors import UsageFault
from wombat.language.editor import pipeline_text, project_text
from wombat.language.root import PROJECT_FILE
from wombat.schema.editor import schema_text
from wombat.settings import project_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

MODELINE: Final = "# yaml-language-server: $schema=schemas/json/project.schema.json\n"
IGNORED: Final = ".wombat/"
EDITOR: Final = {
    "schemas/json/pipeline.schema.json": pipeline_text,
    "schemas/json/project.schema.json": project_text,
    "schemas/json/schema.schema.json": schema_text,
}


@dataclass
class Begun:
    """Paths below the folder: what was written, and what was there and stays."""

    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def begin(folder: Path, *, example: bool = True) -> Begun:
    """Writes what is missing of a project into `folder`; never changes a file but .gitignore."""
    if folder.exists() and not folder.is_dir():
        raise UsageFault(f"'{folder.name}' is a file; expected a folder", code="not-a-folder")
    done = Begun()
    name = project_name(folder.resolve().name)
    # Said in the file, so that a renamed or copied folder stays the same project.
    _write(folder, PROJECT_FILE, f"{MODELINE}project: {name}\n", done)
    for path, text in _project(example=example):
        _write(folder, path, text, done)
    _ignore(folder, done)
    return done


def _project(*, example: bool) -> Iterator[tuple[str, str]]:
    if example:
        yield from _templates(files("wombat") / "templates" / "init", "")
    else:
        yield "pipelines/.gitkeep", ""
    for path, text in EDITOR.items():
        yield path, text()


def _templates(folder: Traversable, above: str) -> Iterator[tuple[str, str]]:
    for one in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if one.is_dir() and one.name != "__pycache__":
            yield from _templates(one, f"{above}{one.name}/")
        elif one.is_file():
            yield f"{above}{one.name}", one.read_text(encoding="utf-8")


def _write(folder: Path, path: str, text: str, done: Begun) -> None:
    file = folder / path
    if file.exists():
        done.kept.append(path)
        return
    write_whole(file, text)
    done.written.append(path)


def _ignore(folder: Path, done: Begun) -> None:
    """Keeps the local store out of git."""
    file = folder / ".gitignore"
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    if IGNORED in before.splitlines():
        return
    gap = "" if before.endswith("\n") or not before else "\n"
    write_whole(file, f"{before}{gap}{IGNORED}\n")
    done.written.append(".gitignore")
