"""Numbers by name: what a model or a run is worth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from wombat.data.artifacts import mismatch, no_form
from wombat.data.files import check_alone, replacing
from wombat.data.json_values import NotJson, from_bytes, to_bytes
from wombat.data.report import Finding
from wombat.data.verdict import asked, between, judged, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wombat.data.artifacts import ArtifactType, Spec
    from wombat.data.forms import Form
    from wombat.data.report import Report
    from wombat.schema.policy import Policy

FILE: Final = "data.json"
MAX_NAME: Final = 200
MAX_METRICS: Final = 10_000


class Metrics:
    """One file, `data.json`: a flat map of finite numbers; nested ones are named with dots."""

    name = "metrics"

    def target(self, folder: Path, spec: Spec) -> Path:  # noqa: ARG002  # the protocol's
        return folder / FILE

    def source(self, folder: Path, spec: Spec) -> Path:  # noqa: ARG002  # the protocol's
        return folder / FILE

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        numbers = _numbers(value, spec)
        with replacing(folder / FILE) as fresh:
            fresh.write_bytes(to_bytes(numbers))
        check_alone(folder / FILE, folder, spec)
        return _judge(numbers, spec, policy)

    def check(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        check_alone(folder / FILE, folder, spec)
        try:
            value = from_bytes((folder / FILE).read_bytes())
        except NotJson:
            raise mismatch(spec, f"{FILE} isn't JSON in UTF-8 with keys that stand once") from None
        return self.write(value, folder, spec, policy)

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        return _judge(self._stored(folder, spec), spec, policy) if asked(spec) else None

    def read(self, folder: Path, form: Form, spec: Spec) -> object:
        if form == "path":
            return self.source(folder, spec)
        if form != "json":
            raise no_form(spec, form, "a dict or a Path")
        return self._stored(folder, spec)

    def _stored(self, folder: Path, spec: Spec) -> dict[str, float]:
        try:
            value = from_bytes(self.source(folder, spec).read_bytes())
        except NotJson:
            raise unreadable(spec, f"{FILE} isn't JSON") from None
        if not (isinstance(value, dict) and all(_is_number(one) for one in value.values())):
            raise unreadable(spec, f"{FILE} is no map of numbers")
        return value


def _numbers(value: object, spec: Spec) -> dict[str, float]:
    if not isinstance(value, dict):
        said = f"a {type(value).__name__} was returned; expected a dict of numbers by name"
        raise mismatch(spec, said)
    found = dict(_flat(value, spec))
    if not found:
        raise mismatch(spec, "no metric was returned; expected at least one")
    return found


def _flat(tree: dict[Any, Any], spec: Spec) -> Iterator[tuple[str, float]]:
    """Numbers by their dotted names, each once."""
    seen: set[str] = set()
    waiting: list[tuple[str, Any]] = [("", tree)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            for key, below in value.items():
                _check_name(key, spec)
                waiting.append((f"{name}.{key}" if name else key, below))
            if len(waiting) + len(seen) > MAX_METRICS:
                raise mismatch(spec, f"there are more than {MAX_METRICS:,} metrics")
            continue
        if name in seen:
            raise mismatch(spec, f"'{name}' stands twice: nested, and with a dot")
        if len(name) > MAX_NAME:
            raise mismatch(spec, f"a metric's name is longer than {MAX_NAME} characters")
        seen.add(name)
        yield name, _number(name, value, spec)


def _check_name(name: object, spec: Spec) -> None:
    if not (isinstance(name, str) and name.isprintable() and name.strip() == name and name):
        raise mismatch(spec, "a metric has no proper name; expected text that can be printed")


def _number(name: str, value: Any, spec: Spec) -> float:
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        value = value.item()
    if not _is_number(value):
        said = f"'{name}' is a {type(value).__name__}; expected a number"
        if isinstance(value, float):
            said = f"'{name}' is NaN or infinite; expected a finite number"
        raise mismatch(spec, said, "leave it out where it has no value")
    number: float = value
    return number


def _is_number(value: object) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _judge(numbers: dict[str, float], spec: Spec, policy: Policy) -> Report | None:
    ranges: dict[str, dict[str, Any]] = asked(spec, "ranges").get("ranges", {})

    def names() -> Iterator[Finding]:
        for name, wanted in ranges.items():
            if name not in numbers and wanted.get("required", True):
                yield Finding(name, "missing", f"metric '{name}' is missing")

    def values() -> Iterator[Finding]:
        for name, wanted in ranges.items():
            if name in numbers and (found := between(name, numbers[name], wanted)):
                yield found

    return judged(spec, policy, names, values)


TYPE: Final[ArtifactType] = Metrics()
