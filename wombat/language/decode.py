"""From a document's nodes to a model; every mistake with its place, its rule and a near miss."""

from __future__ import annotations

import json
import re
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from wombat.errors import Diagnostics
from wombat.language.near import listed, near
from wombat.language.scalars import shown
from wombat.language.source import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic.fields import FieldInfo

    from wombat.language.source import Document

M = TypeVar("M", bound=BaseModel)

_NOT_LOCATION: Final = ("function-", "[key]")
MAX_MISTAKES: Final = 50


class Written(BaseModel):
    """What stands in a file, as written: closed, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
        _report_all(document, model, fault.errors(include_url=False), sink)
        return None


def _report_all(
    document: Document, model: type[BaseModel], errors: list[Any], sink: Diagnostics
) -> None:
    """A file's first mistakes; those at a place that already has one would only follow from it."""
    taken = {found.place for found in sink.found if found.place.path == document.path}
    if len(taken) > MAX_MISTAKES:
        return
    found = Diagnostics()
    for error in errors[: MAX_MISTAKES + 1]:
        _report(document, model, error, found)
    for one in found.found[:MAX_MISTAKES]:
        if one.place not in taken:
            sink.add(one)
    if len(found.found) > MAX_MISTAKES:
        said = "this file has more mistakes; mend the first ones"
        sink.error("more-mistakes", said, found.found[MAX_MISTAKES].place)


def _report(document: Document, model: type[BaseModel], error: Any, sink: Diagnostics) -> None:
    where = tuple(step for step in error["loc"] if not str(step).startswith(_NOT_LOCATION))
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        name, known = str(where[-1]), known_keys(model, where[:-1])
        sink.error(
            "unknown-key",
            f"unknown key {shown(name)}; expected {listed(known)}",
            document.key_at(*where),
            hint=_spelled(model, where) or near(name, known),
        )
    elif kind == "missing":
        sink.error(
            "missing-key",
            f"'{where[-1]}' is missing{_inside(where[:-1])}",
            document.key_at(*where[:-1]) if where[:-1] else document.at(),
        )
    elif "said" in context:
        last = error["loc"][-1] if error["loc"] else ""
        whole = isinstance(error["input"], Mapping) and where  # named by its key
        place = document.key_at(*where) if last == "[key]" or whole else document.at(*where)
        sink.error(kind, context["said"], place, hint=context.get("hint"))
    else:
        code, message, hint = _told(error)
        if kind == "model_type" and isinstance(error["input"], Scalar) and error["input"]:
            hint = f"its keys are {listed(known_keys(model, where))}"
        sink.error(code, message, document.at(*where), hint=hint)


def _told(error: Any) -> tuple[str, str, str | None]:
    """Code, message and hint for a mistake that pydantic words."""
    kind, context, given = error["type"], error.get("ctx", {}), error["input"]
    if kind in _SHAPES:
        hint = None
        if isinstance(given, Sequence):
            hint = "a dash makes a list item; a mapping has 'name:' without it"
        elif given == "":
            hint = "are the lines below it indented?"
        elif kind == "list_type" and isinstance(given, Scalar) and len(given) <= 60:
            hint = f"write {_as_list(given)}"
        return "wrong-type", f"{shown(given)} stands here; expected {_SHAPES[kind]}", hint
    if kind == "too_short":
        return "invalid-value", f"{shown(given)} stands here, empty; expected at least one", None
    if kind in _BOUNDS:
        words, name = _BOUNDS[kind]
        return (
            "invalid-value",
            f"{shown(given)} stands here; expected {words} {context[name]}",
            None,
        )
    if kind == "literal_error":
        known = [word.strip("'") for word in re.split(", | or ", context["expected"])]
        said = f"{shown(given)} stands here; expected one of {listed(known)}"
        return "invalid-value", said, near(str(given), known)
    said = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return "invalid-value", f"{shown(given)} stands here; expected {said}", None


def _as_list(given: Scalar) -> str:
    """A text as the list that was meant: its words, or one item if it is quoted or has a comma."""
    if given.plain and "," not in given:
        return f"[{', '.join(given.split())}]"
    return f"[{json.dumps(given, ensure_ascii=False)}]"


_SHAPES: Final = {"dict_type": "a mapping", "model_type": "a mapping", "list_type": "a list"}
_BOUNDS: Final = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


def _inside(steps: tuple[Any, ...]) -> str:
    return f" in '{'.'.join(str(step) for step in steps)}'" if steps else ""


def _spelled(model: type[BaseModel], where: tuple[Any, ...]) -> str | None:
    """A hint for a word that is one of ours in code, where files have another."""
    found = _model_at(model, where[:-1])
    field = found.model_fields.get(str(where[-1])) if found else None
    return f"write {field.alias}" if field and field.alias else None


def known_keys(model: type[BaseModel], steps: Iterable[Any]) -> list[str]:
    """The keys allowed at a place below `model`; empty where they are free."""
    current = _model_at(model, steps)
    if current is None:
        return []
    own = current.__annotations__  # what it inherits comes after its own
    names = sorted(current.model_fields, key=lambda name: name not in own)
    return [current.model_fields[name].alias or name for name in names]


def _model_at(model: type[BaseModel], steps: Iterable[Any]) -> type[BaseModel] | None:
    """The model of a mapping below `model`; None where its keys are free."""
    current, named = model, False
    for step in steps:
        if named:  # a free key of a mapping of models, or an index of a list of them
            named = False
            continue
        field = _field(current, str(step))
        below = _model_in(field.annotation) if field else None
        if field is None or below is None:
            return None
        current, named = below, _holds_many(field.annotation)
    return None if named else current


def _field(model: type[BaseModel], step: str) -> FieldInfo | None:
    for name, field in model.model_fields.items():
        if step == (field.alias or name):
            return field
    return None


def _holds_many(annotation: Any) -> bool:
    """Whether models stand in a mapping or a list there, maybe an optional one."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _holds_many(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return any(_holds_many(inner) for inner in get_args(annotation))
    return origin in (dict, list)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if found := _model_in(inner):
            return found
    return None
