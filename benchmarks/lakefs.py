"""Runs as commits in lakeFS, beside lakectl and the SDK by hand: one interleaved run.

Needs a server at WOMBAT_TEST_LAKEFS=http://KEY:SECRET@HOST:PORT, of the local block adapter, and
lakectl on the PATH. Each round pushes into repositories of its own, which it deletes.
"""

from __future__ import annotations

import argparse
import base64
import filecmp
import json
import os
import random
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from measure import BIN, Spent, compiled, environment, spent, table  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SERVER = "WOMBAT_TEST_LAKEFS"
FILES, EACH, LARGE = 2000, 20_000, 500_000_000
WIDTH = 25
"""Connections of lakectl, and of the pool by hand."""
PROMISED = 1.0
UPLOAD = """\
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import lakefs_sdk
from lakefs_sdk.client import LakeFSClient
endpoint, key, secret, repository, folder, width = sys.argv[1:]
api = LakeFSClient(lakefs_sdk.Configuration(
    host=endpoint + "/api/v1", username=key, password=secret))
root = Path(folder)
def put(path):
    api.objects_api.upload_object(repository, "main", "data/" + path.relative_to(root).as_posix(),
                                  content=path.read_bytes())
paths = [path for path in root.rglob("*") if path.is_file()]
if width == "1":
    for path in paths:
        put(path)
else:
    with ThreadPoolExecutor(int(width)) as pool:
        list(pool.map(put, paths))
api.commits_api.commit(repository, "main", lakefs_sdk.CommitCreation(message="data"))
"""
DOWNLOAD = """\
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import lakefs_sdk
from lakefs_sdk.client import LakeFSClient
endpoint, key, secret, repository, folder, width = sys.argv[1:]
api = LakeFSClient(lakefs_sdk.Configuration(
    host=endpoint + "/api/v1", username=key, password=secret))
root = Path(folder)
def get(path):
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(api.objects_api.get_object(repository, "main", path))
paths, after = [], ""
while True:
    page = api.objects_api.list_objects(repository, "main", after=after, amount=1000,
                                        prefix="data/")
    paths += [one.path for one in page.results]
    after = page.pagination.next_offset
    if not page.pagination.has_more:
        break
if width == "1":
    for path in paths:
        get(path)
else:
    with ThreadPoolExecutor(int(width)) as pool:
        list(pool.map(get, paths))
"""


@dataclass(frozen=True)
class Server:
    endpoint: str
    key: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def environ(self) -> dict[str, str]:
        return environment(
            {
                "LAKECTL_SERVER_ENDPOINT_URL": self.endpoint,
                "LAKECTL_CREDENTIALS_ACCESS_KEY_ID": self.key,
                "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY": self.secret,
            }
        )

    def ask(self, method: str, path: str, tree: Any = None) -> bytes:
        said = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        headers = {"Authorization": f"Basic {said}", "Content-Type": "application/json"}
        body = None if tree is None else json.dumps(tree).encode()
        request = urllib.request.Request(self.endpoint + path, body, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return bytes(answer.read())

    def counted(self) -> Counter[str]:
        """Requests so far, by operation, of everybody."""
        text = self.ask("GET", "/metrics").decode()
        found = r'^api_request_duration_seconds_count\{code="\d+",operation="(\w+)"\} (\d+)'
        every: Counter[str] = Counter()
        for name, count in re.findall(found, text, re.MULTILINE):
            every[name] += int(count)
        return every

    def repository(self) -> str:
        name = f"bench-{secrets.token_hex(6)}"
        tree = {"name": name, "storage_namespace": f"local://{name}", "default_branch": "main"}
        self.ask("POST", "/api/v1/repositories", tree)
        return name

    def forget(self, name: str) -> None:
        self.ask("DELETE", f"/api/v1/repositories/{name}?force=true")


@dataclass(frozen=True)
class Bench:
    server: Server
    data: Path
    scratch: Path
    project: Path

    def run(self, *words: str) -> Spent:
        return spent(words, self.project, self.server.environ)

    def wombat(self, *words: str) -> Spent:
        return self.run(str(BIN / "wombat"), *words)

    def push(self, tool: str, repository: str) -> Spent:
        if tool == "wombat":
            self.asks(repository)
            return self.wombat("lakefs", "sync", "-q")
        place = f"lakefs://{repository}/main"
        if tool == "lakectl":
            words = ("lakectl", "fs", "upload", "-r", "--no-progress", "-s", str(self.data))
            sent = self.run(*words, f"{place}/data/")
            return sent + self.run("lakectl", "commit", place, "-m", "data")
        return self.by_hand(UPLOAD, repository, self.data, tool)

    def pull(self, tool: str, repository: str, into: Path) -> Spent:
        place = f"lakefs://{repository}/main/data/"
        if tool == "wombat":
            return self.wombat("pull", "-q", place, "-o", str(into))
        if tool == "lakectl":
            words = ("lakectl", "fs", "download", "-r", "--no-progress")
            return self.run(*words, place, str(into))
        return self.by_hand(DOWNLOAD, repository, into, tool)

    def uploads(self) -> int:
        """Files that one more push of what stands sends."""
        words = (str(BIN / "wombat"), "lakefs", "sync", "--json")
        said = subprocess.check_output(words, cwd=self.project, env=self.server.environ)
        return sum(one["uploaded"] for one in json.loads(said))

    def by_hand(self, script: str, repository: str, folder: Path, tool: str) -> Spent:
        width = "1" if tool == "sdk, a loop" else str(WIDTH)
        at = (self.server.endpoint, self.server.key, self.server.secret)
        return self.run(sys.executable, "-c", script, *at, repository, str(folder), width)

    def asks(self, repository: str) -> None:
        (self.project / "wombat.yml").write_text(
            f"project: bench\npublish: {{lakefs: {{repository: {repository}, path: data}}}}\n"
        )


TOOLS = ("wombat", "lakectl", "sdk, a loop", "sdk, a pool")


def main() -> int:
    given = arguments()
    server = named()
    compiled()
    scratch = Path(tempfile.mkdtemp(prefix="wombat-bench-", dir=given.scratch))
    kept = True
    try:
        for what, files, size in (
            (f"{given.files:,} files of {EACH // 1000} KB", given.files, EACH),
            (f"one of {given.large // 1_000_000} MB", 1, given.large),
        ):
            bench = prepared(server, scratch / f"of-{files}", files, size)
            kept &= told(what, dict(measured(bench, given.rounds)))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return 0 if kept else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, help="where data and the store are; some 3 GB")
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--large", type=int, default=LARGE, help="bytes of the one file")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def named() -> Server:
    """SystemExit where there is nothing to measure."""
    parts = urlsplit(os.environ.get(SERVER, ""))
    if not parts.hostname:
        raise SystemExit(f"no server of lakeFS is named; expected {SERVER}=http://KEY:SECRET@HOST")
    if shutil.which("lakectl") is None:
        raise SystemExit("lakectl is not on the PATH: there is nothing to compare with")
    endpoint = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    return Server(endpoint, parts.username or "", parts.password or "")


