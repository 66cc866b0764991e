"""What every tool that is compared has: a place, a store of its own, and how it is driven."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from measure import environment

from tests.s3.servers import BUCKET, KEY, SECRET
from tests.tools.cache import servers_folder

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
