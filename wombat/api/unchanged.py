"""Whether a run would only say again that nothing changed: told by what stat(2) says of everything
that it would look at, before anything else is loaded."""
# Loaded by each `wombat run`, before all else: so neither pathlib nor anything of ours but names.
# ruff: noqa: PTH109, PTH111, PTH112, PTH116, PTH118, PTH120, PTH123

from __future__ import annotations

import json
import os
import stat
import sys
import time
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from wombat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wombat.api.session import Session
    from wombat.plan.ir import Plan
    from wombat.store import RefRecord

FORMAT: Final = 1
FOLDER: Final = os.path.join(".wombat", "unchanged")
MOST: Final = 5000
"""Files of a project of which all are looked at; where there are more, none is."""
RACY: Final = 2_000_000_000
"""Nanoseconds: what was written so shortly before it was looked at may be written again unseen."""
LEFT_OUT: Final = frozenset(
    (".git", ".wombat", ".venv", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache")
)
"""Folders that no plan may name anything in: else nothing is remembered."""
_OWN: Final = frozenset(("_", "SHLVL", "OLDPWD", "COLUMNS", "LINES"))
_GIT: Final = (
    "HEAD",
    "config",
    "packed-refs",
    "config.worktree",
    "shallow",
    "info/exclude",
    "index",
)
_CONFIGS: Final = ("/etc/gitconfig", "/usr/local/etc/gitconfig", "/opt/homebrew/etc/gitconfig")
_ELSEWHERE: Final = ("GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_CONFIG")
"""Variables that make git look at other files than these; `GIT_CONFIG…` is many."""


class Doubt(Exception):
    """Something that can't be told by looking at it: the run goes the long way."""


_begun: list[tuple[int, dict[str, Any]]] = []
"""When this command began to look, in nanoseconds, and what it saw before the plan was made."""


def told(words: Sequence[str]) -> str | None:
    """What a run of these words said last, where all that it would look at is as it was then.

    Only `run PIPELINE`, with -q or without, in a project's own folder, is told so.
    """
    if (
        len(words) not in (2, 3)
        or words[0] != "run"
        or not words[1].replace("-", "_").isidentifier()
    ):
        return None
    if list(words[2:]) not in ([], ["-q"], ["--quiet"]):
        return None
    began = time.time_ns()
    try:
        seen = _look(words[1])
    except (OSError, ValueError, Doubt):
        return None
    _begun[:] = [(began, seen)]
    try:
        with open(_place(seen["cwd"], words[1]), encoding="utf-8") as stream:
            note = json.load(stream)
        if note["format"] != FORMAT or note["seen"] != _digest(seen):
            return None
        if note["stood"] != _digest(_stands(note["store"])):
            return None
    except (OSError, ValueError, KeyError, TypeError, Doubt):
        return None
    said: str = note["said"]
    return "" if words[2:] else said


def keep(session: Session, plan: Plan, held: RefRecord, said: str) -> None:
    """Remembers what this command said, whose plan was served whole and whose branch holds just
    that. What comes to be different while the plan is made has another time than what was seen.

    Nothing is remembered of what may be otherwise though all files are the same: other stores and
    artifacts, outside data, CI; nor where a file of the project or the store was written while this
    command ran or a moment before: nobody could tell whether it was read as it is.
    """
    from pathlib import Path

    with suppress(OSError, ValueError, Doubt):
        if not _begun or not _lasting(session, plan):
            return
        began, seen = _begun.pop()
        store = list(_folders(session, plan, held))
        stood = _stands(store)
        if _younger(began - RACY, seen, stood):
            return
        # The environment holds secrets: of what was seen nothing but a digest is written.
        note = {"seen": _digest(seen), "store": store, "stood": _digest(stood), "said": said}
        place = Path(_place(seen["cwd"], plan.pipeline))
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = place.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps({"format": FORMAT, **note}), encoding="utf-8")
        fresh.replace(place)


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode("ascii")).hexdigest()


def _place(folder: str, pipeline: str) -> str:
    return os.path.join(folder, FOLDER, f"{pipeline}.json")


def _look(pipeline: str) -> dict[str, Any]:
    here = os.getcwd()
    if not os.path.isdir(os.path.join(here, ".wombat")):
        raise Doubt
    git = _repository(here)
    return {
        "wombat": __version__,
        "python": sys.version,
        "executable": sys.executable,
        "cwd": here,
        "pipeline": pipeline,
        "env": {name: value for name, value in sorted(os.environ.items()) if name not in _OWN},
        "tree": _tree(here),
        "git": None if git is None else [git, *_git(git), *_ignored(here, git)],
        "path": [[one, _stat(one)] for one in sys.path],
    }


