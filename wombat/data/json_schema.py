"""Values judged by a JSON Schema of the project, or by a pydantic model; nothing is fetched."""

from __future__ import annotations

import importlib
import traceback
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from wombat.data.json_effort import Effort
from wombat.errors import TaskFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Fault(NamedTuple):
    """What a value fails: a place in what was asked, never one in the data, and a word."""

    column: str | None
    check: str
    message: str


class Judge(Protocol):
    """Something that says what a JSON value fails."""

    def faults(self, value: Any, data: bytes) -> Iterator[Fault]:
        """Each place and word once; `data` is the value's canonical JSON."""
        ...


def judge_of(options: dict[str, Any]) -> tuple[str, Judge] | None:
    """What the options ask by `json_schema` or `model`, with its name; None where nothing.

    Raises TaskFailed `model-class` where a class can't be imported or is no pydantic model.
    """
    if (found := options.get("json_schema")) is not None:
        return found["path"], _BySchema(found["schema"])
    if (target := options.get("model")) is not None:
        return target, _ByModel(target)
    return None


class _BySchema:
    """A JSON Schema; formats are annotations, as the drafts say."""

    def __init__(self, schema: Any) -> None:
        import jsonschema_rs

        self._validator = jsonschema_rs.validator_for(
            schema, validate_formats=False, retriever=_nothing
        )
        self._effort = Effort(schema)

    def faults(self, value: Any, data: bytes) -> Iterator[Fault]:  # noqa: ARG002  # the protocol's
        try:
            if self._validator.is_valid(value):
                return
            if not self._effort.explains(value):
                said = "it doesn't meet the schema; it is nested too deep for the places to be told"
                yield Fault(None, "schema", said)
                return
            errors = list(self._validator.iter_errors(value))
        except ValueError:
            yield Fault(None, "depth", "it is nested too deep to be judged")
            return
        seen = set()
        for error in errors:
            path = [str(step) for step in error.schema_path]
            column, check = _place(path[:-1]), path[-1] if path else "false"
            if (column, check) not in seen:
                seen.add((column, check))
                where = f"'{column}'" if column else "it"
                yield Fault(column, check, f"{where} doesn't meet {'/'.join(path) or 'it'}")


def _nothing(uri: str) -> Any:
    raise LookupError(uri)


def _place(path: Sequence[str]) -> str | None:
    """A property by the schema's own words: names of data may be data themselves."""
    found: list[str] = []
    steps = iter(path)
    for step in steps:
        if step == "properties":
            found.append(f".{next(steps, '')}" if found else next(steps, ""))
        elif step in ("items", "prefixItems", "additionalItems"):
            found.append("[]")
    return "".join(found) or None


class _ByModel:
    """A pydantic model of the project's code: imported where tasks run, nowhere else."""

    def __init__(self, target: str) -> None:
        from pydantic import BaseModel, ValidationError

        self._model = _imported(target)
        if not (isinstance(self._model, type) and issubclass(self._model, BaseModel)):
            raise TaskFailed(
                f"{target} is no pydantic model; expected a subclass of pydantic.BaseModel",
                code="model-class",
            )
        self._target = target
        self._refused = ValidationError
        fields = self._model.model_fields.items()
        self._names = {name for key, one in fields for name in (key, one.alias, key) if name}

    def faults(self, value: Any, data: bytes) -> Iterator[Fault]:  # noqa: ARG002  # the protocol's
        try:
            self._model.model_validate_json(data)
        except self._refused as fault:
            errors = fault.errors(include_url=False, include_context=False, include_input=False)
        except Exception as fault:  # noqa: BLE001  # whatever their code raises is theirs
            traceback.print_exc()
            said = f"{self._target} raised {type(fault).__name__} while it judged a record"
            raise TaskFailed(said) from None
        else:
            return
        seen = set()
        for error in errors:
            first = str(error["loc"][0]) if error["loc"] else ""
            column, check = first if first in self._names else None, str(error["type"])
            if (column, check) not in seen:
                seen.add((column, check))
                yield Fault(column, check, f"'{column or self._target}' fails {check}")


def _imported(target: str) -> Any:
    module, _, name = target.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except Exception as fault:  # noqa: BLE001  # whatever their code raises is theirs
        traceback.print_exc()
        raise TaskFailed(
            f"{target} can't be imported: {type(fault).__name__}",
            code="model-class",
            hint="a task's worker imports it; the task's environment must hold what it needs",
        ) from None
