"""Data that others bring to lakeFS, and a project whose nightly pipeline reads it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from wombat.cli.entry import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

    from tests.lakefs.conftest import Lake


@dataclass(frozen=True)
class Landing:
    """Somebody who puts objects on `main` and commits them, with no client of ours."""

    lake: Lake

    def put(
        self, path: str, body: bytes, *, branch: str = "main", meta: Mapping[str, str] | None = None
    ) -> None:
        headers = {f"x-lakefs-meta-{name}": value for name, value in (meta or {}).items()}
        self._ask("POST", f"branches/{branch}/objects", {"path": path}, body=body, headers=headers)

    def delete(self, path: str) -> None:
        self._ask("DELETE", "branches/main/objects", {"path": path})

    def commit(self, files: Mapping[str, bytes] | None = None) -> str:
        """Of what was put, and of these; its id."""
        for path, body in (files or {}).items():
            self.put(path, body)
        reply = self._ask("POST", "branches/main/commits", tree={"message": "the day's"})
        return str(reply["id"])

    def branch(self, name: str) -> None:
        self._ask("POST", "branches", tree={"name": name, "source": "main"})

    def url(self, path: str, ref: str = "main") -> str:
        return f"lakefs://{self.lake.repository}/{ref}/{path}"

    def _ask(self, method: str, place: str, *given: Any, **words: Any) -> Any:
        with self.lake.raw as raw:
            reply = raw.ask(
                method, f"/repositories/{self.lake.repository}/{place}", *given, **words
            )
        assert reply.status < 300, reply
        return json.loads(reply.body) if reply.body[:1] == b"{" else None


def parquet(**columns: list[Any]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


@dataclass(frozen=True)
class Project:
    """A folder with a pipeline, schemas and tasks, and what the verbs say of it."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    @classmethod
    def new(
        cls, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> Project:
        """Outside any CI."""
        for name in ("GITLAB_CI", "CI", "GITHUB_ACTIONS", "WOMBAT_STORE", "WOMBAT_ZONE"):
            monkeypatch.delenv(name, raising=False)
        root.mkdir()
        return cls(root, capsys)

    def write(self, **files: str) -> None:
        for name, text in files.items():
            folder, _, base = name.rpartition("__")
            place = self.root / folder
            place.mkdir(parents=True, exist_ok=True)
            suffix = ".yml" if folder in ("pipelines", "schemas") else ".py"
            (place / f"{base}{suffix}").write_text(text)

    def ask(self, *words: str) -> tuple[int, Any]:
        """Its exit code and its JSON."""
        self.capsys.readouterr()
        code = run([*words, "-C", str(self.root), "--json"])
        return code, json.loads(self.capsys.readouterr().out)

    def say(self, *words: str) -> tuple[int, str]:
        """Its exit code and all that it says to people."""
        self.capsys.readouterr()
        code = run([*words, "-C", str(self.root)])
        told = self.capsys.readouterr()
        return code, told.out + told.err
