"""Folders that pulls fill: what a pull wrote there, and what may be replaced."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wombat.digest import digest_bytes
from wombat.errors import DataInvalid, UsageFault
from wombat.store import content_of
from wombat.store.tree import walk

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    Contents = Mapping[str, str]
    """Content digests by part's label; without parts, one by the empty label."""


def holds(folder: Path, contents: Contents) -> bool:
    """Whether a folder holds just these contents: its own, or its subfolders' by label."""
    if folder.is_symlink() or not folder.is_dir() or not any(folder.iterdir()):
        return False
    if "" not in contents and {one.name for one in folder.iterdir()} != set(contents):
        return False
    try:
        return all(
            content_of(folder / label, lasting=True) == content
            for label, content in contents.items()
        )
    except DataInvalid:  # it holds what no artifact can
        return False


def require_room(root: Path, folder: Path, *, force: bool) -> None:
    """UsageFault unless a pull may write there: absent, empty, or filled by an earlier pull and
    unchanged since; changed ones with `force`."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise _in_use(f"'{folder}' is no folder; expected one to write into", "-o DIR")
    if not folder.exists() or not any(folder.iterdir()):
        return
    before = _recall(root, folder)
    if before is None:
        raise _in_use(
            f"'{folder}' holds what no pull wrote; nothing was fetched, nothing replaced",
            "-o another folder, or move that one away",
        )
    if Path.cwd().is_relative_to(folder.resolve()):
        raise _in_use(f"'{folder}' can't be replaced while you stand in it", "cd ..")
    if not force and not holds(folder, before):
        raise _in_use(
            f"'{folder}' was changed since it was pulled; nothing was fetched",
            "-o another folder, or --force to lose the changes",
        )


def require_kept(root: Path, folder: Path, paths: Sequence[str], fetched: Collection[str]) -> None:
    """UsageFault where a folder holds files beside those that are fetched, by paths below it, and
    which the same `paths` didn't bring there: nobody asked for their end."""
    if _recalled(root, folder, "paths") == list(paths):
        return
    left = [found.path for found in walk(folder) if found.path not in fetched]
    if left:
        others = f" and {len(left) - 1} more" if len(left) > 1 else ""
        raise _in_use(
            f"'{folder}' also holds '{left[0]}'{others}, which --path doesn't name; "
            "nothing was fetched, nothing replaced",
            "-o another folder, or --force to have nothing else there",
        )


def require_same(root: Path, folder: Path, source: str) -> None:
    """UsageFault where an earlier pull filled a folder from another place: nobody named it."""
    before = _recalled(root, folder, "source")
    if before not in (None, source) and folder.exists() and any(folder.iterdir()):
        raise _in_use(
            f"'{folder}' holds what was pulled from {before}; nothing was fetched, nothing "
            "replaced",
            "-o another folder",
        )


def _in_use(said: str, hint: str) -> UsageFault:
    return UsageFault(said, code="target-in-use", hint=hint)


def remember(
    root: Path, folder: Path, contents: Contents, paths: Sequence[str] = (), source: str = ""
) -> None:
    """Notes what a pull wrote, and from where. Where that can't be noted, the folder is nobody's:
    it stays safe."""
    note = _note(root, folder)
    with suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        (root / ".wombat" / ".gitignore").write_text("*\n", encoding="utf-8")
        tree = {"folder": str(folder.resolve()), "contents": dict(contents), "paths": list(paths)}
        if source:
            tree["source"] = source
        note.write_text(json.dumps(tree), encoding="utf-8")


def _recall(root: Path, folder: Path) -> dict[str, str] | None:
    try:
        tree = json.loads(_note(root, folder).read_text(encoding="utf-8"))
        return dict(tree["contents"]) if tree["folder"] == str(folder.resolve()) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _recalled(root: Path, folder: Path, word: str) -> Any:
    try:
        return json.loads(_note(root, folder).read_text(encoding="utf-8")).get(word)
    except (OSError, ValueError, AttributeError):
        return None


def _note(root: Path, folder: Path) -> Path:
    name = digest_bytes(str(folder.resolve()).encode("utf-8", "surrogateescape"))
    return root / ".wombat" / "pulled" / f"{name[:32]}.json"
