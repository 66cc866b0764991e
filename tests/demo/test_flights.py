"""The demo runs whole: over the real tables, warning of their dirt, its model worth having."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.harness import Project

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path) -> Project:
    folder = tmp_path
    for name in ("pipelines", "schemas"):
        shutil.copytree(ROOT / name, folder / "demo" / name)
    (folder / "home").mkdir()
    made = Project(folder / "demo", folder / "home")
    made.start()
    return made


def test_the_demo_runs_and_each_parameter_counts(project, tmp_path):
    assert "no mistakes" in project.wombat("check").stdout

    ran = project.wombat("run", "flights")

    assert ran.stderr.count("warning:") == 3
    assert warned(project) == {
        ("dep_time", "null", 8255),
        ("wind_speed", "max", 1),
        (None, "key", 6),
    }
    metrics = pulled(project, "metrics", tmp_path / "usual")
    assert metrics["flights"] > 60_000
    assert 0.69 < metrics["auc"] < 0.75
    project.wombat("pull", "flights/page", "-o", str(tmp_path / "page"))
    (page,) = (tmp_path / "page").rglob("report.html")
    assert page.read_text().count("<svg") == 2

    project.wombat("run", "flights", "-P", "late_after=60")

    hour = pulled(project, "metrics", tmp_path / "hour")
    assert hour["late_share"] < metrics["late_share"] / 2


def warned(project: Project) -> set[tuple[str | None, str, int]]:
    """The dirt of the raw tables: column, check, failing rows."""
    report = json.loads((project.root / ".wombat/reports/flights.load.json").read_text())
    found = [finding for check in report["checks"] for finding in check["findings"]]
    return {(finding["column"], finding["check"], finding["failing"]) for finding in found}


def pulled(project: Project, name: str, folder: Path) -> dict:
    project.wombat("pull", f"flights/{name}", "-o", str(folder / name))
    (path,) = [path for path in (folder / name).rglob("*") if path.is_file()]
    return json.loads(path.read_text())
