"""Collecting garbage: the project's rules, the branches that still live, one zone at a time."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wombat.api.session import open_session
from wombat.errors import StoreDamaged
from wombat.executor.header import find_header
from wombat.language.root import PROJECT_FILE
from wombat.store import refs
from wombat.store.gc import Report, Retention, Rules
from wombat.store.gc import collect as collect_zone
from wombat.store.leftovers import left_behind
from wombat.store.through import near

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.api.session import Session
    from wombat.language.project import RulesDecl
    from wombat.store import Store

PATIENCE: Final = 60
"""Seconds that `origin` has to say which branches it has."""
_MOVED: Final = re.compile(r"checkout: moving from (\S+) to (\S+)")


@dataclass(frozen=True)
class Collected:
    """A zone's report, and its branches that git no longer has: pipeline and branch.

    `asked`: whether git could be asked at all; else no branch counts as gone.
    """

    report: Report
    gone: tuple[tuple[str, str], ...]
    asked: bool
    left: tuple[int, int] = (0, 0)
    """Temporary files of killed processes of this machine, and their bytes; in a folder alone."""


def collect(
    start: Path,
    *,
    zone: str | None = None,
    apply: bool = False,
    large: bool = False,
    small: bool = False,
) -> Collected:
    """One pass over a zone of the project, the session's own by default; a dry run unless `apply`.

    Branches that git no longer has are closed first, and keep their data for a while. Absent where
    there is no store; StoreDenied without the role; else as `wombat.store.gc.collect`.
    """
    session = open_session(start, flags={"zone": zone})
    store = session.readable[0]
    living = _living(session, store.zone)
    gone = tuple(_gone(session, store, living)) if living is not None else ()
    if apply:
        _close(store, gone)
    report = collect_zone(
        near(store.space),
        retention(session.root),
        apply=apply,
        large=large,
        small=small,
        cache=marks(store),
    )
    left = _leftovers(store, apply=apply)
    return Collected(report, gone, asked=living is not None, left=left)


def _leftovers(store: Store, *, apply: bool) -> tuple[int, int]:
    if "://" in store.address:
        return (0, 0)
    found = list(left_behind(Path(store.address) / store.zone / "tmp"))
    for path, _ in found if apply else ():
        with suppress(OSError):
            path.unlink()
    return len(found), sum(size for _, size in found)


def retention(root: Path) -> Retention:
    """As `wombat.yml` says, and the defaults where it says nothing."""
    if not (root / PROJECT_FILE).is_file():
        return Retention()
    from wombat.errors import Diagnostics
    from wombat.language.load import load_project

    sink = Diagnostics()
    project, _ = load_project(root, sink)
    sink.raise_if_failed()
    written = project.retention
    rules = _rules(written, Rules())
    return Retention(rules, {name: _rules(own, rules) for name, own in written.pipelines.items()})


def _rules(written: RulesDecl, default: Rules) -> Rules:
    def either(value: bool | None, other: bool) -> bool:
        return other if value is None else bool(value)

    last, young = written.keep_last, written.younger_than
    return Rules(
        keep_last=default.keep_last if last is None else last,
        younger_than=default.younger_than if young is None else float(young),
        tags=either(written.tags, default.tags),
        living_branches=either(written.living_branches, default.living_branches),
    )


def marks(store: Store) -> Path:
    """Where what was read of a zone is kept for the next pass; safe to lose."""
    import json

    from wombat.store.names import FORMAT_KEY

    identity = json.loads(store.blobs.get(FORMAT_KEY))["id"]
    above = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    name = f"{store.zone.replace('/', '-')}.sqlite"
    return Path(above) / "wombat" / "gc" / "".join(c for c in str(identity) if c.isalnum()) / name


def _living(session: Session, zone: str) -> set[str] | None:
    """The branches that git has; None where nobody could say, and so nothing is gone."""
    found = _heads(session.root, "ls-remote", "--heads", "origin")
    if zone.startswith("local/"):
        here = _heads(session.root, "for-each-ref", "--format=- %(refname)", "refs/heads")
        found = None if here is None else here | (found or set())
    if not found:
        return None
    return found | {session.surroundings.branch, session.surroundings.default_branch}


def _heads(root: Path, *words: str) -> set[str] | None:
    said = _git(root, *words)
    if said is None:
        return None
    names = (line.split(maxsplit=1)[-1].strip() for line in said.splitlines())
    return {name.removeprefix("refs/heads/") for name in names if name.startswith("refs/heads/")}


def _git(root: Path, *words: str) -> str | None:
    """What git says; None where it fails, or takes too long."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *words],
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=PATIENCE,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _gone(session: Session, store: Store, living: set[str]) -> Iterable[tuple[str, str]]:
    """Merge requests without a branch of their own have a ':' in their name: git can't tell.

    In a local store, which may be a folder that others share, a branch that was never checked out
    here may be one that somebody else didn't push yet.
    """
    ours = _had(session.root) if store.zone.startswith("local/") else None
    for pipeline in store.pipelines():
        for branch in store.branches(pipeline):
            if branch in living or ":" in branch or (ours is not None and branch not in ours):
                continue
            if _may_close(store, pipeline, branch, session.surroundings.repository):
                yield pipeline, branch


def _had(root: Path) -> set[str]:
    """The branches that were checked out here, as far back as git remembers."""
    found: set[str] = set()
    for line in (_git(root, "log", "-g", "--format=%gs", "HEAD") or "").splitlines():
        if match := _MOVED.fullmatch(line):
            found.update(match.groups())
    return found


def _may_close(store: Store, pipeline: str, branch: str, repository: str | None) -> bool:
    """Whether it is open, and no other repository's whose project has the same name.

    Where its newest record can't be read nobody knows: the collection itself says so.
    """
    try:
        found = refs.tops(store.space, pipeline, branch)
        headers = [find_header(store, pipeline, one.run) or {} for one in found]
    except StoreDamaged:
        return False
    others = {header.get("repository") for header in headers} - {None, repository}
    return bool(found) and not others and not all(one.closed for one in found)


def _close(store: Store, gone: Iterable[tuple[str, str]]) -> None:
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for pipeline, branch in gone:
        refs.close(store.space, pipeline, branch, time=time)
