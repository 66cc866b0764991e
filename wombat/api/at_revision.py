"""A project as git has it at a revision, in a folder of its own: the worktree isn't touched."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from wombat.errors import UsageFault, WombatError
from wombat.language.root import PIPELINES, PROJECT_FILE, SCHEMAS
from wombat.plan.options import MAX_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FILES: Final = (PROJECT_FILE, "wombat.lock")
_WRITTEN: Final = (".yml", ".yaml", ".json")
_SHOWN: Final = 60
LARGEST: Final = 4 << 20
"""Bytes of a file that is read whole from git."""
_AT_ONCE: Final = 64 << 20


class GitMissing(WombatError):
    """There is no git to compare with."""

    exit_code = 19
    default_code = "git-missing"


@contextmanager
def project_at(
    root: Path, revision: str, *, fetch: bool = False, whole: bool = False
) -> Iterator[Path]:
    """The project's root below a temporary folder, with what it says and its code at a revision.

    Read from git's objects, byte for byte; nothing of it runs. With `fetch` a commit that isn't
    here is asked of `origin`. With `whole` all its files are there, so that it compiles; of files
    over 4 MiB those that are the same in the checkout, the others empty. UsageFault
    `against-unknown`; GitMissing.
    """
    commit = _commit(root, revision, fetch=fetch)
    prefix = _git(root, "rev-parse", "--show-prefix").decode().strip()
    with tempfile.TemporaryDirectory(prefix="wombat-against-") as folder:
        top = Path(folder).resolve() / "project"
        top.mkdir()
        files = list(_listed(root, commit, prefix, whole=whole))
        for batch in _batches([one for one in files if one.size <= LARGEST]):
            _write(root, top, [(one.path, one.oid) for one in batch])
        if large := [one for one in files if one.size > LARGEST]:
            changed = set(changed_since(root, commit))
            for one in large:
                _stand_in(root, top, one.path, same=one.path not in changed)
        yield top


def changed_since(root: Path, revision: str) -> tuple[str, ...]:
    """The paths below the project whose files aren't what they were, as git compares them; those
    that it doesn't know are as new ones. UsageFault `against-unknown`."""
    told = _git(root, "diff", "--name-only", "--relative", "-z", revision, "--", ".")
    more = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    found = {os.fsdecode(path) for path in (told + more).split(b"\0") if path}
    return tuple(sorted(found))


class _Listed(NamedTuple):
    path: str
    oid: str
    size: int


def _batches(files: Sequence[_Listed]) -> Iterator[list[_Listed]]:
    """As many at once as one answer of git's may hold."""
    batch: list[_Listed] = []
    room = _AT_ONCE
    for one in files:
        if batch and one.size > room:
            yield batch
            batch, room = [], _AT_ONCE
        batch.append(one)
        room -= one.size
    if batch:
        yield batch


def _stand_in(root: Path, top: Path, path: str, *, same: bool) -> None:
    """A large file: the checkout's own bytes where it is the same, else nothing of it."""
    target = top / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if same:
        with suppress(OSError):
            target.hardlink_to(root / path)
            return
    target.touch()


def _commit(root: Path, revision: str, *, fetch: bool) -> str:
    found = _found(root, revision)
    if found is None and fetch:
        words = ("fetch", "--quiet", "--no-tags", "--depth=1", "origin", "--", revision)
        if _run(root, words).returncode == 0:
            found = _found(root, revision) or _found(root, "FETCH_HEAD")
    if found is None and _run(root, ("rev-parse", "--git-dir")).returncode != 0:
        raise UsageFault(
            "this folder is in no git repository; expected one, with the commit to compare with",
            code="against-unknown",
            hint="git init and a commit make one; two files are compared by wombat schema diff A B",
        )
    if found is None:
        shown = revision if len(revision) <= _SHOWN else f"{revision[:_SHOWN]}…"
        raise UsageFault(
            f"git has no commit '{shown}' here; expected one to compare with",
            code="against-unknown",
            hint="git fetch origin, deep enough; or name another one: --against REV",
        )
    return found


def _found(root: Path, revision: str) -> str | None:
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    done = _run(root, words)
    return done.stdout.decode().strip() if done.returncode == 0 else None


def _listed(root: Path, commit: str, prefix: str, *, whole: bool) -> Iterator[_Listed]:
    """Path below the project and object of each file that is read. No links, no submodules."""
    words = ("ls-tree", "-r", "-l", "-z", "--full-tree", commit, *((prefix,) if prefix else ()))
    for line in _git(root, *words).split(b"\0"):
        about, _, name = line.partition(b"\t")
        mode, kind, oid, size = (*about.decode().split(), "", "", "", "")[:4]
        path = name.decode("utf-8", "surrogateescape").removeprefix(prefix)
        if kind == "blob" and mode.startswith("100") and (whole or _wanted(path, size)):
            yield _Listed(_below(path), oid, int(size) if whole and size.isdigit() else 0)


def _below(path: str) -> str:
    """A path as git makes it; one that only a forged tree has would lead out of the folder."""
    if any(step in ("", ".", "..") or step.lower() == ".git" for step in path.split("/")):
        raise _unfit(f"has a file {path!r}")
    return path


def _unfit(what: str) -> UsageFault:
    return UsageFault(
        f"the commit to compare with {what}; expected one that git made",
        code="against-unknown",
        hint="git fsck names what is wrong with it; compare with another one: --against REV",
    )


def _wanted(path: str, size: str) -> bool:
    """What is read: files of the project, its code, and what may be a JSON Schema."""
    steps = PurePosixPath(path)
    if path in _FILES or steps.suffix == ".py":
        return True
    if steps.suffix == ".json" and size.isdigit() and int(size) <= MAX_SCHEMA:
        return True
    return steps.parts[0] in (PIPELINES, SCHEMAS) and steps.suffix in _WRITTEN


def _write(root: Path, top: Path, files: Sequence[tuple[str, str]]) -> None:
    asked = "".join(f"{oid}\n" for _, oid in files).encode()
    data = _git(root, "cat-file", "--batch", given=asked) if files else b""
    at = 0
    for path, _ in files:
        end = data.index(b"\n", at)
        said = data[at:end].rpartition(b" ")[2]
        if not said.isdigit():
            raise _unfit(f"lacks the content of {path!r}")
        size, file = int(said), top / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("xb") as new:
                new.write(data[end + 1 : end + 1 + size])
        except (FileExistsError, NotADirectoryError) as fault:
            raise _unfit(f"has two files at {path!r}") from fault
        at = end + 1 + size + 1


def _git(root: Path, *words: str, given: bytes = b"") -> bytes:
    done = _run(root, words, given)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise UsageFault(
            f"git {words[0]} failed: {said[:200] or done.returncode}; expected a repository",
            code="against-unknown",
        )
    return done.stdout


def _run(
    root: Path, words: Sequence[str], given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(root), *words]
    try:
        return subprocess.run(command, input=given, capture_output=True, check=False)
    except OSError as fault:
        raise GitMissing(
            "there is no git here; expected one to read the other revision with",
            hint="install git in the image of this job",
        ) from fault
