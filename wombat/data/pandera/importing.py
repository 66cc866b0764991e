"""Run in a process of its own: imports one pandera class, and says what it says as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wombat.data.functions import load_function
from wombat.data.pandera.reading import from_pandera
from wombat.errors import WombatError


def main(question: str, answer: str) -> None:
    """Of {python, name} to {schema, losses} or {error}; what the import raises ends the process
    with its own traceback."""
    asked = json.loads(Path(question).read_text(encoding="utf-8"))
    said: dict[str, Any]
    try:
        found = load_function(asked["python"])
        read = from_pandera(found, asked["name"], python=asked["python"])
        said = {"schema": read.schema.to_json(), "losses": read.losses}
    except WombatError as fault:
        said = {"error": {"code": fault.code, "message": fault.message, "hint": fault.hint}}
    Path(answer).write_text(json.dumps(said), encoding="utf-8")
