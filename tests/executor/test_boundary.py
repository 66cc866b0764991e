"""Data at a task's boundary: forms, schemas by policy, collecting, outputs that tasks write."""

from __future__ import annotations

import json
import sys
from xml.etree import ElementTree as ET

import pytest

from tests.executor.plans import of_artifact, of_file, of_task, output, plan, task
from wombat.errors import CheckFailed, DataInvalid, TaskFailed
from wombat.executor.local import run_plan
from wombat.executor.task import execute_part
from wombat.review.report import write_reports

CODE = """
import json
from pathlib import Path
from typing import TYPE_CHECKING
import wombat
if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

def told(frame, columns) -> dict:
    kind = type(frame).__module__.split(".")[0]
    return {"kind": kind, "columns": list(columns), "rows": len(frame)}
def prices(values: list) -> pl.DataFrame:
    import polars as pl
    frame = pl.DataFrame({"id": list(range(len(values))), "price": values})
    return frame.cast({"id": pl.Int64, "price": pl.Float64})
def as_pandas(prices: pd.DataFrame) -> dict:
    return told(prices, prices.columns)
def as_polars(prices: pl.DataFrame) -> dict:
    return told(prices, prices.columns)
def as_arrow(prices: "pa.Table") -> dict:
    return told(prices, prices.column_names)
def as_path(prices: Path) -> dict:
    import pyarrow.parquet as pq
    table = pq.read_table(prices)
    return {"kind": prices.suffix, "columns": table.column_names, "rows": len(table)}
def as_list(prices: list[pl.DataFrame]) -> dict:
    return {"rows": [len(one) for one in prices], "kind": type(prices[0]).__module__.split(".")[0]}
def as_dict(prices: dict[str, pl.DataFrame]) -> dict:
    return {label: one["price"].to_list() for label, one in prices.items()}
def as_folder(prices: Path) -> dict:
    files = [f.relative_to(prices).as_posix() for f in prices.rglob("*") if f.is_file()]
    return {"found": sorted(files)}
def as_frame(prices: pl.DataFrame) -> dict:
    return {"columns": prices.columns, "rows": prices.rows()}
def part(region: str) -> pl.DataFrame:
    import polars as pl
    return pl.DataFrame({"price": {"us": [1.0, 2.0], "eu": [3.0]}[region]})
def differs(region: str) -> pl.DataFrame:
    import polars as pl
    return pl.DataFrame({"price": [1.0] if region == "us" else ["x"]})
def says(region: str) -> pl.DataFrame:
    import polars as pl
    return pl.DataFrame({"region": [region], "price": [1.0]})
def writes(page: wombat.Output, folder: wombat.Output) -> dict:
    assert isinstance(page, Path)
    page.write_text("<p>")
    (folder / "deep").mkdir()
    (folder / "deep" / "a.txt").write_text("a")
    return {"n": 1}
def alone(page: "wombat.Output") -> None:
    page.write_bytes(b"\\x00")
def silent(page: wombat.Output) -> None:
    pass
def reads(text: Path, folder: Path) -> str:
    return text.read_text() + str(len(list(folder.iterdir())))
def takes(model: dict) -> dict:
    return model
"""
PRICES = {
    "schema": "shop.prices",
    "columns": {"id": {"type": "int64"}, "price": {"type": "float64", "min": 0.0}},
    "key": ["id"],
    "order": ["id", "price"],
}
NEEDS = {"schema": "shop.needs", "columns": {"price": {"type": "float64", "lt": 10.0}}}
SCHEMAS = {"shop.prices": PRICES, "shop.needs": NEEDS}
MADE = (output("prices", "dataframe", schema="shop.prices"),)


FRAME = {"columns": ["region", "price"], "rows": [["eu", 3.0], ["us", 1.0], ["us", 2.0]]}


def making(values, **words):
    return task("prices", "work:prices", arguments={"values": values}, outputs=MADE, **words)


def reading(name, **words):
    words = {"schema": "shop.needs"} | words
    return task(
        name, f"work:{name}", inputs=(of_task("prices", "prices", "prices", "dataframe", **words),)
    )


@pytest.mark.slow
def test_one_frame_in_every_form_projected_to_what_is_asked(project):
    here = project(CODE)
    readers = ["as_pandas", "as_polars", "as_arrow", "as_path"]
    context = here.begin(plan(making([1.0, 2.5]), *map(reading, readers), schemas=SCHEMAS))
    assert run_plan(context, jobs=2).error is None
    found = {name: json.loads(here.value(context, name)) for name in readers}
    assert {name: one["kind"] for name, one in found.items()} == {
        "as_pandas": "pandas", "as_polars": "polars", "as_arrow": "pyarrow", "as_path": ".parquet",
    }  # fmt: skip
    for name in readers:
        assert (found[name]["columns"], found[name]["rows"]) == (["price"], 2)


