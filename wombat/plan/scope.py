"""What a compilation knows and where it reports: one pipeline's names, places and neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wombat.language.near import listed, near
from wombat.plan.ir import At

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.errors import Diagnostics, Place
    from wombat.language.load import Pipeline, Spec
    from wombat.language.pipeline import TaskDecl
    from wombat.plan.closure.checkout import Checkout
    from wombat.plan.git import GitFiles
    from wombat.plan.packages.required import Locked
    from wombat.plan.recorded import Recorded
    from wombat.schema.load import Schemas

MAX_HINTS: Final = 50
"""Looking for near misses among many names takes long; after so many mistakes nobody reads on."""


@dataclass(frozen=True)
class Scope:
    """One pipeline under compilation."""

    spec: Spec
    pipeline: Pipeline
    schemas: Schemas
    checkout: Checkout
    git: GitFiles
    sink: Diagnostics
    recorded: Mapping[str, Recorded] = field(default_factory=dict)
    """What is known of stored artifacts, by address as the lock has it."""
    locked: Locked | None = None
    """What the project's dependency lock file pins, where it has one."""

    @property
    def tasks(self) -> dict[str, TaskDecl]:
        return self.pipeline.decl.tasks

    def place(self, *steps: str | int) -> Place:
        return self.pipeline.document.at(*steps)

    def key_place(self, *steps: str | int) -> Place:
        return self.pipeline.document.key_at(*steps)

    def at(self, *steps: str | int) -> At:
        place = self.place(*steps)
        return At(place.line, place.column)

    def error(self, code: str, message: str, *steps: str | int, hint: str | None = None) -> None:
        self.sink.error(code, message, self.place(*steps), hint=hint)

    def unknown(
        self,
        code: str,
        what: str,
        name: str,
        known: list[str],
        *steps: str | int,
        within: str = "",
    ) -> None:
        """The error for a name that isn't there: what there is, and a near miss."""
        self.error(
            code,
            f"no {what} '{name}'{f' in {within}' if within else ''}; expected "
            f"{'one of ' if len(known) > 1 else ''}{listed(known)}",
            *steps,
            hint=near(name, known) if len(self.sink.found) < MAX_HINTS else None,
        )
