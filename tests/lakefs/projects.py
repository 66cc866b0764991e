"""Projects whose versions are made without running anything, and what stands of them in lakeFS."""

from __future__ import annotations

import json
import secrets
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from wombat.store import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lakefs.conftest import Lake
    from wombat.store import Store

Files: TypeAlias = "dict[str, bytes]"


@dataclass(frozen=True)
class Project:
    """A folder with `wombat.yml` that shows its versions in a lake, below `data`."""

    root: Path
    lake: Lake
    name: str = "demo"

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / "wombat.yml").write_text(
            f"project: {self.name}\n"
            f"publish: {{lakefs: {{repository: {self.lake.repository}, path: data}}}}\n"
        )

    def zone(self, zone: str) -> Store:
        place = self.root / ".wombat" / "store"
        return open_store(str(place), project=self.name, zone=zone)

    def publish(
        self,
        run: str,
        outputs: Mapping[str, Files],
        *,
        pipeline: str = "shop",
        order: int | None = None,
        zone: str = "local",
    ) -> None:
        """A version of `main` with these outputs: files by path."""
        store = self.zone(zone)
        head = store.head(pipeline, "main")
        done = store.publish(
            pipeline=pipeline,
            branch="main",
            run=run,
            plan="0" * 64,
            order=order if order is not None else (head.order + 1 if head else 1),
            commit="c" * 40,
            time="2026-11-01T00:00:00Z",
            outputs={name: artifact(store, files) for name, files in outputs.items()},
        )
        assert done.outcome == "published"

    def about(self, run: str, zone: str = "local", pipeline: str = "shop") -> dict[str, str]:
        """What commits of a run say of it."""
        said = {"project": self.name, "pipeline": pipeline, "run": run, "zone": zone}
        said["store"] = self.zone(zone).identity()
        return {f"wombat-{word}": value for word, value in said.items()}

    @property
    def at(self) -> tuple[str, str]:
        return "-C", str(self.root)


def artifact(store: Store, files: Mapping[str, Any]) -> dict[str, Any]:
    """Stored, as a record names it."""
    with tempfile.TemporaryDirectory() as folder:
        for path, data in files.items():
            place = Path(folder, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        made = store.push_tree(Path(folder), type="directory")
    size = sum(map(len, files.values()))
    return {**made.to_json(), "type": "directory", "stats": {"bytes": size}}


@dataclass(frozen=True)
class Look:
    """What stands in a lake, and hands that aren't Wombat's in it."""

    lake: Lake

    def _ask(self, method: str, path: str, *rest: Any, **named: Any) -> Any:
        with self.lake.raw as raw:
            return raw.ask(method, f"/repositories/{self.lake.repository}{path}", *rest, **named)

    def files(self, ref: str = "main", *, record: bool = False) -> Files:
        """All of a repository, by path, without what projections say of themselves."""
        return {
            one["path"]: self.read(one["path"], ref)
            for one in self.listed(ref)
            if record or not one["path"].endswith("/_wombat.json")
        }

    def listed(self, ref: str = "main") -> list[dict[str, Any]]:
        query = {"amount": "1000", "user_metadata": "true"}
        found: list[dict[str, Any]] = self._ask("GET", f"/refs/{ref}/objects/ls", query).tree[
            "results"
        ]
        return found

    def read(self, path: str, ref: str = "main") -> bytes:
        found = self._ask("GET", f"/refs/{ref}/objects", {"path": path})
        assert found.status == 200, found
        data: bytes = found.body
        return data

    def record(self, pipeline: str = "shop") -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.read(f"data/{pipeline}/_wombat.json"))
        return said

    def branches(self) -> list[str]:
        return sorted(one["id"] for one in self._ask("GET", "/branches").tree["results"])

    def head(self, ref: str = "main") -> dict[str, Any]:
        found: dict[str, Any] = self._ask("GET", f"/commits/{self._commit(ref)}").tree
        return found

    def _commit(self, ref: str) -> str:
        return str(self._ask("GET", f"/branches/{ref}").tree["commit_id"])

    def put(self, path: str, data: bytes, branch: str = "main", **headers: str) -> None:
        query = {"path": path}
        place = f"/branches/{branch}/objects"
        assert self._ask("POST", place, query, body=data, headers=headers).status == 201

    def delete(self, path: str, branch: str = "main") -> None:
        assert self._ask("DELETE", f"/branches/{branch}/objects", {"path": path}).status == 204

    def commit(self, branch: str = "main", metadata: Mapping[str, str] | None = None) -> str:
        tree = {"message": "by hand", "metadata": dict(metadata or {})}
        done = self._ask("POST", f"/branches/{branch}/commits", tree=tree)
        assert done.status == 201, done
        return str(done.tree["id"])

    def branch(self, name: str, source: str = "main") -> None:
        tree = {"name": name, "source": source}
        assert self._ask("POST", "/branches", tree=tree).status == 201

    def drop(self, name: str) -> None:
        """A branch, if it is there."""
        assert self._ask("DELETE", f"/branches/{name}").status in (204, 404)

    def protect(self, *patterns: str) -> None:
        """From now on these branches alone; a real server needs some seconds until it does."""
        rules = [{"pattern": one} for one in patterns]
        place = "/settings/branch_protection"
        assert self._ask("PUT", place, tree=rules).status == 204
        name = "main" if "main" in patterns else "wombat-probe"
        if name != "main":
            self.branch(name)
        deadline = time.monotonic() + 120
        while self._writable(name) == bool(patterns):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        if name != "main":
            self.drop(name)

    def _writable(self, branch: str) -> bool:
        """A file that isn't there is taken away."""
        done = self._ask("DELETE", f"/branches/{branch}/objects", {"path": "no-such-file"})
        assert done.status in (204, 403)
        return bool(done.status == 204)

    def token(self) -> str:
        if self.lake.double:
            return self.lake.double.token()
        tree = {"access_key_id": self.lake.key, "secret_access_key": self.lake.secret}
        with self.lake.raw as raw:
            return str(raw.ask("POST", "/auth/login", tree=tree).tree["token"])

    def forget(self) -> None:
        """The repository is gone."""
        assert self._ask("DELETE", "", {"force": "true"}).status == 204

    def remake(self) -> None:
        """The repository is there, with nothing in it: a real server wants another place for it."""
        name = self.lake.repository
        place = f"local://{name}-{secrets.token_hex(4)}"
        tree = {"name": name, "storage_namespace": place, "default_branch": "main"}
        deadline = time.monotonic() + 120
        with self.lake.raw as raw:
            while (done := raw.ask("POST", "/repositories", tree=tree)).status != 201:
                assert time.monotonic() < deadline, done.body
                time.sleep(0.1)

    def merge(self, source: str, target: str = "main") -> int:
        return int(self._ask("POST", f"/refs/{source}/merge/{target}", tree={}).status)
