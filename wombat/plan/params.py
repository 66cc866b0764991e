"""A pipeline's parameters: their defaults fit, and so does what a run gives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from wombat.digest import canonical_json
from wombat.errors import UsageFault
from wombat.language.near import listed, near
from wombat.plan.ir import Param

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wombat.language.pipeline import ParamDecl
    from wombat.plan.scope import Scope

_EXPECTED: Final = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text",
    "json": "JSON",
}
_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "string": (str,),
}


def resolve_params(scope: Scope) -> tuple[Param, ...]:
    """The parameters by name; defaults and choices that don't fit are reported."""
    return tuple(
        _param(scope, name, decl) for name, decl in sorted(scope.pipeline.decl.params.items())
    )


def _param(scope: Scope, name: str, decl: ParamDecl) -> Param:
    required = "default" not in decl.model_fields_set
    param = Param(
        name,
        decl.type,
        _as_type(decl.type, decl.default),
        required,
        decl.min,
        decl.max,
        tuple(decl.choices) if decl.choices is not None else None,
        decl.description,
    )
    where = ("params", name)
    bounded = [word for word in ("min", "max") if getattr(decl, word) is not None]
    if bounded and decl.type not in ("int", "float"):
        scope.error(
            "param-bounds",
            f"a {decl.type} has no {bounded[0]}; only numbers do",
            *where,
            bounded[0],
        )
        return param
    for index, choice in enumerate(decl.choices or ()):
        if not _has_type(decl.type, choice):
            scope.error(
                "param-invalid",
                f"{_say(choice)} is not {_EXPECTED[decl.type]}",
                *where,
                "in",
                index,
            )
            return param
    if not required and (said := misfit(param, decl.default)):
        scope.error(
            "param-invalid",
            f"the default of '{name}' {said}",
            *where,
            "default",
            hint=_without_quotes(decl.type, decl.default),
        )
    return param


def _without_quotes(kind: str, value: Any) -> str | None:
    """A hint for a number, true or false in quotes."""
    if not isinstance(value, str) or kind not in ("int", "float", "bool"):
        return None
    try:
        return f"write {value}, without quotes" if _has_type(kind, json.loads(value)) else None
    except ValueError:
        return None


def _as_type(kind: str, value: Any) -> Any:
    """`default: 1` of a float is 1.0, as `-P` would give it."""
    return float(value) if kind == "float" and type(value) is int else value


def misfit(param: Param, value: Any) -> str | None:
    """What is wrong with a value, as the end of a sentence; None where nothing is."""
    if not _has_type(param.type, value):
        return f"is {_say(value)}; expected {_EXPECTED[param.type]}"
    if param.min is not None and value < param.min:
        return f"is {_say(value)}; expected at least {param.min}"
    if param.max is not None and value > param.max:
        return f"is {_say(value)}; expected at most {param.max}"
    if param.choices is not None and value not in param.choices:
        return f"is {_say(value)}; expected one of {listed(_say(c) for c in param.choices)}"
    return None


def _has_type(kind: str, value: Any) -> bool:
    if kind == "json":
        return True
    return isinstance(value, _KINDS[kind]) and (not isinstance(value, bool) or kind == "bool")


def _say(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= 40 else text[:37] + "..."


def given_params(params: Iterable[Param], given: Mapping[str, str]) -> dict[str, Any]:
    """Every parameter's value for a run: what was given as text, else the default.

    Raises UsageFault `param-invalid` or `param-missing`.
    """
    known = {param.name: param for param in params}
    for name in given:
        if name not in known:
            raise UsageFault(
                f"no parameter '{name}'; expected {listed(sorted(known))}",
                code="param-invalid",
                hint=near(name, known),
            )
    return {name: _given(param, given.get(name)) for name, param in sorted(known.items())}


def _given(param: Param, text: str | None) -> Any:
    if text is None:
        if param.required:
            raise UsageFault(
                f"parameter '{param.name}' has no default; expected {_EXPECTED[param.type]}",
                code="param-missing",
                hint=f"-P {param.name}=…",
            )
        return param.default
    value = _parse(param, text)
    if said := misfit(param, value):
        raise UsageFault(f"parameter '{param.name}' {said}", code="param-invalid")
    return value


def _parse(param: Param, text: str) -> Any:
    try:
        value = text if param.type == "string" else json.loads(text)
        canonical_json(value)  # no NaN, infinities or half characters, which Python would let in
    except (ValueError, RecursionError):
        raise UsageFault(
            f"parameter '{param.name}' is {_say(text)}; expected {_EXPECTED[param.type]}",
            code="param-invalid",
        ) from None
    return _as_type(param.type, value)
