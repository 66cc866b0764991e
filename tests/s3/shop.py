"""A store on a server, by way of a proxy, and what is done with it in the tests of faults."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wombat.store import Artifact, Change, Store, open_store
from wombat.store.blobs.s3 import S3Blobs
from wombat.store.s3.address import parse_address
from wombat.store.s3.client import Patience
from wombat.store.space import Space
from wombat.store.wrap.looking import Looking

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.s3.proxy import Proxy
    from tests.s3.servers import Server

TIME = "2026-11-01T00:00:00Z"
BRIEF = Patience(tries=4, pause=0.004, longest=0.02, connect=10, read=30, write=60, create=30)
FILES = 40


def change(pipeline: str, run: str, outputs: dict[str, Any]) -> Change:
    return Change(pipeline, "main", run, "0" * 64, 1, None, TIME, outputs)


@dataclass
class Shop:
    """`direct` knows no proxy. Each operation works on a pipeline of its own, so that none is in
    another's way, and may be done again."""

    server: Server
    proxy: Proxy
    prefix: str
    folder: Path
    base: Artifact | None = None

    @property
    def direct(self) -> Store:
        return open_store(self.server.address(self.prefix), project="shop", zone="t")

    def through(self) -> Store:
        """Another process's store: nothing is remembered, and it isn't patient."""
        blobs = S3Blobs(parse_address(self.server.address(self.prefix, self.proxy.port)), BRIEF)
        atomic = self.server.atomic
        return Store(Space(blobs if atomic else Looking(blobs), "t/shop", ("t/shop",), atomic), "")

    def begin(self) -> None:
        """A tree of a few packs' worth, a result, and a version."""
        store = self.direct
        self.base = store.push_tree(self.tree("base"), type="directory")
        output = self.base.to_json()
        store.create_header("base", "r", {})
        store.record_attempt("base", "r", "t", None, {"state": "done", "outputs": {"o": output}})
        store.record_result("ab" * 32, "r", 1, {"outputs": {"o": output}})
        store.commit_ref(change("base", "r", {"o": output}))

    def tree(self, seed: str) -> Path:
        top = self.folder / f"tree-{seed}"
        if not top.exists():
            top.mkdir(parents=True)
            made = random.Random(seed)
            for number in range(FILES):
                (top / f"{number:03}").write_bytes(made.randbytes(3_000))
            (top / "large").write_bytes(made.randbytes(300_000))
        return top

    def push(self, store: Store, name: str) -> object:
        artifact = store.push_tree(self.tree(name), type="directory")
        store.create_header(name, "r", {})
        outputs = {"o": artifact.to_json()}
        return store.record_attempt(name, "r", "t", None, {"state": "done", "outputs": outputs})

    def pull(self, store: Store, name: str) -> object:
        assert self.base
        into = self.folder / f"out-{name}"
        shutil.rmtree(into, ignore_errors=True)
        store.fetch_tree(self.base, into)
        return into

    def publish(self, store: Store, name: str) -> object:
        assert self.base
        outputs = {"o": self.base.to_json()}
        return store.publish(
            pipeline=name,
            branch="main",
            run="r",
            plan="0" * 64,
            order=1,
            commit=None,
            time=TIME,
            outputs=outputs,
            results={"ab" * 32: outputs},
            chosen={},
        ).outcome

    def commit(self, store: Store, name: str) -> object:
        assert self.base
        return store.commit_ref(change(name, "r", {"o": self.base.to_json()})).outcome

    def find(self, store: Store, name: str) -> object:
        return store.find_result("ab" * 32)

    def list(self, store: Store, name: str) -> object:
        head = store.head("base", "main")
        assert head
        runs, branches = store.runs("base"), store.branches("base")
        return runs, branches, store.pipelines(), head.run, len(store.attempts("base", "r"))

    @property
    def operations(self) -> dict[str, Callable[[Store, str], object]]:
        mutating = {"push": self.push, "publish": self.publish, "commit": self.commit}
        return {**mutating, "pull": self.pull, "find": self.find, "list": self.list}
