"""The tools that are compared, each as its users run it: how a folder is stored and fetched."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from measure import BIN
from tool import RCLONE, Tool, Words, rclone

from tests.s3.servers import BUCKET
from tests.tools.cache import peers_folder

if TYPE_CHECKING:
    from pathlib import Path


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
