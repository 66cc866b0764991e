"""A store of a million objects that exists only as far as it is asked: what does a pass take?

python -m tests.gc.scale [MANIFESTS]
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import tempfile
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.memory import peak
from wombat.digest import Digest, digest_bytes
from wombat.errors import Absent
from wombat.store import names
from wombat.store.blobs import Created, Entry, Stat
from wombat.store.chunking import Chunker
from wombat.store.gc import Report, Retention, Rules, collect
from wombat.store.manifests import ManifestWriter
from wombat.store.records import Artifact, RefRecord, seal
from wombat.store.sections import PackRow
from wombat.store.space import Space
from wombat.store.tree import File

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ZONE: Final = "t/shop"
PACKS: Final = 9
"""Of each manifest its own."""
EACH: Final = 200
"""Manifests that one ref names; one in ten is named by none."""
SIZE: Final = 16 << 20
OLD: Final = 400 * 86_400.0


class Simulated:
    """Listings and manifests are made when they are asked for; what is written is kept."""

    atomic = True

    def __init__(self, manifests: int) -> None:
        self.count = manifests
        self.packs = manifests * PACKS
        self.step = (1 << 256) // self.packs
        self.written: dict[str, tuple[bytes, float]] = {}
        self.deleted = 0
        self.ahead = 0.0
        self.then = time.time() - OLD

    @cached_property
    def manifests(self) -> list[tuple[bytes, int]]:
        """C and M of each, in the order of names, with its number."""
        return sorted((self._named(number), number) for number in range(self.count))

    @cached_property
    def places(self) -> dict[bytes, int]:
        return dict(self.manifests)

    def _named(self, number: int) -> bytes:
        data = self._manifest(number)
        length = int.from_bytes(data[8:12], "big")
        digest = digest_bytes(data[12 : 12 + length])
        return bytes.fromhex(_content(number) + digest)

    def _manifest(self, number: int) -> bytes:
        writer = ManifestWriter("file", Chunker())
        writer.add(File(f"file{number}", False, PACKS * SIZE, Digest("0" * 64)), 0)
        rows = [PackRow(self._pack(number * PACKS + n), SIZE, SIZE) for n in range(PACKS)]
        header, data = writer.finish(rows)
        self._content = header.content
        return data

    def _pack(self, number: int) -> Digest:
        return Digest(f"{number * self.step:064x}")

    def ref(self, number: int) -> tuple[str, bytes]:
        key = names.ref(ZONE, "p", "heads", f"b{number:06}", 1, None)
        outputs = {}
        for n in range(number * EACH, min((number + 1) * EACH, self.count * 9 // 10)):
            at = self.by_number[n]
            artifact = Artifact(Digest(at[:32].hex()), Digest(at[32:].hex()))
            outputs[f"o{n}"] = artifact.to_json()
        record = RefRecord(
            "p", f"b{number:06}", "heads", 1, (), "0" * 64, f"r{number}", "0" * 64, None, 1,
            "2026-01-01T00:00:00Z", outputs,
        )  # fmt: skip
        return key, seal(key, "ref", record.to_body())

    @cached_property
    def by_number(self) -> list[bytes]:
        found = [b""] * self.count
        for at, number in self.manifests:
            found[number] = at
        return found

    @property
    def refs(self) -> int:
        return -(-self.count * 9 // 10 // EACH)

    def now(self) -> float:
        return time.time() + self.ahead

    def entries(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        then = self.then
        if prefix == f"{ZONE}/m/":
            for at, _ in self.manifests:
                text = at.hex()
                yield Entry(names.manifest(ZONE, text[:64], text[64:]), 2000, then)
        elif prefix == f"{ZONE}/p/":
            for number in range(self.packs):
                text = self._pack(number)
                yield Entry(f"{ZONE}/p/{text[:2]}/{text}", SIZE, then)
        elif prefix == f"{ZONE}/refs/":
            for number in range(self.refs):
                key = names.ref(ZONE, "p", "heads", f"b{number:06}", 1, None)
                yield Entry(key, 20_000, then)
        else:
            for key in sorted(k for k in self.written if k.startswith(prefix)):
                yield Entry(key, *self.stat_of(key))

    def stat_of(self, key: str) -> tuple[int, float]:
        data, when = self.written[key]
        return len(data), when

    def list(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[str]:
        return (entry.key for entry in self.entries(prefix))

    def get(self, key: str) -> bytes:
        if key in self.written:
            return self.written[key][0]
        name = names.parse(key)
        assert name is not None
        if name.kind == "ref":
            return self.ref(int(name["branch"][1:]))[1]
        if name.kind != "manifest":
            raise Absent(key)
        return self._manifest(self.places[bytes.fromhex(name["content"] + name["manifest"])])

    def get_range(self, key: str, start: int, length: int) -> bytes:
        return self.get(key)[start : start + length]

    def create(self, key: str, data: bytes) -> Created:
        self.written[key] = (data, self.now())
        return Created.LANDED

    def stat(self, key: str) -> Stat:
        return Stat(*self.stat_of(key))

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.deleted += 1
            self.written.pop(key, None)

    def sync(self) -> None:
        pass

    def unsent(self, keys: Iterable[str]) -> str | None:
        return None


def _content(number: int) -> str:
    writer = ManifestWriter("file", Chunker())
    writer.add(File(f"file{number}", False, PACKS * SIZE, Digest("0" * 64)), 0)
    return writer.content.finish()


def run(manifests: int) -> Iterator[dict[str, Any]]:
    """Three passes, each a process: nothing known, what the first learned, and the deletion."""
    blobs = Simulated(manifests)
    assert len(blobs.by_number) == manifests
    with tempfile.TemporaryDirectory() as folder:
        for name in ("first", "later", "deletes"):
            blobs.ahead += 25 * 3600 if name == "deletes" else 0
            pid = os.fork()
            if not pid:
                _pass(blobs, Path(folder), name)
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0
            told, blobs.written = pickle.loads((Path(folder) / "told").read_bytes())
            yield told


def _pass(blobs: Simulated, folder: Path, name: str) -> None:
    space = Space(blobs, ZONE, (ZONE,))  # type: ignore[arg-type]
    base = _peak()
    began, cpu = time.monotonic(), time.process_time()
    report = _collect(space, folder / "marks", apply=name != "later")
    told = {
        "pass": name,
        "objects": blobs.count * (PACKS + 1) + blobs.refs,
        "requests": report.requests,
        "read": report.read,
        "dooms": report.dooms,
        "deletes": report.deletes,
        "seconds": round(time.monotonic() - began, 1),
        "cpu": round(time.process_time() - cpu, 1),
        "peak MB": _peak(),
        "before MB": base,
    }
    (folder / "told").write_bytes(pickle.dumps((told, blobs.written)))


def _collect(space: Space, cache: Path, *, apply: bool) -> Report:
    return collect(space, Retention(Rules(keep_last=1, younger_than=0)), apply=apply, cache=cache)


def _peak() -> int:
    return peak() >> 20


if __name__ == "__main__":
    for told in run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000):
        print(json.dumps(told), flush=True)