@pytest.mark.slow
def test_a_violation_says_column_check_counts_and_rows(project, tmp_path):
    here = project(CODE)
    context = here.begin(plan(making([1.0, -2.0, -3.0, 4.0]), schemas=SCHEMAS))
    with pytest.raises(DataInvalid) as caught:
        execute_part(context, "prices")
    assert caught.value.exit_code == 11
    assert "demo/prices, production: output 'prices': 'price' is below 0: " in str(caught.value)
    assert "2 of 4 rows (50 %) fail: rows 1, 2" in str(caught.value)
    assert "-2" not in str(caught.value)
    (attempt,) = context.store.attempts("demo", context.run)
    assert (attempt.record["state"], attempt.record["error"]["exit"]) == ("failed", 11)
    assert attempt.record["outputs"] == {}

    xml, tree = write_reports(here.reports[-1], tmp_path / "reports")
    suite = ET.parse(xml).getroot()[0]
    assert (suite.get("failures"), suite.get("errors")) == ("1", "0")
    (case,) = (one for one in suite if one.find("failure") is not None)
    assert case.get("classname") == "prices ← prices"
    assert case.get("name") == "price.min"
    text = case.find("failure").text
    assert "2 of 4 rows (50 %) fail" in text
    assert "rows 1, 2" in text
    assert json.loads(tree.read_text())["checks"][0]["findings"][0]["rows"] == [1, 2]


def test_in_development_the_same_data_warns(project, tmp_path):
    here = project(CODE)
    context = here.begin(plan(making([1.0, -2.0]), schemas=SCHEMAS), profile="development")
    record = execute_part(context, "prices")
    assert len(record.record["warnings"]) == 1
    made = record.record["outputs"]["prices"]
    assert made["stats"]["rows"] == 2
    assert made["stamp"]["profile"] == "development"
    xml, _ = write_reports(here.reports[-1], tmp_path)
    suite = ET.parse(xml).getroot()[0]
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")
    assert "1 of 2 rows (50 %) fails" in suite.find("testcase/skipped").text


def test_a_policy_of_the_project_beats_the_profile(project):
    here = project(CODE)
    policies = {"production": {"on_fail": "warn"}}
    context = here.begin(plan(making([-1.0]), schemas=SCHEMAS, policies=policies))
    assert len(execute_part(context, "prices").record["warnings"]) == 1


def test_an_input_is_judged_by_what_its_consumer_asks(project):
    here = project(CODE)
    context = here.begin(plan(making([1.0, 99.0]), reading("as_polars"), schemas=SCHEMAS))
    result = run_plan(context)
    assert isinstance(result.error, DataInvalid)
    assert "demo/as_polars, production: input 'prices': 'price' isn't below 10" in str(result.error)
    assert [one.record["state"] for one in context.store.attempts("demo", context.run)] == [
        "failed",
        "done",
    ]


def collecting(reader, collect, maker="part", **words):
    made = (output("prices", "dataframe"),)
    parts = task("parts", f"work:{maker}", foreach={"region": ["us", "eu"]}, outputs=made)
    gathered = of_task("prices", "parts", "prices", "dataframe", collect=collect, **words)
    return plan(parts, task(reader, f"work:{reader}", inputs=(gathered,)), schemas=SCHEMAS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reader", "collect", "value"),
    [
        ("as_list", "list", {"rows": [1, 2], "kind": "polars"}),
        ("as_dict", "dict", {"eu": [3.0], "us": [1.0, 2.0]}),
        ("as_folder", "directory", {"found": ["eu/data.parquet", "us/data.parquet"]}),
        ("as_frame", "frame", FRAME),
    ],
)  # fmt: skip
def test_parts_are_collected_by_label(project, reader, collect, value):
    here = project(CODE)
    context = here.begin(collecting(reader, collect))
    assert run_plan(context, jobs=2).error is None
    assert json.loads(here.value(context, reader)) == value


@pytest.mark.slow
def test_a_collected_frame_is_judged_whole(project):
    here = project(CODE)
    context = here.begin(collecting("as_frame", "frame", schema="shop.needs"))
    assert run_plan(context, jobs=2).error is None
    assert json.loads(here.value(context, "as_frame"))["columns"] == ["price"]


@pytest.mark.slow
def test_a_frame_that_has_the_key_already_keeps_it_once(project):
    here = project(CODE)
    context = here.begin(collecting("as_frame", "frame", maker="says"))
    assert run_plan(context, jobs=2).error is None
    assert json.loads(here.value(context, "as_frame"))["rows"] == [["eu", 1.0], ["us", 1.0]]


@pytest.mark.slow
def test_parts_with_other_columns_make_no_frame(project):
    context = project(CODE).begin(collecting("as_frame", "frame", maker="differs"))
    error = run_plan(context).error
    assert error.code == "collect-schema"
    assert "'price'" in str(error)


