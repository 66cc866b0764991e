"""Who names an artifact: the refs, runs and results behind it, in words for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wombat.store import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True, order=True)
class Witness:
    """A record, in words, and the output by which it names the artifact (empty: another field)."""

    record: str
    text: str
    output: str = ""

    def __str__(self) -> str:
        return f"{self.text}: {self.output}" if self.output else self.text


def witnesses(key: str, name: names.Name, body: Mapping[str, Any]) -> Iterator[tuple[Witness, Any]]:
    """Each output of a record with its witness; then the rest of the record."""
    text = describe(key, name, body.get("run"))
    outputs = body.get("outputs")
    if isinstance(outputs, dict):
        for output, value in outputs.items():
            yield Witness(key, text, str(output)), value
    yield Witness(key, text), {k: v for k, v in body.items() if k != "outputs"}


def describe(key: str, name: names.Name | None, run: object = None) -> str:
    """A record in words, as in "churn@main, version 3, run r7"."""
    if name is None:
        return key
    by = f", run {run}" if run else ""
    if name.kind == "ref":
        branch = names.decode_branch(name["branch"])
        return f"{name['pipeline']}@{branch}, version {names.number(name['inverse'])}{by}"
    if name.kind == "attempt":
        part = f"[{name['part']}]" if name["part"] else ""
        where = f"{name['pipeline']}/{name['task']}{part}"
        return f"{where}, run {name['run']}, attempt {name['attempt']}"
    if name.kind in ("header", "all", "segment"):
        return f"{name['pipeline']}, run {name['run']} ({name.kind})"
    if name.kind == "result":
        return f"result {name['key'][:12]} of run {name['run']}"
    if name.kind == "pin":
        return f"pin '{name['subscription']}' of project {name['consumer']}"
    return key
