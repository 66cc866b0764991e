"""Plans and projects, small ones, for the executor's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.ci import Surroundings, Told, local_run_id
from wombat.digest import Digest, digest_json
from wombat.executor.context import Context, context_of
from wombat.executor.header import ensure_header, make_header
from wombat.plan.ir import (
    ArtifactSource,
    Code,
    FileSource,
    Input,
    Output,
    Param,
    Part,
    Plan,
    Task,
    TaskSource,
)
from wombat.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.store import Store

NOWHERE = Code("modules", Digest("0" * 64))
ORDER = iter(range(1, 10**9))


def output(name: str, kind: str = "json", **more: Any) -> Output:
    path = more.pop("path", name if kind == "file" else None)
    return Output(name, kind, path=path, **more)


def of_task(name: str, task: str, made: str, kind: str = "json", **more: Any) -> Input:
    return Input(name, TaskSource(task, made), kind, **more)


def of_file(name: str, path: str, kind: str = "file") -> Input:
    return Input(name, FileSource(path), kind)


def of_artifact(name: str, address: str, kind: str = "any") -> Input:
    return Input(name, ArtifactSource(address), kind)


def task(name: str, run: str | None = None, **words: Any) -> Task:
    """A task of any kind; `foreach` gives parts labelled by their values."""
    words.setdefault("outputs", (output(name),))
    kind = "run" if run else "command" if "argv" in words else "shell"
    keys = words.get("foreach", {})
    if keys:
        ((key, values),) = keys.items()
        words["parts"] = tuple(Part(value, {key: value}) for value in values)
        words["foreach"] = {key: tuple(values)}
    code = Code("modules", digest_json([run, list(words.get("argv", ())), words.get("script")]))
    return Task(name, kind, code, run=run, **words)


def plan(*tasks: Task, **words: Any) -> Plan:
    return Plan("demo", "pipelines/demo.yml", NOWHERE.digest, tasks, (), **words)


def surroundings(**words: Any) -> Surroundings:
    known: dict[str, Any] = {
        "ci": None, "event": "local", "order": next(ORDER), "run": local_run_id(),
    }  # fmt: skip
    told: dict[str, Any] = {"branch": "main", "default_branch": "main", "commit": None}
    told |= {
        word: words.pop(word) for word in ("branch", "default_branch", "commit") if word in words
    }
    return Surroundings(checkout=Told(**told), **(known | words))


class Project:
    """A folder with tasks in `work.py`, and a local store of its own."""

    def __init__(self, root: Path, code: str = "") -> None:
        self.root = root
        self.reports: list[Any] = []
        root.mkdir(parents=True, exist_ok=True)
        (root / "work.py").write_text("from __future__ import annotations\n" + code)

    @property
    def store(self) -> Store:
        return open_store(str(self.root / ".wombat" / "store"), project="demo", zone="local")

    def begin(
        self, given: Plan, *, profile: str = "production", resolve: Any = None, **words: Any
    ) -> Context:
        """A run of a plan, its header written; tasks of `anew` run whatever is there."""
        params = words.pop("params", None)
        borrow, anew = words.pop("borrow", False), words.pop("anew", ())
        header = make_header(
            given, surroundings=surroundings(**words), project="demo", profile=profile,
            root=self.root, resolve=resolve or _nothing, params=params,
        )  # fmt: skip
        stands = ensure_header(self.store, header | ({"anew": list(anew)} if anew else {}))
        return context_of(self.root, self.store, stands, report=self.reports.append, borrow=borrow)

    def value(
        self, context: Context, name: str, output_name: str | None = None, part: str | None = None
    ) -> bytes:
        """The one file of an output of the newest attempt."""
        from wombat.store import Artifact

        newest = context.store.attempts("demo", context.run, name, part)[-1]
        artifact = Artifact.from_json(newest.record["outputs"][output_name or name])
        (file,) = list(context.store.manifest(artifact))
        return context.store.read_file(artifact, file.path)


def _nothing(address: str) -> Any:
    raise AssertionError(address)


__all__ = [
    "Param",
    "Part",
    "Project",
    "of_artifact",
    "of_file",
    "of_task",
    "output",
    "plan",
    "task",
]
