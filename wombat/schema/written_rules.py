"""Rules, checks in code, drift and row counts as they are written."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from wombat.language.decode import Written
from wombat.language.near import near
from wombat.language.scalars import Free, Number, Whole, Words, mistake, resolve, wrong_type
from wombat.language.source import Mapping, Scalar, Sequence
from wombat.schema.written_words import ArgumentName, FunctionName, RuleName, is_nothing

OPERATORS: Final = ("eq", "ne", "lt", "le", "gt", "ge")
_SIGNS: Final = {"==": "eq", "=": "eq", "!=": "ne", "<>": "ne", "<": "lt", "<=": "le", ">": "gt",
                 ">=": "ge"}  # fmt: skip


def _compare(node: Any) -> Any:
    hint = "for example [shipped_at, ge, ordered_at], or [price, gt, {value: 0}]"
    if not isinstance(node, Sequence | list) or len(node) != 3:
        raise wrong_type(node, "[column, operator, column or {value: …}]", hint)
    left, operator, right = node
    if not isinstance(left, Scalar) or is_nothing(left):
        raise mistake("rule-compare", "a comparison begins with a column's name", hint)
    if not isinstance(operator, Scalar) or str(operator) not in OPERATORS:
        meant = _SIGNS.get(str(operator))
        raise mistake(
            "rule-compare",
            f"'{operator}' compares nothing; expected one of {', '.join(OPERATORS)}",
            f"write {meant}" if meant else near(str(operator), OPERATORS),
        )
    if isinstance(right, Mapping):
        if [str(key) for key in right] != ["value"] or not isinstance(_only(right), Scalar):
            raise mistake("rule-compare", "a constant is written {value: …}", hint)
    elif not isinstance(right, Scalar):
        raise mistake("rule-compare", "a comparison ends with a column or {value: …}", hint)
    elif not isinstance(resolve(right), str):
        said = f"'{right}' is no column's name; expected a column, or a constant as {{value: …}}"
        raise mistake("rule-compare", said, f"write {{value: {right}}}")
    return node


def _only(node: Mapping) -> Any:
    return next(iter(node.values()))


def _ratios(node: Any) -> Any:
    ends: list[Any] = [resolve(one) if isinstance(one, Scalar) else one for one in node or ()]
    good = isinstance(node, Sequence | list) and len(ends) == 2
    if not good or any(type(one) not in (int, float) for one in ends):
        raise wrong_type(node, "[least, greatest] ratio of row counts", "for example [0.5, 2]")
    if not 0 <= ends[0] <= 1 <= ends[1] < float("inf"):
        raise mistake(
            "drift-bounds",
            "these ratios refuse a frame that hasn't changed; expected least <= 1 <= greatest",
            "for example [0.5, 2]",
        )
    return float(ends[0]), float(ends[1])


_COMPARE: Final = {
    "type": "array",
    "minItems": 3,
    "maxItems": 3,
    "items": [
        {"type": "string"},
        {"type": "string", "enum": list(OPERATORS)},
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"value": {"type": ["string", "number", "boolean"]}},
                    "required": ["value"],
                    "additionalProperties": False,
                },
            ]
        },
    ],
}
_RATIOS: Final = {
    "type": "array",
    "items": {"type": "number", "minimum": 0},
    "minItems": 2,
    "maxItems": 2,
}


class WrittenCheck(Written):
    """A check of a column in the user's own code."""

    python: FunctionName
    args: dict[ArgumentName, Free] = Field(default_factory=dict)


class WrittenRule(Written):
    """What holds in every row: a comparison, or code of one's own."""

    name: RuleName
    compare: Annotated[Any, BeforeValidator(_compare), WithJsonSchema(_COMPARE)] | None = None
    python: FunctionName | None = None
    args: dict[ArgumentName, Free] = Field(default_factory=dict)
    severity: Literal["error", "warn"] = "error"


class WrittenDrift(Written):
    """How far statistics may lie from those before."""

    column: Words | None = None
    psi: Annotated[Number, Field(gt=0)] | None = None
    null_rate: Annotated[Number, Field(ge=0, le=1)] | None = None
    mean: Annotated[Number, Field(gt=0)] | None = None
    rows: Annotated[Any, BeforeValidator(_ratios), WithJsonSchema(_RATIOS)] | None = None
    against: Words = "previous"
    severity: Literal["error", "warn"] = "error"


class WrittenRows(Written):
    """The least and the greatest number of rows."""

    min: Annotated[Whole, Field(ge=0)] | None = None
    max: Annotated[Whole, Field(ge=0)] | None = None
