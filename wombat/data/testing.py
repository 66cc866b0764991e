"""Run in a process of its own: judges one table file against a schema, and says so as JSON."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wombat.data.arrow import project
from wombat.data.artifacts import Spec
from wombat.data.cases import cases
from wombat.data.parquet import write_parquet
from wombat.data.tables import read_table
from wombat.data.validate import judge
from wombat.errors import WombatError
from wombat.schema.model import schema_from_json
from wombat.schema.policy import policy_from_json

if TYPE_CHECKING:
    import pyarrow as pa

    from wombat.data.report import Report
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
    spec = Spec(asked["name"], "dataframe", schema, options={"format": asked["format"]})
    table = read_table(Path(asked["file"]), spec)
    if asked["taken"]:
        table = project(table, schema)
    policy = policy_from_json(asked["policy"])
    done = judge(table, schema, policy, library=asked["library"])
    shown = _cases(done.table, done.report, schema, asked["show"]) if asked["show"] else []
    return {"report": done.report.to_json(), "cases": shown}


def _cases(table: pa.Table, report: Report, schema: FrameSchema, most: int) -> list[dict[str, Any]]:
    """Rows keep their numbers: nothing is set aside here."""
    with tempfile.TemporaryDirectory(prefix="wombat-cases-") as folder:
        file = Path(folder, "rows.parquet")
        write_parquet(table, file)
        found = cases(file, None, report, schema)
    return [{**one, "rows": one["rows"][:most]} for one in found]
