"""The names of jobs: within GitLab's lengths, and no two the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.backends import Unsupported
from wombat.backends.gitlab.nodes import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wombat.backends.gitlab.nodes import Node
    from wombat.plan.ir import Plan

MAX_NAME: Final = 255
MAX_NEEDED: Final = 128
"""Of a job that another needs."""


def name_findings(plans: Sequence[Plan], options: Mapping[str, Any]) -> Iterator[Unsupported]:
    """Jobs are keys of one mapping: of two with one name the first would vanish without a word."""
    taken: set[str] = set()
    for plan in plans:
        graph = nodes(plan, options, effects=True)
        needed = {need for node in graph for need in node.needs}
        for node in graph:
            yield from _length(plan, node, MAX_NEEDED if node.name in needed else MAX_NAME)
            if node.name in taken:
                said = f"two jobs are called '{node.name}'; expected names of their own"
                yield _found(plan, node, said, "rename one of the two")
            taken.add(node.name)


def _length(plan: Plan, node: Node, allowed: int) -> Iterator[Unsupported]:
    if len(node.name) > allowed:
        said = f"job name '{node.name[:40]}…' has {len(node.name)} characters; "
        said += f"GitLab allows {allowed}"
        said += " where another job needs it" if allowed == MAX_NEEDED else ""
        yield _found(plan, node, said, "use shorter names or foreach values")


def _found(plan: Plan, node: Node, said: str, hint: str) -> Unsupported:
    return Unsupported(plan.pipeline, node.job.task if node.job else None, said, hint)
