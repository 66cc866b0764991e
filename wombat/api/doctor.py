"""What is missing or odd on this machine and in this project, each with what helps."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Final

from wombat.api.doctor_gitlab import look_at_gitlab
from wombat.api.doctor_lakefs import look_at_shown
from wombat.api.doctor_store import look_at_rights
from wombat.api.findings import Finding
from wombat.api.project import check
from wombat.api.session import open_session
from wombat.errors import Absent, WombatError
from wombat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wombat.api.forge import Wish
    from wombat.api.project import Checked
    from wombat.api.session import Session

EXTRAS: Final = {
    "pandas": ("pandas", "pandera", "pyarrow"),
    "polars": ("polars", "pandera", "pyarrow"),
}


def examine(start: Path, asked: Wish | None = None) -> list[Finding]:
    """Everything that can be seen from a folder, in a fixed order; changes nothing.

    `token` names the variable that holds a token for the forge; without it none is sent anywhere.
    """
    machine: tuple[Callable[[], Iterator[Finding]], ...] = (_python, _distribution, _extras, _tools)
    found = [one for look in machine for one in look()]
    try:
        session = open_session(start)
    except WombatError as fault:
        return [*found, Finding("settings", "wrong", str(fault), fault.hint or "wombat check")]
    checked = check(session.root)
    found += [
        *_project(session, checked),
        *_git(session),
        *_store(session),
        *_upstream(session),
        *_rights(session),
        *look_at_shown(session),
    ]
    return [*found, *look_at_gitlab(session, checked, asked)]


def _python() -> Iterator[Finding]:
    yield Finding("python", "good", f"{platform.python_version()} at {sys.executable}")


def _distribution() -> Iterator[Finding]:
    """PyPI's `wombat` is a stranger with the same import name."""
    if _version("wombat") is not None:
        yield Finding(
            "wombat",
            "wrong",
            "the distribution 'wombat' is installed too; it has the same import name",
            "pip uninstall wombat && pip install --force wombat-ci",
        )
    else:
        yield Finding("wombat", "good", f"wombat-ci {__version__}")


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _extras() -> Iterator[Finding]:
    for extra, modules in EXTRAS.items():
        lacking = [name for name in modules if importlib.util.find_spec(name) is None]
        if lacking:
            yield Finding(
                f"{extra} frames",
                "note",
                f"not available: no {', '.join(lacking)}",
                f"pip install 'wombat-ci[{extra}]'",
            )
        else:
            versions = ", ".join(f"{name} {_version(name)}" for name in modules)
            yield Finding(f"{extra} frames", "good", versions)


def _tools() -> Iterator[Finding]:
    for tool, use in (
        ("git", "branches and commits are read with it"),
        ("bash", "'shell' tasks run in it; without it, in sh"),
    ):
        found = shutil.which(tool)
        yield Finding(tool, "good" if found else "note", found or f"not found; {use}")


def _project(session: Session, checked: Checked) -> Iterator[Finding]:
    wrong = sum(one.severity == "error" for one in checked.diagnostics)
    yield Finding("root", "good", str(session.root))
    if wrong:
        yield Finding(
            "pipelines", "wrong", f"{wrong} mistake{'s' if wrong != 1 else ''}", "wombat check"
        )
    else:
        yield Finding("pipelines", "good", ", ".join(checked.plans) or "none")
    unpinned = sorted(
        {
            image
            for plan in checked.plans.values()
            for image in plan.images.values()
            if "@sha256:" not in image
        }
    )
    for image in unpinned:
        yield Finding(
            "images",
            "note",
            f"{image} is not pinned by digest",
            "write name@sha256:… in wombat.yml",
        )


def _git(session: Session) -> Iterator[Finding]:
    around = session.surroundings
    if around.commit is None:
        yield Finding(
            "repository", "note", f"no commit here; refs use the branch name '{around.branch}'"
        )
        return
    state = ", with changes that are not committed" if around.dirty else ""
    yield Finding("repository", "good", f"{around.branch} at {around.commit[:12]}{state}")


def _store(session: Session) -> Iterator[Finding]:
    address = session.settings.store
    try:
        pipelines = list(session.readable[0].pipelines())
    except Absent:
        yield Finding(
            "store",
            "note",
            f"{address.value} ({address.origin}): none there yet",
            "the first run makes it",
        )
        return
    except WombatError as fault:
        yield Finding("store", "wrong", f"{address.value}: {fault}", fault.hint)
        return
    yield Finding(
        "store",
        "good",
        f"{address.value} ({address.origin}), zone {session.zone}, {len(pipelines)} published; "
        "whether it may be written is only seen by writing",
    )


def _upstream(session: Session) -> Iterator[Finding]:
    if not session.has_upstream:
        return
    setting = session.settings.upstream
    said = f"{setting.value} ({setting.origin})"
    try:
        count = len(session.upstream(session.project).pipelines())
    except WombatError as fault:
        yield Finding("upstream", "wrong", f"{said}: {fault}", fault.hint)
        return
    yield Finding("upstream", "good", f"{said}, zone t/{session.project}, {count} published")


def _rights(session: Session) -> Iterator[Finding]:
    try:
        yield from look_at_rights(session)
    except WombatError:
        return  # said of the store already
