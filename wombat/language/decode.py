"""From a document's nodes to a model; every mistake with its place, its rule and a near miss."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from wombat.language.scalars import shown
from wombat.language.source import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic.fields import FieldInfo

    from wombat.errors import Diagnostics
    from wombat.language.source import Document

M = TypeVar("M", bound=BaseModel)

_NOT_LOCATION: Final = ("function-", "[key]")


class Written(BaseModel):
    """What stands in a file, as written: closed, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def decode(document: Document, model: type[M], sink: Diagnostics) -> M | None:
    """The document as `model`, or None with every mistake in `sink`.

    A mistake's place is the key (unknown ones), the mapping (missing ones) or the value.
    """
    if not isinstance(document.root, Mapping):
        sink.error(
            "wrong-type", f"{shown(document.root)} stands here; expected a mapping", document.at()
        )
        return None
    try:
        return model.model_validate(document.root)
    except ValidationError as fault:
        for error in fault.errors(include_url=False):
            _report(document, model, error, sink)
        return None


def _report(document: Document, model: type[BaseModel], error: Any, sink: Diagnostics) -> None:
    where = tuple(step for step in error["loc"] if not str(step).startswith(_NOT_LOCATION))
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        name, known = str(where[-1]), known_keys(model, where[:-1])
        sink.error(
            "unknown-key",
            f"unknown key '{name}'; expected {listed(known)}",
            document.key_at(*where),
            hint=near(name, known),
        )
    elif kind == "missing":
        sink.error(
            "missing-key",
            f"'{where[-1]}' is missing{_inside(where[:-1])}",
            document.key_at(*where[:-1]) if where[:-1] else document.at(),
        )
    elif "said" in context:
        last = error["loc"][-1] if error["loc"] else ""
        place = document.key_at(*where) if last == "[key]" else document.at(*where)
        sink.error(kind, context["said"], place, hint=context.get("hint"))
    else:
        said = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        sink.error(
            "invalid-value",
            f"{shown(error['input'])} stands here; expected {said}",
            document.at(*where),
        )


def _inside(steps: tuple[Any, ...]) -> str:
    return f" in '{'.'.join(str(step) for step in steps)}'" if steps else ""


def known_keys(model: type[BaseModel], steps: Iterable[Any]) -> list[str]:
    """The keys allowed at a place below `model`; empty where they are free."""
    current, named = model, False
    for step in steps:
        if named:  # a free key of a mapping of models, or an index of a list of them
            named = False
            continue
        field = _field(current, str(step))
        below = _model_in(field.annotation) if field else None
        if field is None or below is None:
            return []
        current, named = below, field.annotation is not below
    return [] if named else [field.alias or name for name, field in current.model_fields.items()]


def _field(model: type[BaseModel], step: str) -> FieldInfo | None:
    for name, field in model.model_fields.items():
        if step == (field.alias or name):
            return field
    return None


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if found := _model_in(inner):
            return found
    return None


def listed(names: Iterable[str]) -> str:
    """`a, b, c`, cut where it gets long."""
    every = list(names)
    return ", ".join(every[:20]) + (", …" if len(every) > 20 else "") if every else "nothing here"


def near(name: str, known: Iterable[str]) -> str | None:
    """A hint with the nearest known name, where one is near."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean '{found[0]}'?" if found else None
