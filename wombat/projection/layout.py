"""Which folder each output of a version has, and each of its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wombat.executor.header import find_header, plan_of
from wombat.store.records import Artifact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wombat.store import RefRecord, Store

EMPTY: Final = "__HIVE_DEFAULT_PARTITION__"
"""How readers of such folders write that there is no value."""
_ESCAPED: Final = re.compile(r'[\x00-\x1f\x7f"#%\'*/:=?\\{}\[\]^ ]')
"""Hive's own set, and the space; other characters stand as they are, as every reader has them."""


@dataclass(frozen=True)
class Folder:
    """One artifact's place below the pipeline's folder, with a slash at its end."""

    steps: str
    name: str
    artifact: Artifact


def folders(store: Store, record: RefRecord) -> Iterator[Folder]:
    """The folders of a version: `task/output/`, with `key=value/` for each key of a part.

    What was `put` belongs to no task. Rows that were set aside stand in a folder of their own.
    """
    keys = _keys(store, record)
    for name, value in sorted(record.outputs.items()):
        task, _, output = name.rpartition(".")
        steps = f"{task}/{output}/" if task else f"{output}/"
        if "parts" not in value:
            yield Folder(steps, name, Artifact.from_json(value))
            continue
        for label, part in sorted(value["parts"].items()):
            below = "".join(f"{step}/" for step in _partition(part, label, keys.get(task, ())))
            yield Folder(steps + below, name, Artifact.from_json(part))


def step(key: str, value: str) -> str:
    """A folder's name that tells a value; `step` of another value is another name."""
    if not value:
        return f"{key}={EMPTY}"
    text = _ESCAPED.sub(lambda c: f"%{ord(c[0]):02X}", value)
    return f"{key}={f'%5F{text[1:]}' if text == EMPTY else text}"


def _partition(part: Mapping[str, Any], label: str, keys: Sequence[str]) -> list[str]:
    values = {str(key): str(value) for key, value in (part.get("values") or {}).items()}
    if not values:
        return [label]
    ordered = [key for key in keys if key in values]
    return [step(key, values[key]) for key in (*ordered, *sorted(values.keys() - {*ordered}))]


def _keys(store: Store, record: RefRecord) -> dict[str, tuple[str, ...]]:
    """The foreach keys of each task in the order of the pipeline's file, which records don't keep;
    where the run's header is gone they stand in the order of the alphabet."""
    if not any("parts" in value for value in record.outputs.values()):
        return {}
    header = find_header(store, record.pipeline, record.run)
    if header is None:
        return {}
    return {task.name: tuple(task.foreach) for task in plan_of(header).tasks}
