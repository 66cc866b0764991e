"""A generated document as GitLab reads it: its jobs, what each waits for, the keywords it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# At the top these are no jobs.
GLOBALS = frozenset({"include", "stages", "workflow", "variables", "default", "spec"})
# What stands below these is the user's, or names.
OPAQUE = frozenset({"variables", "id_tokens", "services", "image", "inputs"})


def jobs_of(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The jobs that run, without the hidden ones."""
    return {
        name: body
        for name, body in document.items()
        if name not in GLOBALS and not name.startswith(".")
    }


def behind(jobs: dict[str, dict[str, Any]], name: str) -> set[str]:
    """The jobs that `name` needs, directly or through gather jobs."""
    reached: set[str] = set()
    waiting = list(jobs[name]["needs"])
    while waiting:
        need = waiting.pop()
        if is_gather(need):
            waiting += jobs[need]["needs"]
        else:
            reached.add(need)
    return reached


def is_gather(name: str) -> bool:
    return name.partition("/")[2].startswith("gather-")


def keywords(document: dict[str, Any]) -> set[str]:
    """Every keyword in use, dotted, from its job or the top on."""
    found: set[str] = set()
    for name, body in document.items():
        tops = {name: body} if name in GLOBALS else body
        found.update(word for key, value in tops.items() for word in _below(key, value))
    return found


def _below(path: str, value: Any) -> Iterator[str]:
    last = path.rpartition(".")[2]
    items = value if isinstance(value, list) else [value]
    inner = [one for one in items if isinstance(one, dict)]
    if path == "trigger.strategy":
        yield f"{path}.{value}"
    elif path == "include" or last in OPAQUE or not inner:
        yield path
    else:
        for one in inner:
            for key, item in one.items():
                yield from _below(f"{path}.{key}", item)