def test_commands_get_paths_of_files_and_of_collected_folders(project):
    made = (output("prices", "dataframe"),)
    parts = task("parts", "work:part", foreach={"region": ["us", "eu"]}, outputs=made)
    script = """
      cd "$WOMBAT_INPUT_ALL"
      ls */* > "$WOMBAT_OUTPUT_LIST"
      basename "$WOMBAT_INPUT_ONE" >> "$WOMBAT_OUTPUT_LIST"
    """
    listing = task(
        "list",
        script=script,
        inputs=(
            of_task("all", "parts", "prices", "dataframe", collect="directory"),
            of_task("one", "parts", "prices", "dataframe", collect="frame"),
        ),
        outputs=(output("list", "text"),),
    )
    here = project(CODE)
    context = here.begin(plan(parts, listing))
    assert run_plan(context).error is None
    lines = here.value(context, "list").decode().split()
    assert lines == ["eu/data.parquet", "us/data.parquet", "data.parquet"]


@pytest.mark.slow
def test_commands_see_no_more_than_their_task_takes(project):
    """Columns that an input's schema doesn't name aren't in its files either, whole or in parts."""
    made = (output("prices", "dataframe"),)
    parts = task("parts", "work:says", foreach={"region": ["us", "eu"]}, outputs=made)
    code = (
        "import pyarrow.parquet as p, sys; [print(*p.read_schema(n).names) for n in sys.argv[1:]]"
    )
    script = f"""
      {sys.executable} -c "{code}" "$WOMBAT_INPUT_ONE" "$WOMBAT_INPUT_ALL"/*/data.parquet \\
        "$WOMBAT_INPUT_FREE" > "$WOMBAT_OUTPUT_LIST"
    """
    listing = task(
        "list",
        script=script,
        inputs=(
            of_task(
                "all", "parts", "prices", "dataframe", collect="directory", schema="shop.needs"
            ),
            of_task("one", "parts", "prices", "dataframe", collect="frame", schema="shop.needs"),
            of_task("free", "parts", "prices", "dataframe", collect="frame"),
        ),
        outputs=(output("list", "text"),),
    )
    here = project(CODE)
    context = here.begin(plan(parts, listing, schemas=SCHEMAS))
    assert run_plan(context).error is None
    lines = here.value(context, "list").decode().splitlines()
    assert lines == ["price", "price", "price", "region price"]


def test_outputs_that_a_function_writes_by_itself(project):
    outputs = (output("page", "file", path="page.html"), output("folder", "directory"), output("n"))
    here = project(CODE)
    context = here.begin(plan(task("writes", "work:writes", outputs=outputs)))
    made = execute_part(context, "writes").record["outputs"]
    assert here.value(context, "writes", "page") == b"<p>"
    assert json.loads(here.value(context, "writes", "n")) == {"n": 1}
    assert made["page"]["path"] == "page.html"
    assert made["folder"]["stats"]["bytes"] == 1


def test_an_output_that_was_not_written(project):
    one = task("silent", "work:silent", outputs=(output("page", "file"),))
    with pytest.raises(TaskFailed, match="wasn't written"):
        execute_part(project(CODE).begin(plan(one)), "silent")


@pytest.mark.slow
def test_a_csv_of_a_command_becomes_the_same_frame(project):
    made = (output("prices", "dataframe", schema="shop.prices", format="csv"),)
    script = 'printf "id,price\\n0,1.0\\n1,2.5\\n" > "$WOMBAT_OUTPUT_PRICES"'
    here = project(CODE)
    context = here.begin(
        plan(making([1.0, 2.5]), task("csv", script=script, outputs=made), schemas=SCHEMAS)
    )
    frame = execute_part(context, "prices").record["outputs"]["prices"]["C"]
    assert execute_part(context, "csv").record["outputs"]["prices"]["C"] == frame


def test_files_of_the_checkout_are_pinned_by_the_header(project):
    here = project(CODE)
    (here.root / "a.txt").write_text("text ")
    (here.root / "many").mkdir()
    (here.root / "many" / "b").touch()
    one = task(
        "reads",
        "work:reads",
        inputs=(of_file("text", "a.txt"), of_file("folder", "many", "directory")),
        outputs=(output("reads", "text"),),
    )
    context = here.begin(plan(one))
    record = execute_part(context, "reads")
    assert here.value(context, "reads") == b"text 1"
    assert record.record["inputs"] == {
        "text": context.header["files"]["a.txt"],
        "folder": context.header["files"]["many"],
    }
    (here.root / "a.txt").write_text("other")
    assert execute_part(context, "reads").record["outputs"] == record.record["outputs"]
    anew = here.begin(plan(one))
    (here.root / "a.txt").write_text("a third")
    with pytest.raises(CheckFailed) as caught:
        execute_part(anew, "reads")
    assert caught.value.code == "file-changed"


def test_an_artifact_is_what_the_header_pinned(project):
    here = project(CODE)
    first = here.begin(plan(task("takes", "work:takes", arguments={"model": {"w": 1}})))
    pinned = execute_part(first, "takes").record["outputs"]["takes"]
    again = plan(task("takes", "work:takes", inputs=(of_artifact("model", "models/m@main"),)))
    context = here.begin(again, resolve=lambda address: {**pinned, "ref": {"asked": address}})
    assert context.header["artifacts"]["models/m@main"]["ref"] == {"asked": "models/m@main"}
    record = execute_part(context, "takes")
    assert record.record["inputs"] == {"model": pinned["C"]}
    assert json.loads(here.value(context, "takes")) == {"w": 1}
