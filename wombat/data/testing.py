"""Run in a process of its own: judges one table file against a schema, and says so as JSON."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wombat.data.cases import cases
from wombat.data.cells import BadLines, BadTable
from wombat.data.judged_cells import judge_cells, taken_of
from wombat.data.parquet import write_parquet
from wombat.data.tables import read_cells
from wombat.errors import DataInvalid, TaskFailed, UsageFault, WombatError
from wombat.schema.model import schema_from_json
from wombat.schema.policy import policy_from_json

if TYPE_CHECKING:
    from wombat.data.cells import Cells
    from wombat.data.validate import Judged
    from wombat.schema.model import FrameSchema


def main(question: str, answer: str) -> None:
    """Of {schema, policy, file, format, name, taken, library, show} to {report, cases} or {error}.

    `show` is how many of the failing rows come with their values; personal columns never do.
    """
    asked = json.loads(Path(question).read_text(encoding="utf-8"))
    said: dict[str, Any]
    try:
        said = _judged(asked)
    except WombatError as fault:
        said = {
            "error": {
                "code": fault.code,
                "exit": fault.exit_code,
                "message": fault.message,
                "hint": fault.hint,
            }
        }
    Path(answer).write_text(json.dumps(said), encoding="utf-8")


def _judged(asked: dict[str, Any]) -> dict[str, Any]:
    schema = schema_from_json(asked["schema"])
    cells = _cells(Path(asked["file"]), asked["format"], asked["name"], schema)
    if asked["taken"]:
        cells = taken_of(cells, schema)
    policy = policy_from_json(asked["policy"])
    done = judge_cells(cells, schema, policy, library=asked["library"])
    shown = _cases(done, schema, asked["show"]) if asked["show"] else []
    return {"report": done.report.to_json(), "cases": shown}


def _cells(file: Path, form: str, shown: str, schema: FrameSchema) -> Cells:
    """DataInvalid for lines that are none of a table, UsageFault for what is no table at all."""
    try:
        return read_cells(file, form, schema)
    except BadLines as fault:
        raise DataInvalid(f"{shown}: {fault}") from None
    except BadTable as fault:
        raise UsageFault(str(fault), code="unreadable-table") from None
    except TaskFailed as fault:
        raise DataInvalid(f"{shown}: {fault.message}", hint=fault.hint) from None


def _cases(done: Judged, schema: FrameSchema, most: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="wombat-cases-") as folder:
        file, rejects = Path(folder, "rows.parquet"), Path(folder, "rejects.parquet")
        write_parquet(done.table, file)
        if done.rejected is not None:
            write_parquet(done.rejected, rejects)
        found = cases(file, rejects, done.report, schema)
    return [{**one, "rows": one["rows"][:most]} for one in found]
