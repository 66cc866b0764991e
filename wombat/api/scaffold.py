"""The files of a new project, out of the templates that ship with the package."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from wombat.api.ci_file import GITLAB, read_ci_file, require_file, to_add
from wombat.api.files import write_whole
from wombat.api.project import check
from wombat.api.vendored import EDITOR, template_text
from wombat.backends.gitlab.template import PATH as TEMPLATE
from wombat.ci import git, observe
from wombat.errors import UsageFault
from wombat.language.root import PROJECT_FILE
from wombat.settings import project_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

Ci = Literal["gitlab", "none"]

MODELINE: Final = "# yaml-language-server: $schema=schemas/json/project.schema.json\n"
IGNORED: Final = ".wombat/"
SECTION: Final = """\
# gitlab:                                   # what is generated is for this server, with this image
#   version: "18.5"
#   image: registry.example.com/ds:1        # Python, git, wombat-ci, and what the tasks import
"""
INCLUDE: Final = f"include:\n  - local: {TEMPLATE}\n"
_SAID: Final = f"# Compiles the pipelines below pipelines/ and runs them: {TEMPLATE} says when.\n"


@dataclass
class Begun:
    """Paths below the folder: what was written, and what was there and stays; what is left to do
    by hand. `needs`: what GitLab's jobs still lack, in a few words each."""

    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)


def begin(folder: Path, *, example: bool = True, ci: Ci | None = None) -> Begun:
    """Writes what is missing of a project into `folder`; never changes a file but .gitignore.

    Without `ci` it is GitLab's, but in a repository of GitHub's and in a part of a repository.
    The project is called like its repository; like its folder where there is no origin, or where
    the repository may hold several projects. UsageFault where `folder` is a file, or a part of a
    repository that is to have GitLab's files, and where a folder stands in a file's place.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageFault(f"'{folder.name}' is a file; expected a folder", code="not-a-folder")
    done = Begun()
    above = _repository_above(folder)
    if ci == "gitlab" and above is not None:
        raise UsageFault(
            f"GitLab reads its files at the repository's root, and that is {above}",
            code="not-the-repository",
            hint="begin the project there, or leave --ci away",
        )
    wanted = ci or _usual(folder, above)
    for path in (PROJECT_FILE, ".gitignore", *([GITLAB, TEMPLATE] if wanted == "gitlab" else [])):
        require_file(folder, path)
    # Said in the file, so that a renamed or copied folder stays the same project.
    said = f"{MODELINE}project: {_name(folder, above)}\n"
    _write(folder, PROJECT_FILE, said + (SECTION if wanted == "gitlab" else ""), done)
    for path, text in _project(example=example):
        _write(folder, path, text, done)
    _ignore(folder, done)
    if wanted == "gitlab":
        _gitlab(folder, done)
    elif ci is None and above is not None:
        done.advice.append(f"no CI files: GitLab reads them at the repository's root, {above}")
    return done


def _name(folder: Path, above: Path | None) -> str:
    origin = observe(folder, {}).project if above is None and folder.is_dir() else None
    return project_name(origin or folder.resolve().name)


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


def _gitlab(folder: Path, done: Begun) -> None:
    """The template and the file that includes it, or what to add where there is such a file."""
    checked = check(folder)  # of what can be read by now
    if (folder / TEMPLATE).exists():
        done.kept.append(TEMPLATE)
    else:
        _write(folder, TEMPLATE, template_text(checked), done)
    _write(folder, GITLAB, f"{_SAID}{INCLUDE}", done)
    found = read_ci_file(folder)
    if not found.has_wombat:
        done.advice.append(to_add(found))
    if checked.spec.project.gitlab.image is None:
        done.needs.append("gitlab.image in wombat.yml")
    done.needs.append("WOMBAT_STORE, a CI variable")


def _usual(folder: Path, above: Path | None) -> Ci:
    origin = git(folder, "config", "--get", "remote.origin.url") or ""
    return "none" if above is not None or "github" in _host(origin) else "gitlab"


def _host(address: str) -> str:
    """The host of a remote's address: https://HOST/…, ssh://git@HOST/… or git@HOST:…"""
    rest = address.partition("://")[2] or address.partition(":")[0]
    return rest.partition("/")[0].rpartition("@")[2].lower()


def _repository_above(folder: Path) -> Path | None:
    """The repository's root where that is a folder above; None where there is no repository."""
    there = next((one for one in (folder, *folder.resolve().parents) if one.is_dir()), folder)
    found = git(there, "rev-parse", "--show-toplevel")
    root = Path(found).resolve() if found else folder.resolve()
    return None if root == folder.resolve() else root
