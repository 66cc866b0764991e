"""The tools that are compared, each as its users run it: how a folder is stored and fetched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from measure import BIN, environment

from tests.s3.servers import BUCKET, KEY, SECRET
from tests.tools.cache import peers_folder, servers_folder

if TYPE_CHECKING:
    from pathlib import Path

Words = tuple[str, ...]
RCLONE = servers_folder() / "bin" / "rclone"


@dataclass(frozen=True)
class Place:
    """Where stores are: `endpoint` is empty for folders below the scratch folder."""

    name: str
    endpoint: str = ""


@dataclass
class Tool:
    """One tool with a store of its own; `home` holds its configuration and caches."""

    name: ClassVar[str]
    places: ClassVar[tuple[str, ...]] = ("local", "sea", "far")
    home: Path
    place: Place
    prefix: str
    versions: int = field(default=0, init=False)

    @property
    def store(self) -> Path:
        return self.home / "store"

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    def env(self) -> dict[str, str]:
        found = environment({"HOME": str(self.home), "XDG_CACHE_HOME": str(self.cache)})
        keys = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
        return found | keys | {"AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}

    def prepare(self) -> None:
        """An empty store; not timed."""
        self.home.mkdir(parents=True)
        self.cache.mkdir()

    def move(self, endpoint: str) -> None:
        """The same server at another address; not timed."""
        self.place = Place(self.place.name, endpoint)

    def source(self, path: Path) -> None:
        """The user's data changed; not timed."""

    def push(self, path: Path) -> list[Words]:
        """Commands that store what is at `path`, one after another."""
        raise NotImplementedError

    def pull(self, path: Path, into: Path) -> list[Words]:
        """Commands that fetch the newest version as another machine would: without caches."""
        raise NotImplementedError

    def cwd(self, into: Path | None = None) -> Path:  # noqa: ARG002 -- borg and dvc need it
        return self.home

    def forget(self) -> None:
        """Drops caches; not timed."""
        shutil.rmtree(self.cache, ignore_errors=True)
        self.cache.mkdir()

    def version(self) -> str:
        return self._said(*self.version_words())

    def version_words(self) -> Words:
        raise NotImplementedError

    def _said(self, *words: str) -> str:
        done = subprocess.run(words, env=self.env(), capture_output=True, text=True, check=True)
        return done.stdout.strip().splitlines()[0]

    def run(self, *words: str, cwd: Path | None = None) -> None:
        subprocess.run(words, env=self.env(), cwd=cwd or self.home, check=True, capture_output=True)

    def stored(self) -> int:
        """Bytes of the store's objects."""
        if not self.place.endpoint:
            return sum(f.lstat().st_size for f in self.store.rglob("*") if f.is_file())
        words = (str(RCLONE), "size", "--json", f"bench:{BUCKET}/{self.prefix}")
        env = self.env() | rclone(self.place)
        done = subprocess.run(words, env=env, capture_output=True, check=True)
        return int(json.loads(done.stdout)["bytes"])


