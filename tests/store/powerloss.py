"""What a disk may hold after the power went: a run's system calls, replayed with some of it lost.

A write is on the disk once its file was fsynced, an entry of a folder once that folder was. Until
then each may be there or not, whatever came after it.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from blake3 import blake3

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

CALLS: Final = (
    "open,openat,openat2,creat,write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,syncfs,sync,"
    "link,linkat,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,truncate,ftruncate,"
    "symlink,symlinkat,copy_file_range,sendfile,splice,fallocate"
)
OPTIONS: Final = ("-f", "-qq", "-xx", "-y", "-s", "99999999", "-e", f"trace={CALLS}")
NEVER: Final = 1 << 60
_LINE = re.compile(r"^(?P<pid>\d+) +(?:<\.\.\. \w+ resumed>)?(?P<rest>.*)$")
_CALL = re.compile(r"^(?P<name>\w+)\((?P<args>.*)\) += (?P<result>-?\d+)(?:<(?P<to>[^>]*)>)?")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_HANDLE = re.compile(r"^(\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2})*)>")


@dataclass(slots=True)
class Op:
    """One thing that a disk may lose: bytes of a file (`inode`), or an entry of a folder."""

    time: int
    inode: int
    durable: int = NEVER
    name: str = ""
    target: int | None = None
    """Of an entry: the file or folder that the name leads to; None takes the name away."""
    at: int = 0
    data: bytes = b""
    scratch: bool = False
    """An entry of a folder for temporary files: whether it survives changes no final name."""


@dataclass(slots=True)
class Disk:
    """Everything that happened below `root`, in the order of the calls' ends."""

    root: str
    ops: list[Op] = field(default_factory=list)
    folders: set[int] = field(default_factory=lambda: {0})
    times: int = 0
    acknowledged: list[tuple[int, str]] = field(default_factory=list)
    """When each line of standard output was written."""
    _inodes: int = 1
    _now: dict[int, dict[str, int]] = field(default_factory=lambda: {0: {}})

    def find(self, path: str) -> int | None:
        """The file or folder that a path leads to at this moment; None outside of the root."""
        if path != self.root and not path.startswith(f"{self.root}/"):
            return None
        at: int | None = 0
        for step in [s for s in path[len(self.root) :].split("/") if s]:
            at = self._now.get(at, {}).get(step) if at is not None else None
        return at

    def enter(self, path: str, target: int | None) -> None:
        above, _, name = path.rpartition("/")
        folder = self.find(above)
        assert folder is not None, f"{path} lies in no folder"
        if target is None:
            self._now[folder].pop(name, None)
        else:
            self._now[folder][name] = target
        scratch = above.endswith("/tmp")
        self.ops.append(Op(self.times, folder, name=name, target=target, scratch=scratch))

    def make(self, path: str, *, folder: bool) -> int:
        inode = self._inodes
        self._inodes += 1
        if folder:
            self.folders.add(inode)
            self._now[inode] = {}
        self.enter(path, inode)
        return inode

    def write(self, inode: int, data: bytes, at: int | None) -> None:
        written = [op for op in self.ops if op.inode == inode]
        end = max((op.at + len(op.data) for op in written), default=0)
        self.ops.append(Op(self.times, inode, at=end if at is None else at, data=data))

    def flush(self, inode: int) -> None:
        for op in self.ops:
            if op.inode == inode:
                op.durable = min(op.durable, self.times)

    def pending(self, cut: int) -> list[int]:
        """Ops that a loss of power right after `cut` may undo."""
        return [n for n, op in enumerate(self.ops) if op.time <= cut < op.durable]

    def tree(self, cut: int, lost: Collection[int]) -> dict[str, bytes | None]:
        """Path to bytes, None for folders, as found afterwards."""
        entries: dict[int, dict[str, int]] = {}
        data: dict[int, bytearray] = {}
        for number, op in enumerate(self.ops):
            if op.time > cut or number in lost:
                continue
            if op.inode in self.folders:
                folder = entries.setdefault(op.inode, {})
                if op.target is None:
                    folder.pop(op.name, None)
                else:
                    folder[op.name] = op.target
            else:
                body = data.setdefault(op.inode, bytearray())
                body.extend(bytes(max(0, op.at + len(op.data) - len(body))))
                body[op.at : op.at + len(op.data)] = op.data
        return dict(self._below(0, "", entries, data))

    def _below(
        self,
        folder: int,
        prefix: str,
        entries: dict[int, dict[str, int]],
        data: dict[int, bytearray],
    ) -> Iterator[tuple[str, bytes | None]]:
        for name, inode in sorted(entries.get(folder, {}).items()):
            path = f"{prefix}{name}"
            if inode in self.folders:
                yield path, None
                yield from self._below(inode, f"{path}/", entries, data)
            else:
                yield path, bytes(data.get(inode, b""))


