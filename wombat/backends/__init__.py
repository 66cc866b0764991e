"""Backends: one file a target, from the same plans to that CI system's own configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.plan.ir import Plan


@dataclass(frozen=True)
class Selection:
    """What a compilation with the store froze: the run, whose headers name the rest.

    `pipelines` run, `clicked` ones when somebody asks for them; those of neither are `unchanged`
    or weren't asked for. `zone` is the short name of the zone that the jobs write. `effects`:
    the run's profile allows tasks without outputs.
    """

    run: str
    pipelines: tuple[str, ...]
    clicked: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    zone: str = "u"
    effects: bool = False
    reused: Mapping[str, Mapping[tuple[str, str | None], Reused]] = field(default_factory=dict)
    """By pipeline and part (a task and its label) what needs no job."""

    def to_json(self) -> dict[str, Any]:
        """A JSON tree; of parts `task=label`, `task=` without parts."""
        told = {
            pipeline: {
                f"{task}={label or ''}": {"run": one.run, "content": one.content}
                for (task, label), one in parts.items()
            }
            for pipeline, parts in self.reused.items()
        }
        words = {name: value for name, value in vars(self).items() if name != "reused"}
        return {**words, "reused": told}


@dataclass(frozen=True, slots=True)
class Reused:
    """A part that a result serves: the run that made it, and the content of its first output."""

    run: str
    content: str


@dataclass(frozen=True)
class Rendered:
    """Generated files by path, and the document each was written from.

    `findings`: what only the files show, such as their size. Where one is an error, no file may
    be written.
    """

    files: dict[str, str]
    documents: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Unsupported, ...] = ()


class Backend(Protocol):
    """A target of compilation. Both methods are pure: same plans, same answer, same bytes."""

    name: str
    whole: bool
    """Whether its files, without a selection, are those of all pipelines together."""

    def supports(self, plans: Sequence[Plan], options: Mapping[str, Any]) -> Sequence[Unsupported]:
        """What the target can't say, or may refuse; each is shown at the task's place."""
        ...

    def render(
        self,
        plans: Sequence[Plan],
        selection: Selection | None,
        options: Mapping[str, Any],
        folder: str | None = None,
    ) -> Rendered:
        """The files, by path below the output folder.

        `folder` is that folder's path below the project's root, None for one elsewhere. `options`
        is the target's own section of `wombat.yml`. Raises InvalidOutput where the
        target's own schema refuses a file: that is a bug of ours, or of that section.
        """
        ...


@dataclass(frozen=True)
class Unsupported:
    """A limit of the target that a task meets: what, and a way out.

    Without a task it is the pipeline's; without a pipeline it is the project's, and `option` is
    the word of the target's own section in `wombat.yml`. A `warning` is a limit that nobody
    declared. `code` is the rule, where it isn't `unsupported` or `target-limit`.
    """

    pipeline: str | None
    task: str | None
    message: str
    hint: str | None = None
    severity: Literal["error", "warning"] = "error"
    option: str | None = None
    code: str | None = None
