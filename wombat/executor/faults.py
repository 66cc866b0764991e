"""Errors on their way from a worker to its parent: the same class, code, message and hint."""

from __future__ import annotations

from typing import Any, Final

from wombat import errors

_CLASSES: Final[dict[str, type[errors.WombatError]]] = {
    kind.__name__: kind
    for kind in (
        errors.WombatError,
        errors.UsageFault,
        errors.DataInvalid,
        errors.TaskFailed,
        errors.StoreUnreachable,
        errors.DiskFault,
        errors.StoreDamaged,
        errors.Absent,
    )
}


def to_wire(error: errors.WombatError) -> dict[str, Any]:
    """An error as plain data; `from_wire` is the inverse."""
    return {
        "class": type(error).__name__,
        "message": error.message,
        "code": error.code,
        "hint": error.hint,
        "extra": getattr(error, "extra", None),
    }


def from_wire(tree: dict[str, Any]) -> errors.WombatError:
    """The error that a worker named."""
    if tree["class"] == errors.MissingExtra.__name__:
        missing = errors.MissingExtra("", tree["extra"] or "")
        missing.message, missing.hint = tree["message"], tree["hint"]
        missing.args = (tree["message"],)
        return missing
    kind = _CLASSES.get(tree["class"], errors.WombatError)
    return kind(tree["message"], code=tree["code"], hint=tree["hint"])
