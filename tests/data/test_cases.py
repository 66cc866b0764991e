"""Values of failing rows: the right ones, of few columns, never personal ones."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wombat.data.artifacts import Spec, load_type
from wombat.data.cases import HIDDEN, LONGEST, cases
from wombat.data.report import Finding, Report
from wombat.schema.model import schema_from_json
from wombat.schema.policy import Policy

SCHEMA = schema_from_json(
    {
        "schema": "s",
        "columns": {
            "id": {"type": "int64"},
            "price": {"type": "float64", "min": 0.0, "severity": "error"},
            "name": {"type": "string", "pii": True, "nullable": True},
            "note": {"type": "string", "nullable": True, "severity": "warn", "length": [0, 5]},
        },
        "key": ["id"],
        "unique": [["price", "note"]],
        "patterns": [
            {"match": "x_.*", "type": "int64", "max": 3, "nullable": True},
            {"match": "p_.*", "type": "int64", "max": 3, "nullable": True, "pii": True},
        ],
        "rules": [{"name": "small", "compare": ["price", "lt", {"value": 1e6, "type": "float64"}]}],
        "order": ["id", "price", "name", "note"],
    }
)
ROWS = 100


def table(**columns):
    plain = {
        "id": list(range(ROWS)),
        "price": [float(n) for n in range(ROWS)],
        "name": [f"secret{n}" for n in range(ROWS)],
        "note": [str(n) for n in range(ROWS)],
    }
    return pa.table(plain | columns)


def shown(tmp_path, frame, *, on_fail="error", groups=7, **words):
    """What is shown of a frame that was written in several row groups, by check."""
    spec = Spec("orders", "dataframe", SCHEMA, rejects=tmp_path / "rejects")
    kind = load_type("dataframe")
    (tmp_path / "out").mkdir()
    report = kind.write(frame, tmp_path / "out", spec, Policy(on_fail=on_fail, **words))
    for folder in ("out", "rejects"):
        file = tmp_path / folder / "data.parquet"
        if file.exists():
            pq.write_table(pq.read_table(file), file, row_group_size=groups)
    found = cases(
        kind.source(tmp_path / "out", spec), kind.source(tmp_path / "rejects", spec), report, SCHEMA
    )
    return {one["check"]: (one["columns"], one["rows"]) for one in found}


def with_values(name, values):
    column = table()[name].to_pylist()
    for row, value in values.items():
        column[row] = value
    return {name: column}


def test_rows_of_several_groups_with_their_key(tmp_path):
    found = shown(tmp_path, table(**with_values("price", {3: -1.0, 6: -2.0, 7: -3.0, 99: -4.0})))
    assert found["price.min"] == (
        ["row", "id", "price"],
        [["3", "3", "-1.0"], ["6", "6", "-2.0"], ["7", "7", "-3.0"], ["99", "99", "-4.0"]],
    )


def test_a_rule_shows_what_it_compares_and_a_set_its_columns(tmp_path):
    columns = with_values("price", {5: 2e6, 9: 4.0}) | with_values("note", {9: "4"})
    found = shown(tmp_path, table(**columns))
    assert found["rule:small"] == (["row", "id", "price"], [["5", "5", "2000000.0"]])
    assert found["unique"] == (
        ["row", "id", "price", "note"],
        [["4", "4", "4.0", "4"], ["9", "9", "4.0", "4"]],
    )


def test_personal_columns_are_never_shown(tmp_path):
    report = Report("o", "s", "d", "p", "full", ROWS, ROWS,
                    (Finding("name", "match", "m", "error", 1, ROWS, (2,)),))  # fmt: skip
    pq.write_table(table(), tmp_path / "data.parquet")
    ((one,)) = cases(tmp_path / "data.parquet", None, report, SCHEMA)
    assert one["rows"] == [["2", "2", HIDDEN]]


def test_columns_by_pattern_are_known_and_others_are_not_shown(tmp_path):
    pq.write_table(table(x_1=[9] * ROWS, p_1=[9] * ROWS, other=[9] * ROWS), tmp_path / "f")
    findings = [Finding(n, "max", "m", "error", 1, ROWS, (0,)) for n in ("x_1", "p_1", "other")]
    report = Report("o", "s", "d", "p", "full", ROWS, ROWS, tuple(findings))
    found = {one["check"]: one["rows"] for one in cases(tmp_path / "f", None, report, SCHEMA)}
    assert found == {
        "x_1.max": [["0", "0", "9"]],
        "p_1.max": [["0", "0", HIDDEN]],
        "other.max": [["0", "0", HIDDEN]],
    }


def test_long_values_are_cut_and_nulls_are_said(tmp_path):
    found = shown(tmp_path, table(**with_values("note", {1: "x" * 200})))
    ((_, _, note),) = found["note.length"][1]
    assert note == "x" * (LONGEST - 1) + "…"
    report = Report("o", "s", "d", "p", "full", ROWS, ROWS,
                    (Finding("note", "null", "m", "error", 1, ROWS, (0,)),))  # fmt: skip
    pq.write_table(table(**with_values("note", {0: None})), tmp_path / "f")
    assert cases(tmp_path / "f", None, report, SCHEMA)[0]["rows"] == [["0", "0", "null"]]


@pytest.mark.parametrize("groups", [2, 100])
def test_rows_set_aside_are_looked_up_by_their_reasons(tmp_path, groups):
    columns = with_values("price", {3: -1.0, 50: -2.0, 98: -3.0, 20: 2e6, 21: 20.0})
    columns |= with_values("note", {21: "n", 22: "n"}) | {"id": [*range(99), 7]}
    columns["price"][22] = 20.0
    found = shown(
        tmp_path, table(**columns), on_fail="quarantine", groups=groups, max_failure_rate=0.5
    )
    assert found["price.min"][1] == [["3", "3", "-1.0"], ["50", "50", "-2.0"], ["98", "98", "-3.0"]]
    assert found["id.key"][1] == [["7", "7"], ["99", "7"]]
    assert found["unique"][1] == [["21", "21", "20.0", "n"], ["22", "22", "20.0", "n"]]
    assert found["rule:small"][1] == [["20", "20", "2000000.0"]]


def test_what_only_warns_is_not_looked_up_where_other_rows_left(tmp_path):
    columns = with_values("price", {3: -1.0}) | with_values("note", {60: "toolong"})
    found = shown(tmp_path, table(**columns), on_fail="quarantine", max_failure_rate=0.5)
    assert set(found) == {"price.min"}