def prepared(server: Server, folder: Path, files: int, size: int) -> Bench:
    """The data in a folder, and in a local store as a version of a pipeline."""
    data, project = folder / "in", folder / "project"
    (project / "pipelines").mkdir(parents=True)
    dice = random.Random(files)
    for number in range(files):
        place = data / f"{number // 100:03}" / f"{number:05}.bin"
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as file:
            for at in range(0, size, 1 << 20):
                file.write(dice.randbytes(min(1 << 20, size - at)))
    bench = Bench(server, data, folder, project)
    bench.asks("nowhere")
    bench.wombat("put", "-q", str(data), "shop/raw")
    return bench


def measured(bench: Bench, rounds: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Of each tool its seconds to push, to push what stands, and to pull; they take turns."""
    taken: dict[str, dict[str, list[Any]]] = {
        tool: {"push": [], "again": [], "pull": [], "memory": [], "requests": [], "uploads": []}
        for tool in TOOLS
    }
    for number in range(rounds):
        order = TOOLS[number % len(TOOLS) :] + TOOLS[: number % len(TOOLS)]
        for tool in order:
            repository, into = bench.server.repository(), bench.scratch / "out"
            one = taken[tool]
            try:
                first = bench.push(tool, repository)
                before = bench.server.counted()
                one["again"].append(_again(bench, tool, repository))
                one["requests"].append(bench.server.counted() - before)
                one["push"].append(first.wall)
                if tool == "wombat":
                    one["uploads"].append(bench.uploads())
                one["memory"].append(first.memory)
                one["pull"].append(bench.pull(tool, repository, into).wall)
                _same(bench.data, into)
            finally:
                shutil.rmtree(into, ignore_errors=True)
                bench.server.forget(repository)
            print(f"{tool}: push {first.wall:.2f} s, again {one['again'][-1]:.2f} s, "
                  f"pull {one['pull'][-1]:.2f} s", flush=True)  # fmt: skip
    yield from taken.items()


def _again(bench: Bench, tool: str, repository: str) -> float:
    if tool.startswith("sdk"):
        # A commit of nothing is refused, so by hand the same upload ends there.
        script = UPLOAD.rpartition("api.commits_api")[0]
        return bench.by_hand(script, repository, bench.data, tool).wall
    if tool == "lakectl":
        words = ("lakectl", "fs", "upload", "-r", "--no-progress", "-s", str(bench.data))
        return bench.run(*words, f"lakefs://{repository}/main/data/").wall
    return bench.push(tool, repository).wall


def _same(data: Path, out: Path) -> None:
    """All files are there, wherever a tool puts them; the first and the last are whole."""
    wanted = sorted(path for path in data.rglob("*.bin"))
    found = {path.name: path for path in out.rglob("*.bin")}
    assert len(found) == len(wanted), (len(found), len(wanted))
    for one in (wanted[0], wanted[-1]):
        assert filecmp.cmp(one, found[one.name], shallow=False), one


def told(what: str, taken: Mapping[str, Mapping[str, Any]]) -> bool:
    print(f"\n{what}, medians of {len(taken['wombat']['push'])}:\n")
    print("| tool | push | again | pull back | memory | requests again |")
    print("|---|---:|---:|---:|---:|---:|")
    middle = {
        tool: {key: statistics.median(one[key]) for key in ("push", "again", "pull", "memory")}
        for tool, one in taken.items()
    }
    for tool, one in middle.items():
        asked = taken[tool]["requests"][-1]
        print(
            f"| {tool} | {one['push']:.2f} s | {one['again']:.2f} s | {one['pull']:.2f} s | "
            f"{one['memory'] / 1e6:.0f} MB | {asked.total()} |"
        )
    again = taken["wombat"]["requests"]
    print(f"\nunchanged, wombat asks: {dict(again[-1])}")
    rows = [
        (f"{what}: {key}", tool, middle["wombat"][key] / middle[tool][key], PROMISED)
        for key in ("push", "again", "pull")
        for tool in TOOLS[1:]
    ]
    uploads = max(taken["wombat"]["uploads"])
    return table([*rows, (f"{what}: unchanged", "uploads", float(uploads), 0)])


if __name__ == "__main__":
    sys.exit(main())