def _tree(root: str, left_out: frozenset[str] = LEFT_OUT) -> list[list[Any]]:
    """Every file below a folder. Doubt at what is no file or folder, and where it is too much."""
    found: list[list[Any]] = []
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                if entry.name in left_out:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                    found.append([entry.path])
                elif entry.is_file(follow_symlinks=False):
                    found.append([entry.path, *_facts(entry.stat(follow_symlinks=False))])
                else:
                    raise Doubt
                if len(found) > MOST:
                    raise Doubt
    return found


def _facts(status: os.stat_result) -> list[int]:
    return [status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_mode]


def _stat(path: str) -> list[int] | None:
    try:
        return _facts(os.stat(path))
    except FileNotFoundError:
        return None


def _repository(folder: str) -> str | None:
    """The repository around a folder. Doubt for a worktree, whose own lies elsewhere."""
    while True:
        found = os.path.join(folder, ".git")
        if os.path.lexists(found):
            if not stat.S_ISDIR(os.lstat(found).st_mode):
                raise Doubt
            return found
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _git(folder: str) -> Iterator[Any]:
    """The commit, the branches, and which files git knows: those it doesn't ignore."""
    for name in _GIT:
        yield _stat(os.path.join(folder, name))
    refs = os.path.join(folder, "refs")
    yield _tree(refs, frozenset()) if os.path.isdir(refs) else None
    if os.path.lexists(os.path.join(folder, "reftable")):  # then branches lie there
        raise Doubt


def _ignored(here: str, git: str) -> Iterator[Any]:
    """All outside the project that says what git ignores in it, as the patterns of `depends_on`
    leave that out. Doubt where a configuration names more files, whatever they are."""
    if any(name.startswith(_ELSEWHERE) and name != "GIT_CONFIG_NOSYSTEM" for name in os.environ):
        raise Doubt
    folder, top = here, os.path.dirname(git)
    while folder != top:
        folder = os.path.dirname(folder)
        yield _stat(os.path.join(folder, ".gitignore"))
    home = os.path.expanduser("~")
    own = os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "git")
    yield _stat(os.path.join(own, "ignore"))
    users = (os.path.join(home, ".gitconfig"), os.path.join(own, "config"), *_CONFIGS)
    for config in (os.path.join(git, "config"), os.path.join(git, "config.worktree"), *users):
        yield _stat(config)
        with suppress(FileNotFoundError), open(config, "rb") as stream:
            words = stream.read().lower()
            if b"excludesfile" in words or b"[include" in words:
                raise Doubt


def _lasting(session: Session, plan: Plan) -> bool:
    """Whether nothing but files of this project and its own store decides what a run does."""
    from wombat.plan.ir import FileSource, TaskSource

    if session.surroundings.ci is not None or session.settings.zone.value != "local":
        return False
    if session.has_upstream or "://" in session.store.address:
        return False
    if str(session.root) != os.getcwd():
        return False
    inputs = [one.source for task in plan.tasks for one in task.inputs]
    if not all(isinstance(one, FileSource | TaskSource) for one in inputs):
        return False
    named = [one.path for one in inputs if isinstance(one, FileSource)]
    named += [file for task in plan.tasks for file in task.code.files]
    return not any(LEFT_OUT.intersection(one.split("/")) for one in named)


def _folders(session: Session, plan: Plan, held: RefRecord) -> Iterator[str]:
    """Of the store: which it is, what the branch holds with its manifests and packs, the results
    of whole runs, and what collections of garbage and reports of damage say of them."""
    from wombat.store import names
    from wombat.store.doom import artifacts_in

    top = session.store.address.removeprefix("file://")
    yield os.path.join(top, names.FORMAT_KEY)
    own, *others = session.store.space.zones()
    ref = names.ref(own, plan.pipeline, held.kind, held.branch, held.seq, None)
    yield os.path.join(top, names.folder(ref))
    for part in (f"cache/{plan.pipeline}", "gc", "damage"):
        yield os.path.join(top, own, part)
    yield from (os.path.join(top, zone) for zone in others)
    for one in artifacts_in(held.outputs):
        yield os.path.join(top, names.manifest(one.zone or own, one.content, one.manifest))
        yield from (os.path.join(top, names.pack(one.zone or own, pack)) for pack in one.packs)


def _stands(folders: Iterable[str]) -> dict[str, Any]:
    """All files at each of these paths, by their folders or by themselves."""
    return {
        path: _tree(path, frozenset()) if os.path.isdir(path) else _stat(path) for path in folders
    }


def _younger(limit: int, *values: Any) -> bool:
    """Whether a file among these was written later than that."""
    waiting: list[Any] = list(values)
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            if len(one) >= 5 and all(isinstance(number, int) for number in one[-5:]):
                if max(one[-3], one[-2]) > limit:
                    return True
            else:
                waiting.extend(one)
    return False
