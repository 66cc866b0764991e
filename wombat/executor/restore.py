"""A plan out of a header's JSON, by hand: a job needn't load what only checking needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.plan.ir import (
    ArtifactSource,
    At,
    Code,
    Edge,
    FileSource,
    Input,
    Job,
    On,
    Output,
    Package,
    Param,
    Part,
    Piece,
    Plan,
    Schedule,
    Task,
    TaskSource,
    UrlSource,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    Tree = Mapping[str, Any]

_SOURCES = {"task": TaskSource, "file": FileSource, "artifact": ArtifactSource, "url": UrlSource}


def restore_plan(tree: Tree) -> Plan:
    """The same as `plan_from_json` of what `Plan.to_json` gave, and only of that.

    A header is sealed by the store, so nothing is validated here. KeyError or TypeError for a tree
    of another version.
    """
    schedule = tree.get("schedule")
    changed = {
        "tasks": tuple(_task(one) for one in tree["tasks"]),
        "jobs": tuple(_tupled(Job, one, "parts", "needs") for one in tree["jobs"]),
        "edges": tuple(_edge(one) for one in tree.get("edges", ())),
        "params": tuple(_tupled(Param, one, "choices") for one in tree.get("params", ())),
        "code": {k: _tupled(Piece, v, "uses") for k, v in tree.get("code", {}).items()},
        "packages": {k: _tupled(Package, v, "uses") for k, v in tree.get("packages", {}).items()},
        "schedule": Schedule(**schedule) if schedule else None,
        "on": On(**tree.get("on", {})),
    }
    return Plan(**{**tree, **changed})


def _tupled(kind: Any, tree: Tree, *names: str) -> Any:
    """A value whose fields of these names are tuples, which JSON doesn't have."""
    found = {name: tuple(tree[name]) for name in names if tree.get(name) is not None}
    return kind(**{**tree, **found})


def _at(tree: Tree) -> dict[str, At]:
    return {"at": At(**tree["at"])} if "at" in tree else {}


def _task(tree: Tree) -> Task:
    changed = {
        "code": _tupled(Code, tree["code"], "files", "roots"),
        "inputs": tuple(_input(one) for one in tree.get("inputs", ())),
        "outputs": tuple(Output(**{**one, **_at(one)}) for one in tree.get("outputs", ())),
        "foreach": {key: tuple(values) for key, values in tree.get("foreach", {}).items()},
        "parts": tuple(Part(**one) for one in tree.get("parts", ())),
        **_at(tree),
    }
    task: Task = _tupled(Task, {**tree, **changed}, "argv", "needs", "requires", "depends_on")
    return task


def _input(tree: Tree) -> Input:
    source = tree["source"]
    kind = _SOURCES[source.get("kind") or _told(source)]
    return Input(**{**tree, "source": kind(**source), **_at(tree)})


def _told(source: Tree) -> str:
    """A source's kind is its default, which JSON leaves out; its fields tell it."""
    told = {"path": "file", "address": "artifact", "url": "url"}
    return next((kind for field, kind in told.items() if field in source), "task")


def _edge(tree: Tree) -> Edge:
    witness = tuple(tuple(row) for row in tree.get("witness", ()))
    return Edge(**{**tree, "witness": witness})
