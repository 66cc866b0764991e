"""Foreach: every combination of its values is a part with a label of its own."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from wombat.language.label import label_of
from wombat.plan.ir import Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.plan.scope import Scope

MAX_PARTS: Final = 10_000


def expand(keys: Mapping[str, Sequence[str]]) -> tuple[Part, ...]:
    """The parts of a foreach, in the order written, the last key fastest; () without keys."""
    if not keys:
        return ()
    return tuple(
        Part(label_of(values), dict(zip(keys, values, strict=True)))
        for values in itertools.product(*keys.values())
    )


def count(keys: Mapping[str, Sequence[str]]) -> int:
    total = 1
    for values in keys.values():
        total *= len(values)
    return total


def parts_of(scope: Scope, task: str) -> tuple[Part, ...]:
    """The parts of a task; () where their values or labels can't be, which is reported."""
    written = scope.tasks[task].foreach
    if (total := count(written)) > MAX_PARTS:
        scope.sink.error(
            "foreach-size",
            f"{total:,} parts; expected at most {MAX_PARTS:,}",
            scope.key_place("tasks", task, "foreach"),
        )
        return ()
    if _repeated(scope, task):
        return ()
    parts = expand(dict(sorted(written.items())))  # the order of a mapping's keys means nothing
    _check_labels(scope, task, parts)
    return parts


def _repeated(scope: Scope, task: str) -> bool:
    found = False
    for key, values in scope.tasks[task].foreach.items():
        if len(set(values)) < len(values):
            found = True
            index = next(i for i, value in enumerate(values) if values.index(value) < i)
            said = f"'{values[index]}' stands twice in {key}; expected each value once"
            scope.error("foreach-duplicate", said, "tasks", task, "foreach", key, index)
    return found


def _check_labels(scope: Scope, task: str, parts: tuple[Part, ...]) -> None:
    """Labels name jobs and folders, and some file systems see no difference between A and a."""
    seen: dict[str, Part] = {}
    for part in parts:
        first = seen.setdefault(part.label.lower(), part)
        if first is not part:
            key = next(k for k, value in part.values.items() if first.values[k] != value)
            index = scope.tasks[task].foreach[key].index(part.values[key])
            one, two = (", ".join(each.values.values()) for each in (first, part))
            same = first.label == part.label
            said = f"the same label '{first.label}'" if same else "labels for one folder"
            scope.error(
                "foreach-label",
                f"the parts '{one}' and '{two}' have {said}; expected labels that differ"
                f"{'' if same else ' in more than capitals'}",
                *("tasks", task, "foreach", key, index),
                hint="rename one of the values",
            )
            return
