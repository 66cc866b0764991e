"""The targets' own JSON Schemas: a fast validator decides, a slower one explains."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from wombat.errors import WombatError


class InvalidOutput(WombatError):
    """A generated file that its target would refuse."""

    exit_code = 70
    default_code = "invalid-output"


@cache
def _schema(name: str) -> Any:
    # Found without importing the package, which would load an HTTP client and more.
    found = find_spec("check_jsonschema")
    package = Path((found.origin if found else None) or "").parent
    file = package / "builtin_schemas" / "vendor" / name
    return json.loads(file.read_text(encoding="utf-8"))


@cache
def _validator(name: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft7Validator(_schema(name), validate_formats=False)


def require_valid(document: Any, schema: str, shown: str) -> None:
    """Raises InvalidOutput with the place and reason where `document` isn't valid."""
    if (said := refusal(document, schema)) is not None:
        raise InvalidOutput(
            f"{shown}: {said}",
            hint="if wombat.yml's own section for this target is right, please report this as "
            "a bug",
        )


def refusal(document: Any, schema: str) -> str | None:
    """The place and the reason where `document` isn't valid; None where it is."""
    if _validator(schema).is_valid(document):
        return None
    from jsonschema import Draft7Validator
    from jsonschema.exceptions import best_match

    fault = best_match(Draft7Validator(_schema(schema)).iter_errors(document))
    where = ".".join(str(step) for step in fault.absolute_path) if fault else "?"
    said = fault.message[:300] if fault else "not valid"
    return f"{where}: {said}"
