"""Backends: one file a target, from the same plans to that CI system's own configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.plan.ir import Plan


@dataclass(frozen=True)
class Selection:
    """What a compilation with the store froze: the run, whose headers name the rest."""

    run: str
    pipelines: tuple[str, ...]


@dataclass(frozen=True)
class Rendered:
    """Generated files by path, and the document each was written from."""

    files: dict[str, str]
    documents: dict[str, Any] = field(default_factory=dict)


class Backend(Protocol):
    """A target of compilation. Both methods are pure: same plans, same answer, same bytes."""

    name: str

    def supports(self, plans: Sequence[Plan]) -> Sequence[Unsupported]:
        """What the target can't say; each is an error at the task's place."""
        ...

    def render(
        self, plans: Sequence[Plan], selection: Selection | None, options: Mapping[str, Any]
    ) -> Rendered:
        """The files, by path below the output folder.

        `options` is the target's own section of `wombat.yml`. Raises InvalidOutput where the
        target's own schema refuses a file: that is a bug of ours, or of that section.
        """
        ...


@dataclass(frozen=True)
class Unsupported:
    """A limit of the target that a task meets: what, and a way out."""

    pipeline: str
    task: str
    message: str
    hint: str | None = None
