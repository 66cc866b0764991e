"""A place in a document from which mistakes below it are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wombat.errors import Diagnostics, Place
    from wombat.language.source import Document

Step = str | int


@dataclass(frozen=True, slots=True)
class Spot:
    """The value at `steps` of a document; mistakes go to `sink`."""

    document: Document
    sink: Diagnostics
    steps: tuple[Step, ...] = ()

    def below(self, *steps: Step) -> Spot:
        return Spot(self.document, self.sink, (*self.steps, *steps))

    def place(self, *steps: Step) -> Place:
        return self.document.at(*self.steps, *steps)

    def key_place(self, *steps: Step) -> Place:
        return self.document.key_at(*self.steps, *steps)

    def error(
        self,
        code: str,
        said: str,
        *steps: Step,
        hint: str | None = None,
        related: tuple[tuple[Place, str], ...] = (),
    ) -> None:
        self.sink.error(code, said, self.place(*steps), hint=hint, related=related)

    def warn(self, code: str, said: str, *steps: Step, hint: str | None = None) -> None:
        self.sink.warn(code, said, self.place(*steps), hint=hint)
