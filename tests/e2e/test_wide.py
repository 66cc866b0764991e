"""More jobs than one may need: they are gathered, and the parts of batches share a job."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.e2e.records import Records

if TYPE_CHECKING:
    from tests.e2e.harness import Pipeline

pytestmark = pytest.mark.slow

MANY = 120 if os.environ.get("WOMBAT_SOAK") else 60
"""Parts, each a job with processes of its own; one job may need 50 others."""
VALUES = [f"v{number:03}" for number in range(MANY)]
PIPELINE = """\
pipeline: wide
tasks:
  part:
    foreach: {{value: [{values}]}}{batch}
    shell: printf '%s' "$WOMBAT_PARAM_VALUE" > "$WOMBAT_OUTPUT_OUT"
    outputs: {{out: {{type: text}}}}
  all:
    shell: cat "$WOMBAT_INPUT_PARTS"/*/data.txt > "$WOMBAT_OUTPUT_ALL"
    inputs: {{parts: {{from: part, collect: directory}}}}
    outputs: {{all: {{type: text}}}}
"""


def pipeline(*, batch: int | None) -> dict[str, str]:
    said = f"\n    batch: {batch}" if batch else ""
    return {"pipelines/wide.yml": PIPELINE.format(values=", ".join(VALUES), batch=said)}


def parts(ran: Pipeline) -> list[str]:
    return [name for name in ran.jobs if name.startswith("wide/part: [")]


def assert_whole(project, ran: Pipeline) -> None:
    """Every part ran once, and all of them came together."""
    assert set(ran.exit_codes().values()) == {0}, ran.output
    records = Records(project.store)
    (run,) = records.runs("wide")
    wanted = {f"part={value}": ["done"] for value in VALUES} | {"all=": ["done"]}
    assert records.states("wide", run) == wanted
    project.wombat("pull", "wide/all@main", "-o", "out")
    assert (project.root / "out" / "data.txt").read_text() == "".join(VALUES)


def test_more_jobs_than_one_may_need_are_gathered(team_project):
    project = team_project("wide", pipeline(batch=None))

    ran = project.gitlab()

    assert len(parts(ran)) == MANY
    assert_whole(project, ran)
    gathers = [name for name in ran.jobs if re.fullmatch(r"wide/gather-all: \[\d/\d\]", name)]
    assert len(gathers) == -(-MANY // 50) > 1, sorted(set(ran.jobs) - set(parts(ran)))
    child = yaml.safe_load((project.root / project.child()).read_text())
    needs = {name: job["needs"] for name, job in child.items() if "needs" in job}
    assert max(map(len, needs.values())) <= 50
    assert sorted(one for name in gathers for one in needs[name]) == sorted(parts(ran))
    assert sorted(needs["wide/all"]) == sorted(gathers)


def test_batches_run_their_parts_in_one_job(team_project):
    project = team_project("wide", pipeline(batch=MANY // 3))

    ran = project.gitlab()

    assert sorted(parts(ran)) == ["wide/part: [1/3]", "wide/part: [2/3]", "wide/part: [3/3]"]
    assert_whole(project, ran)
