"""What a task's machine must be: the runner's tags, and what Kubernetes runners ask for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_UNITS: Final = (("Ti", 2**40), ("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10))


def resources(compute: Mapping[str, Any], tags: Sequence[str]) -> dict[str, Any]:
    """A job's `tags` and `variables` from a compute of `wombat.yml`; its tags join the others.

    Runners of other kinds take no notice of the variables.
    """
    variables: dict[str, str] = {}
    if compute.get("cpu"):
        variables["KUBERNETES_CPU_REQUEST"] = cores(compute["cpu"])
    if compute.get("memory"):
        # More than it asked for would be taken from its neighbours; so the limit is the request.
        size = quantity(compute["memory"])
        variables |= {"KUBERNETES_MEMORY_REQUEST": size, "KUBERNETES_MEMORY_LIMIT": size}
    own = [tag for tag in compute.get("tags", ()) if tag not in tags]
    said: dict[str, Any] = {"tags": [*tags, *own]} if own else {}
    return said | ({"variables": variables} if variables else {})


def cores(number: float) -> str:
    """Kubernetes' quantity: whole cores, else thousandths, rounded up."""
    return str(int(number)) if number == int(number) else f"{math.ceil(number * 1000)}m"


def quantity(size: int) -> str:
    """Bytes in the largest unit that divides them."""
    for unit, factor in _UNITS:
        if size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)
