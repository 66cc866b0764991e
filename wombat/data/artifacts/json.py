"""JSON values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from wombat.data.artifacts import mismatch, no_form
from wombat.data.files import check_alone, replacing
from wombat.digest import canonical_json

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.data.artifacts import ArtifactType, Spec
    from wombat.data.forms import Form
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

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> None:  # noqa: ARG002
        data = _canonical(value, spec)
        with replacing(folder / FILE) as fresh:
            fresh.write_bytes(data)
        check_alone(folder / FILE, folder, spec)

    def check(self, folder: Path, spec: Spec, policy: Policy) -> None:
        file = folder / FILE
        check_alone(file, folder, spec)
        try:
            value = json.loads(file.read_bytes().decode("utf-8"), object_pairs_hook=_once)
        except (ValueError, RecursionError):
            raise mismatch(spec, f"{FILE} isn't JSON in UTF-8 with keys that stand once") from None
        self.write(value, folder, spec, policy)

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> None:
        """Nothing is asked of a JSON input yet."""

    def read(self, folder: Path, form: Form, spec: Spec) -> object:
        file = self.source(folder, spec)
        if form == "path":
            return file
        if form == "bytes":
            return file.read_bytes()
        if form not in ("json", "text"):
            raise no_form(spec, form, "a JSON type or a Path")
        return json.loads(file.read_bytes())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _canonical(value: object, spec: Spec) -> bytes:
    try:
        return canonical_json(_plain(value))
    except (TypeError, ValueError, RecursionError) as fault:
        raise mismatch(
            spec,
            f"what was returned isn't JSON: {_reason(fault)}",
            "expected text, numbers, true, false, None, and lists and dicts of them",
        ) from None


def _plain(value: Any) -> Any:
    """numpy's scalars as Python's; keys must be text, or they would silently become it."""
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"a key is a {type(key).__name__}")
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        return value.item()
    return value


def _reason(fault: Exception) -> str:
    if isinstance(fault, RecursionError):
        return "it is nested too deep, or contains itself"
    if isinstance(fault, TypeError):
        return str(fault).replace("Object of type", "a")
    return "it holds NaN or infinity"


TYPE: Final[ArtifactType] = JsonValue()
