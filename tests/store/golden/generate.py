"""Writes the golden store anew, or with --check says which of its objects would differ."""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wombat.store import Change, Sizes, Store, names, open_store
from wombat.store.blobs import open_blobs
from wombat.store.chunking import Chunker
from wombat.store.records import seal

if TYPE_CHECKING:
    from collections.abc import Callable

HERE: Final = Path(__file__).resolve().parent
STORE: Final = HERE / "v1"
KEY: Final = "ab" * 32
PLAN: Final = "cd" * 32
SMALL: Final = Sizes(pack=8192, frame=2048, inline=0, chunker=Chunker(1024, 256, 4096))
FORM: Final = (
    b'{"create":"atomic","hash":"blake3","id":"00000000000000000000000000000001",'
    b'"optional":[],"requires":[],"v":1}'
)


def files() -> dict[str, bytes]:
    """Noise for several packs, text that compresses, a small file, an empty and an odd one."""
    return {
        "data/noise": random.Random(1).randbytes(20_000),
        "data/text": b"Die Beutelratte wohnt hier. " * 300,
        "run.sh": b"#!/bin/sh\n",
        "empty": b"",
        "größe/ü $(id)": b"odd",
    }


def write_tree(top: Path) -> Path:
    for path, data in files().items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_bytes(data)
        (top / path).chmod(0o755 if path == "run.sh" else 0o644)
    return top


def change(run: str, order: int) -> Change:
    return Change("churn", "feature/ü", run, PLAN, order, "c0ffee", "2026-11-01T00:00:00Z", {})


def write_store(top: Path, tree: Path) -> None:
    """Every kind of object, with fixed times and ids."""
    top.mkdir()
    (top / "wombat.json").write_bytes(FORM)
    store = open_store(str(top), project="shop", zone="local")
    big = store.push_tree(tree, type="directory", sizes=SMALL)
    (tree / "data" / "more").write_bytes(b"a later version")
    later = store.push_tree(tree, type="directory", base=[big], sizes=SMALL)
    small = store.push_tree(tree / "run.sh", type="file")
    outputs = {"big": later.to_json(), "small": small.to_json()}
    parts = {"scores": {"parts": {"us": small.to_json(), "eu": small.to_json()}}}
    store.create_header("churn", "r1", {"profile": "development", "numbers": [1, 2.5, None]})
    store.create_header("churn", "r2", {"long": "x" * (1 << 20)})
    record = {"state": "done", "inputs": {"raw": big.content}, "outputs": outputs, "key": KEY}
    store.record_attempt("churn", "r1", "header", None, record)
    store.record_attempt("churn", "r1", "score", "us,1", {"state": "failed"})
    store.record_result(KEY, "r1", 1, {"task": "churn/score", "outputs": parts})
    for run, order in (("r1", 1), ("r2", 2)):
        _publish(store, run, order, outputs)
    store.commit_ref(replace(change("r1", 1), kind="tags", branch="v1", outputs=outputs))
    key = names.build("damage", zone="local/shop", digest=KEY, nonce="0" * 16)
    body = {"key": "local/shop/p/ab/x", "reason": "bits", "time": "2026-11-01T00:00:00Z"}
    store.blobs.create(key, seal(key, "damage", body))


def _publish(store: Store, run: str, order: int, outputs: dict[str, object]) -> None:
    store.publish(
        pipeline="churn",
        branch="feature/ü",
        run=run,
        plan=PLAN,
        order=order,
        commit="c0ffee",
        time=f"2026-11-0{order}T00:00:00Z",
        outputs=outputs,
        results={KEY: outputs},
        chosen={"header": 1},
    )


def objects(top: Path) -> dict[str, bytes]:
    blobs = open_blobs(str(top))
    return {key: blobs.get(key) for key in blobs.list("")}


def main() -> int:
    from tests.store.golden.later import SECOND, write_second

    check = "--check" in sys.argv[1:]
    editions = ((STORE, write_store), (SECOND, write_second))
    return max(_edition(place, write, check=check) for place, write in editions)


def _edition(place: Path, write: Callable[[Path, Path], None], *, check: bool) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary, "store")
        write(made, write_tree(Path(temporary, "tree")))
        wanted, stands = objects(made), objects(place)
        behind = sorted(k for k in wanted.keys() | stands if wanted.get(k) != stands.get(k))
        if check:
            for key in behind:
                print(f"{place.name}/{key} would be different")
            return 1 if behind else 0
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(made, place, ignore=shutil.ignore_patterns("tmp"))
        print(f"{place.name}: wrote {len(wanted)} objects")
    return 0


if __name__ == "__main__":
    sys.exit(main())