def read_log(log: str, root: str) -> Disk:
    """What strace wrote with OPTIONS about one run; a call that this model can't say fails."""
    disk = Disk(root)
    waiting: dict[str, str] = {}
    for line in log.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        pid, rest = found["pid"], found["rest"]
        if rest.endswith("<unfinished ...>"):
            waiting[pid] = rest.removesuffix("<unfinished ...>")
            continue
        call = _CALL.match(waiting.pop(pid, "") + rest if "resumed>" in line else rest)
        if call is not None and not call["result"].startswith("-"):
            disk.times += 1
            _apply(disk, call["name"], call["args"], call)
    return disk


def _apply(disk: Disk, name: str, args: str, call: re.Match[str]) -> None:
    texts = [_bytes(found) for found in _TEXT.findall(args)]
    handle = _HANDLE.match(args)
    if name == "write" and handle and handle[1] == "1":
        disk.acknowledged += [(disk.times, w) for w in texts[0].decode().split("\n") if w]
        return
    place = _bytes(handle[2]).decode() if handle else ""
    paths = [text.decode("utf-8", "surrogateescape") for text in texts]
    if not any(p.startswith(disk.root) for p in (place, *paths)):
        return
    if name.startswith(("write", "pwrite", "fsync", "fdatasync")):
        _on_file(disk, name, args, disk.find(place), texts, int(call["result"]))
    else:
        _on_name(disk, name, args, paths)


def _on_file(
    disk: Disk, name: str, args: str, inode: int | None, texts: list[bytes], count: int
) -> None:
    if inode is None:
        return  # its name is gone already
    if name in ("fsync", "fdatasync"):
        disk.flush(inode)
    elif name in ("write", "pwrite64"):
        at = int(args.rsplit(", ", 1)[1]) if name == "pwrite64" else None
        disk.write(inode, texts[0][:count], at)
    else:
        raise AssertionError(f"the model doesn't know {name}({args[:300]})")


def _on_name(disk: Disk, name: str, args: str, paths: list[str]) -> None:
    if name in ("open", "openat"):
        assert "O_TMPFILE" not in args, args[:300]
        if "O_CREAT" in args and disk.find(paths[0]) is None:
            disk.make(paths[0], folder=False)
    elif name in ("mkdir", "mkdirat"):
        disk.make(paths[0], folder=True)
    elif name == "link":
        disk.enter(paths[1], disk.find(paths[0]))
    elif name == "rename":
        disk.enter(paths[1], disk.find(paths[0]))
        disk.enter(paths[0], None)
    elif name in ("unlink", "rmdir"):
        disk.enter(paths[0], None)
    else:
        raise AssertionError(f"the model doesn't know {name}({args[:300]})")


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def losses(disk: Disk, cut: int, drops: int) -> Iterator[frozenset[int]]:
    """What may be lost at a cut: nothing, everything, all but one, and each subset of `drops`."""
    pending = disk.pending(cut)
    seen = [n for n in pending if not disk.ops[n].scratch]
    yield frozenset()
    yield frozenset(pending)
    for kept in seen:
        yield frozenset(pending) - {kept}
    for size in range(1, drops + 1):
        for lost in itertools.combinations(seen, size):
            yield frozenset(lost)


def replay(
    disk: Disk, into: Path, check: Callable[[Path, list[str], int], None], *, drops: int = 1
) -> tuple[int, int]:
    """Every cut with every loss, each state that differs once: `check` gets the folder, the lines
    that were acknowledged by then, and the state's number. Returns states met, and checked.
    """
    met, checked = 0, set()
    for cut in range(disk.times + 1):
        said = [word for when, word in disk.acknowledged if when <= cut]
        for lost in losses(disk, cut, drops):
            met += 1
            tree = disk.tree(cut, lost)
            mark = _mark(tree, said)
            if mark in checked:
                continue
            checked.add(mark)
            place = into / str(len(checked))
            _write(tree, place)
            check(place, said, len(checked))
    return met, len(checked)


def _mark(tree: dict[str, bytes | None], said: list[str]) -> bytes:
    """What readers can see; leftovers among temporary files are none of it."""
    whole = blake3("\n".join(said).encode())
    for path, data in tree.items():
        if "/tmp/" not in f"/{path}":
            whole.update(path.encode() + (b"/" if data is None else blake3(data).digest()))
    return whole.digest()


def _write(tree: dict[str, bytes | None], place: Path) -> None:
    place.mkdir()
    for path, data in tree.items():
        if data is None:
            (place / path).mkdir()
        else:
            (place / path).write_bytes(data)
