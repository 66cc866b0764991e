"""A project where one pipeline runs in merge requests by itself, and the others by a click."""

from __future__ import annotations

import pytest

from tests.e2e.events import merge_request
from tests.e2e.records import Records

pytestmark = pytest.mark.slow

STOCK = """\
pipeline: stock
on: {merge_request: run}
tasks:
  level: {shell: 'echo 1 > "$WOMBAT_OUTPUT_LEVEL"', outputs: {level: {type: text}}}
"""


def test_one_runs_by_itself_and_another_by_a_click(team_project):
    project = team_project("shop", {"pipelines/stock.yml": STOCK})
    untrusted = Records(project.store, "u")
    project.git("switch", "-q", "-c", "change")
    event = merge_request("change")

    ran = project.gitlab(event=event)
    stock = ("wombat-compile", "stock/level", "stock/publish")
    assert ran.exit_codes() == dict.fromkeys(stock, 0), ran.output
    assert untrusted.head("stock", "change")["run"] == untrusted.runs("stock")[-1]
    assert untrusted.head("sales", "change") == {}

    ran = project.gitlab("--manual", "wombat-try", event=event)
    asked = ("wombat-compile", "sales/load", "sales/count", "sales/publish")
    assert ran.exit_codes() == dict.fromkeys(asked, 0) | {
        name: 0 for name in ran.jobs if name.startswith("wombat/")
    }, ran.output
    assert untrusted.head("sales", "change")["run"] == untrusted.runs("sales")[-1]
    assert Records(project.store).begun() == {}
    assert not (project.home / "told").exists()