def rclone(place: Place) -> dict[str, str]:
    """A remote called `bench`, without any file."""
    keys = {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": place.endpoint, "REGION": "us-east-1"}
    keys |= {"ACCESS_KEY_ID": KEY, "SECRET_ACCESS_KEY": SECRET, "NO_CHECK_BUCKET": "true"}
    return {f"RCLONE_CONFIG_BENCH_{key}": value for key, value in keys.items()} | {
        "RCLONE_CONFIG": os.devnull
    }


@dataclass
class Wombat(Tool):
    """`wombat put` and `wombat pull` in a project; fsync as always."""

    name = "wombat"

    def env(self) -> dict[str, str]:
        address = str(self.store)
        if self.place.endpoint:
            address = f"s3://{BUCKET}/{self.prefix}?endpoint={self.place.endpoint}&region=us-east-1"
        return super().env() | {"WOMBAT_STORE": address, "WOMBAT_PROJECT": "bench"}

    def prepare(self) -> None:
        super().prepare()
        (self.home / "pipelines").mkdir()
        (self.home / "wombat.yml").write_text("project: bench\n")

    def push(self, path: Path) -> list[Words]:
        return [(str(BIN / "wombat"), "put", "-q", str(path), "raw/data")]

    def pull(self, path: Path, into: Path) -> list[Words]:  # noqa: ARG002
        return [(str(BIN / "wombat"), "pull", "-q", "raw/data", "-o", str(into))]

    def version_words(self) -> Words:
        return (str(BIN / "wombat"), "--version")


@dataclass
class Dvc(Tool):
    """`dvc add` and `dvc push`; pulled in a clone that has the .dvc file alone. No fsync."""

    name = "dvc"
    given: dict[Path, tuple[int, int]] = field(default_factory=dict, init=False)
    words: ClassVar[Words] = (str(peers_folder() / "bin" / "python"), "-m", "dvc")

    def env(self) -> dict[str, str]:
        return super().env() | {"DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(self.cache)}

    def prepare(self) -> None:
        super().prepare()
        (self.home / "work").mkdir()
        self.dvc("init", "--no-scm", "-q")
        remote = f"s3://{BUCKET}/{self.prefix}" if self.place.endpoint else str(self.store)
        self.dvc("remote", "add", "-q", "-d", "store", remote)
        if self.place.endpoint:
            self.move(self.place.endpoint)

    def move(self, endpoint: str) -> None:
        super().move(endpoint)
        self.dvc("remote", "modify", "-q", "store", "endpointurl", endpoint)
        for clone in self.home.glob("pulled/.dvc"):
            shutil.copy(self.home / "work" / ".dvc" / "config", clone)

    def dvc(self, *words: str) -> None:
        self.run(*self.words, *words, cwd=self.home / "work")

    def source(self, path: Path) -> None:
        """It takes only what lies in its own folder; what didn't change there stays untouched."""
        for file in [path] if path.is_file() else path.rglob("*"):
            status = file.stat()
            stamp = status.st_mtime_ns, status.st_size
            if file.is_file() and self.given.get(file) != stamp:
                self.given[file] = stamp
                mine = self.home / "work" / file.relative_to(path.parent)
                mine.parent.mkdir(parents=True, exist_ok=True)
                mine.unlink(missing_ok=True)
                shutil.copy2(file, mine)

    def cwd(self, into: Path | None = None) -> Path:
        return into or self.home / "work"

    def push(self, path: Path) -> list[Words]:
        return [(*self.words, "add", "-q", path.name), (*self.words, "push", "-q")]

    def pull(self, path: Path, into: Path) -> list[Words]:
        into.mkdir()
        (into / ".dvc").mkdir()
        work = self.home / "work"
        shutil.copy(work / ".dvc" / "config", into / ".dvc")
        shutil.copy(work / f"{path.name}.dvc", into)
        return [(*self.words, "pull", "-q")]

    def version_words(self) -> Words:
        return (*self.words, "--version")


@dataclass
class Restic(Tool):
    """`restic backup` and `restore` at its defaults: encrypted, zstd, fsync in folders."""

    name = "restic"

    def env(self) -> dict[str, str]:
        where = f"s3:{self.place.endpoint}/{BUCKET}/{self.prefix}"
        return super().env() | {
            "RESTIC_PASSWORD": "bench",
            "RESTIC_REPOSITORY": where if self.place.endpoint else str(self.store),
        }

    def prepare(self) -> None:
        super().prepare()
        self.run("restic", "init", "-q")

    def push(self, path: Path) -> list[Words]:
        return [("restic", "backup", "-q", str(path))]

    def pull(self, path: Path, into: Path) -> list[Words]:  # noqa: ARG002
        return [("restic", "restore", "-q", "latest", "--target", str(into))]

    def version_words(self) -> Words:
        return ("restic", "version")


@dataclass
class Borg(Tool):
    """`borg create` and `extract` without encryption, at its default lz4; fsync. No S3."""

    name = "borg"
    places = ("local",)
    compression: ClassVar[str] = "lz4"

    def env(self) -> dict[str, str]:
        return super().env() | {
            "BORG_BASE_DIR": str(self.cache),
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
            "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
        }

    def prepare(self) -> None:
        super().prepare()
        self.run("borg", "init", "-e", "none", str(self.store))

    def push(self, path: Path) -> list[Words]:
        self.versions += 1
        archive = f"{self.store}::v{self.versions}"
        return [("borg", "create", "--compression", self.compression, archive, str(path))]

    def pull(self, path: Path, into: Path) -> list[Words]:  # noqa: ARG002
        into.mkdir()
        return [("borg", "extract", f"{self.store}::v{self.versions}")]

    def cwd(self, into: Path | None = None) -> Path:
        return into or self.home

    def version_words(self) -> Words:
        return ("borg", "--version")


@dataclass
class BorgZstd(Borg):
    """The same with `--compression zstd,1`, our own codec and level."""

    name = "borg-zstd"
    compression = "zstd,1"


@dataclass
class Copy(Tool):
    """`cp -r`, without fsync: the scale."""

    name = "cp"
    places = ("local",)

    def push(self, path: Path) -> list[Words]:
        shutil.rmtree(self.store, ignore_errors=True)
        return [("cp", "-r", str(path), str(self.store))]

    def pull(self, path: Path, into: Path) -> list[Words]:  # noqa: ARG002
        return [("cp", "-r", str(self.store), str(into))]

    def stored(self) -> int:
        return super().stored() if self.store.is_dir() else self.store.stat().st_size

    def version_words(self) -> Words:
        return ("cp", "--version")


@dataclass
class Rclone(Tool):
    """`rclone copy` with 16 transfers, without fsync: the scale on S3."""

    name = "rclone"

    def env(self) -> dict[str, str]:
        return super().env() | rclone(self.place)

    def _remote(self) -> str:
        return f"bench:{BUCKET}/{self.prefix}" if self.place.endpoint else str(self.store)

    def push(self, path: Path) -> list[Words]:
        return [(str(RCLONE), "copy", "--transfers=16", str(path), self._remote())]

    def pull(self, path: Path, into: Path) -> list[Words]:  # noqa: ARG002
        return [(str(RCLONE), "copy", "--transfers=16", self._remote(), str(into))]

    def version_words(self) -> Words:
        return (str(RCLONE), "version")


TOOLS: dict[str, type[Tool]] = {
    one.name: one for one in (Wombat, Dvc, Restic, Borg, BorgZstd, Copy, Rclone)
}
