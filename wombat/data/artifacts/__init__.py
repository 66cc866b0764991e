"""Artifact types: what a task gives and takes, one file a type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

from wombat import plugins
from wombat.errors import TaskFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    from wombat.data.forms import Form
    from wombat.data.report import Report
    from wombat.schema.model import FrameSchema
    from wombat.schema.policy import Policy


@dataclass(frozen=True, slots=True)
class Spec:
    """An input or output as its artifact type needs it.

    `schema` is the output's own, or what the consumer asks for; `path` the file's name for types
    that have one; `options` holds what the type asks, and `format` where a command writes another
    than the canonical. Rows that a policy sets aside are written, as the type's canonical file,
    into the folder `rejects`; where it is None none can be. `told` is called with a frame's table
    as it is written. `library` is what a frame came from that is judged once more.
    """

    name: str
    type: str
    schema: FrameSchema | None = None
    path: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    rejects: Path | None = None
    told: Callable[[pa.Table], None] | None = None
    library: str | None = None


class ArtifactType(Protocol):
    """Files in a folder, and values in a task. The folder is the caller's until it is stored.

    Reports come without profile and with the spec's name. A violated schema is in the report; a
    value or file that can't be one of the type raises TaskFailed `return-mismatch`.
    """

    name: str

    def target(self, folder: Path, spec: Spec) -> Path:
        """Where a task writes it: a file, or a folder that exists."""
        ...

    def source(self, folder: Path, spec: Spec) -> Path:
        """Where its canonical file or folder is, once it is checked."""
        ...

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        """A value that a task returned, into the folder."""
        ...

    def check(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        """Files that a task wrote to `target`: validated, and made canonical in place."""
        ...

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        """An input judged against what its consumer asks for, and shaped as its schema says:
        casts, defaults, filled nulls. Where that changes something the canonical file is written
        anew; under `check: none` it is shaped alone."""
        ...

    def read(self, folder: Path, form: Form, spec: Spec) -> object:
        """The value in a form; raises TaskFailed `input-form` where the type has no such form."""
        ...


def load_type(name: str) -> ArtifactType:
    """The artifact type of that name; UsageFault `unknown-plugin` where there is none."""
    return cast("ArtifactType", plugins.load(__name__, name, "TYPE"))


def type_names() -> tuple[str, ...]:
    return plugins.names(__name__)


def mismatch(spec: Spec, said: str, hint: str | None = None) -> TaskFailed:
    return TaskFailed(f"output '{spec.name}': {said}", code="return-mismatch", hint=hint)


def no_form(spec: Spec, form: Form, expected: str) -> TaskFailed:
    return TaskFailed(
        f"input '{spec.name}' is a {spec.type} and can't come as {form}; expected {expected}",
        code="input-form",
        hint="annotate the argument with one of these",
    )
