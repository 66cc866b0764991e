"""Checks of imported classes: pandera runs them on the class, whatever the task's library is."""

from __future__ import annotations

import pyarrow as pa
import pytest

from wombat.data.custom import failing
from wombat.data.pandera.reading import from_pandera
from wombat.data.validate import judge
from wombat.errors import TaskFailed
from wombat.schema.policy import Policy
from wombat.schema.rules import Custom

SALES, LAZY = "tests.pandera.models:Sales", "tests.pandera.models:Lazy"


def run(python, check, table, column=None, **args):
    custom = Custom(python, tuple(sorted({"check": check, **args}.items())))
    return failing(custom, table, column, "pyarrow").tolist()


def table(*numbers):
    return pa.table({"n": pa.array(numbers, pa.int64()), "shop": ["a"] * len(numbers)})


def test_a_column_s_check_on_pandas_and_on_polars():
    for python in (SALES, LAZY):
        assert run(python, "even", table(2, 3, None, 4), "n") == [False, True, False, False]


def test_a_frame_s_checks():
    assert run(SALES, "small", table(2, 30)) == [False, True]
    assert run(LAZY, "few", table(1, 2)) == [False, False]
    assert run(LAZY, "few", table(1, 2, 3)) == [True] * 3


def test_groups_need_the_whole_frame():
    custom = Custom(SALES, (("check", "rising"), ("column", "n")))
    assert failing(custom, table(1, 2), None, None).tolist() == [False, False]
    assert failing(custom, table(2, 1), None, None).tolist() == [True, True]


def test_a_check_that_the_class_has_no_more():
    with pytest.raises(TaskFailed, match="has no check 'odd' any more") as told:
        run(SALES, "odd", table(1), "n")
    assert told.value.code == "check-function"


def test_a_whole_class_at_a_boundary():
    from tests.pandera.models import Sales

    read = from_pandera(Sales, "shop.sales", python=SALES)
    assert [one.name for one in read.schema.rules] == ["n_rising", "small", "cells"]
    report = judge(table(4, 3, 12), read.schema, Policy()).report
    assert {(one.column, one.check): one.rows for one in report.findings} == {
        ("n", f"python:{SALES}"): (1,),
        (None, "rule:n_rising"): (0, 1, 2),
        (None, "rule:small"): (2,),
        (None, "rule:cells"): (2,),
    }
    assert judge(table(4, 6, 8), read.schema, Policy()).report.ok
