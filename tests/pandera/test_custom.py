"""Checks in the user's own code, in each library."""

from __future__ import annotations

import pyarrow as pa
import pytest

from wombat.data.custom import failing
from wombat.errors import TaskFailed
from wombat.schema.rules import Custom

LIBRARIES = ["pandas", "polars", "pyarrow", "polars-lazy", None]
CODE = "tests.pandera.checks"


def table(**columns):
    return pa.table(columns)


def custom(name, **args):
    return Custom(f"{CODE}:{name}", tuple(sorted(args.items())))


@pytest.mark.parametrize("library", ["pandas", "polars", "polars-lazy", None])
def test_a_column_s_function_says_which_rows_fail(library):
    given = table(n=pa.chunked_array([[2, None], [3, 4]]))
    assert failing(custom("even"), given, "n", library).tolist() == [False, False, True, False]
    assert failing(custom("below", limit=3), given, "n", library).tolist() == [
        False, False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_rule_s_function_gets_the_frame(library):
    given = table(due=[1, 1], paid=[2, 9])
    assert failing(custom("paid_in_time"), given, None, library).tolist() == [False, True]
    assert failing(custom("paid_in_time", days=8), given, None, library).tolist() == [False, False]


@pytest.mark.parametrize("library", LIBRARIES)
def test_one_answer_is_each_row_s(library):
    few, many = table(n=[1, None, 2]), table(n=[1, 2, 3, None])
    assert failing(custom("one_answer"), few, "n", library).tolist() == [False] * 3
    # the null has no value to fail
    assert failing(custom("one_answer"), many, "n", library).tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    ("library", "kind"),
    [
        ("pandas", "pandas.Series"),
        ("polars", "polars.Series"),
        ("pyarrow", "pyarrow.ChunkedArray"),
        ("pyspark", "pandas.Series"),
    ],
)
def test_it_gets_the_values_that_are_there_in_the_task_s_library(library, kind, capfd):
    with pytest.raises(TaskFailed, match="sees raised RuntimeError"):
        failing(custom("sees"), table(n=[1, None, 3]), "n", library)
    assert f"('{kind}', 2)" in capfd.readouterr().err


def test_an_expression_is_evaluated():
    given = table(n=[1, 2, None])
    assert failing(custom("expression"), given, "n", "polars").tolist() == [True, False, False]


def test_rows_are_matched_by_their_label():
    given = table(n=[3, -1, None, 2])
    assert failing(custom("sorts"), given, "n", "pandas").tolist() == [False, True, False, False]


def test_a_null_answer_holds():
    given = table(n=[1, 2, 3])
    assert failing(custom("unsure"), given, None, "pandas").tolist() == [False, False, True]


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize(
    ("name", "said"),
    [("too_few", "4 values of bool"), ("numbers", "3 values of int64"), ("nothing", "a NoneType")],
)
def test_another_answer_is_told_with_the_function_s_name(library, name, said):
    with pytest.raises(TaskFailed) as told:
        failing(custom(name), table(n=[1, 2, 3]), "n", library)
    assert told.value.code == "check-answer"
    assert str(told.value) == (
        f"the check {CODE}:{name} answered with {said}; "
        "expected true or false, or 3 of them, one a row"
    )


@pytest.mark.parametrize("name", ["broken", "leaves"])
def test_an_exception_is_the_code_s_failure_and_keeps_its_traceback(name, capfd):
    with pytest.raises(TaskFailed) as told:
        failing(custom(name), table(n=[1, 2]), "n", "pandas")
    assert told.value.code == "task-failed"
    assert told.value.exit_code == 12
    error = capfd.readouterr().err
    assert "tests/pandera/checks.py" in error
    assert "wombat/data" not in error


@pytest.mark.parametrize("python", [f"{CODE}:absent", f"{CODE}.absent:even", "nowhere:f"])
def test_a_function_that_is_not_there(python):
    with pytest.raises(TaskFailed, match="can't be run") as told:
        failing(Custom(python), table(n=[1]), "n", "pandas")
    assert told.value.code == "check-function"
