"""JSON values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.data.artifacts import mismatch, no_form
from wombat.data.files import check_alone, replacing
from wombat.data.json_schema import judge_of
from wombat.data.json_values import NotJson, from_bytes, to_bytes
from wombat.data.report import Finding
from wombat.data.verdict import judged, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wombat.data.artifacts import ArtifactType, Spec
    from wombat.data.forms import Form
    from wombat.data.report import Report
    from wombat.schema.policy import Policy

FILE: Final = "data.json"


class JsonValue:
    """One file, `data.json`, in canonical JSON: the same value has the same bytes.

    Objects come back with their keys sorted, in whatever order the task gave them: where order
    has a meaning, it must be a list.
    """

    name = "json"

    def target(self, folder: Path, spec: Spec) -> Path:  # noqa: ARG002  # the protocol's
        return folder / FILE

    def source(self, folder: Path, spec: Spec) -> Path:  # noqa: ARG002  # the protocol's
        return folder / FILE

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        try:
            data = to_bytes(value)
        except NotJson as fault:
            raise mismatch(
                spec,
                f"what was returned isn't JSON: {fault}",
                "expected text, numbers, true, false, None, and lists and dicts of them",
            ) from None
        with replacing(folder / FILE) as fresh:
            fresh.write_bytes(data)
        check_alone(folder / FILE, folder, spec)
        return _judge(data, spec, policy)

    def check(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        file = folder / FILE
        check_alone(file, folder, spec)
        try:
            value = from_bytes(file.read_bytes())
        except NotJson:
            raise mismatch(spec, f"{FILE} isn't JSON in UTF-8 with keys that stand once") from None
        return self.write(value, folder, spec, policy)

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        if judge_of(spec.options) is None:
            return None
        return _judge(self.source(folder, spec).read_bytes(), spec, policy)

    def read(self, folder: Path, form: Form, spec: Spec) -> object:
        file = self.source(folder, spec)
        if form == "path":
            return file
        if form == "bytes":
            return file.read_bytes()
        if form not in ("json", "text"):
            raise no_form(spec, form, "a JSON type or a Path")
        return _value(file.read_bytes(), spec)


def _value(data: bytes, spec: Spec) -> Any:
    try:
        return from_bytes(data)
    except NotJson:
        raise unreadable(spec, f"{FILE} isn't JSON in UTF-8 with keys that stand once") from None


def _judge(data: bytes, spec: Spec, policy: Policy) -> Report | None:
    found = judge_of(spec.options)
    if found is None:
        return None
    named, judge = found

    def values() -> Iterator[Finding]:
        for fault in judge.faults(_value(data, spec), data):
            yield Finding(fault.column, fault.check, f"{fault.message} of {named}")

    return judged(spec, policy, tuple, values, named=named)


TYPE: Final[ArtifactType] = JsonValue()
