"""All that differs between two works, and what of them is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.plan.causes.code import code_causes
from wombat.plan.causes.inputs import input_causes
from wombat.plan.causes.judged import checked_causes
from wombat.plan.causes.shapes import differing, shape_causes
from wombat.plan.causes.values import value_causes, word_causes
from wombat.plan.causes.work import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.plan.causes.work import Work

_WORDS: Final = {
    "code": "code",
    "values": "parameters",
    "env": "environment",
    "image": "image",
    "packages": "packages",
    "inputs": "inputs",
    "outputs": "declared outputs",
}


def causes(then: Work, now: Work) -> tuple[Cause, ...]:
    """Why two works have different keys; () just where their trees are the same."""
    return tuple(_causes(then, now)) if then.tree != now.tree else ()


def _causes(then: Work, now: Work) -> Iterator[Cause]:
    if then.tree["v"] != now.tree["v"]:
        yield Cause("engine", "keys", then.tree["v"], now.tree["v"])
    if then.tree["kind"] != now.tree["kind"]:
        yield Cause("kind", "", then.tree["kind"], now.tree["kind"])
    yield from code_causes(then, now)
    yield from value_causes(then, now)
    yield from word_causes(then, now)
    yield from input_causes(then, now)
    yield from _outputs(then.tree["outputs"], now.tree["outputs"], now)


def _outputs(then: Mapping[str, Any], now: Mapping[str, Any], work: Work) -> Iterator[Cause]:
    names = {one.name: one.schema for one in work.task.outputs}
    for name in (*now, *(name for name in then if name not in now)):
        old, new = then.get(name), now.get(name)
        if old is None or new is None:
            yield Cause("output", name, old and old["type"], new and new["type"])
            continue
        if old["schema"] != new["schema"]:
            yield from shape_causes(f"output {name}", old["schema"], new["schema"], names.get(name))
        bare = [{k: v for k, v in one.items() if k != "schema"} for one in (old, new)]
        for path, before, after in differing(*bare):
            yield Cause("output", " ".join((name, *path)), before, after)


def same(then: Work, now: Work) -> tuple[str, ...]:
    """The words for what of two works is the same and could have been another one."""
    checked = {cause.what.partition(" ")[0] + "s" for cause in checked_causes(then, now)}
    return tuple(
        said
        for word, said in _WORDS.items()
        if word not in checked and then.tree[word] == now.tree[word] and _told(now.tree[word])
    )


def _told(value: Any) -> bool:
    """Whether there is anything of it: a task without inputs isn't said to have the same ones."""
    return any(map(_told, value.values())) if isinstance(value, dict) else bool(value)
