"""The demo runs whole, as `make demo` does; its steps, and the page about it, show what is true."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import blocks, commands
from tests.docs.playing import told
from tests.e2e.harness import Project

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
PAGE = "docs/TYPED_EDGES.md"
WARNING = re.compile(r"warning: (\w+): (.*?): ([\d,]+) of [\d,]+ rows")


@pytest.fixture
def project(tmp_path) -> Project:
    for name in ("pipelines", "schemas"):
        unmade = shutil.ignore_patterns("__pycache__", "wombat.lock", "locked", ".wombat")
        shutil.copytree(ROOT / name, tmp_path / "demo" / name, ignore=unmade)
    shutil.copy(ROOT / "wombat.yml", tmp_path / "demo" / "wombat.yml")
    (tmp_path / "home").mkdir()
    made = Project(tmp_path / "demo", tmp_path / "home")
    made.start()
    made.write(".gitignore", (ROOT / ".gitignore").read_text("utf-8"))
    made.commit()
    return made


def test_the_demo_shows_what_it_says(project):
    """One test, since one run of it is enough; each step has a function below."""
    shown = steps(project)
    every_step_fits_a_screen(shown)
    edges_are_proven_unknown_or_untyped(shown)
    wrong_edges_are_refused_with_rows(shown)
    development_warns_of_dirt(shown)
    production_sets_it_aside_and_asks_for_more(shown)
    nothing_runs_twice(shown)
    what_was_set_aside_is_pulled_with_its_reasons(shown)
    what_was_made_is_pulled(project, shown)
    drift_is_refused_in_production_and_told_in_development(shown)
    the_diff_draws_it(shown)
    a_proven_edge_is_trusted_and_an_unknown_one_judged(project)
    a_parameter_counts(project)
    the_page_is_true(project, shown)
    a_consumer_that_was_mended_lets_the_change_in(project)


def test_what_the_page_quotes_stands_in_the_files():
    quoted = [one for one in blocks(PAGE) if one.path]
    assert len(quoted) > 4
    for one in quoted:
        assert one.text in (ROOT / one.path).read_text("utf-8"), one.path


def steps(project: Project) -> dict[str, str]:
    """What the script printed, by the command that stands above it."""
    done = bash(project, "bash pipelines/demo.sh")
    assert done.returncode == 0, done.stdout
    found = re.split(r"^\$ (.*)\n", done.stdout, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def bash(project: Project, line: str) -> subprocess.CompletedProcess[str]:
    """What a person types at the project's root; both streams as one text."""
    return subprocess.run(
        ["bash", "-c", line],
        cwd=project.root,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )


def every_step_fits_a_screen(shown):
    assert len(shown) == 20
    assert max(len(text.splitlines()) for text in shown.values()) <= 45


def edges_are_proven_unknown_or_untyped(shown):
    assert "no mistakes; 18 edges: 6 proven, 1 unknown, 11 untyped" in shown["wombat check"]
    plan = " ".join(shown["wombat plan flights"].split())
    assert "arrivals ← clean.arrivals (flights.legs, proven)" in plan
    assert "scores ← score.scores (flights.judged, unknown, collected as frame)" in plan
    assert "joined ← join.joined (untyped)" in plan


def wrong_edges_are_refused_with_rows(shown):
    said = shown["wombat check -C pipelines/wrong"]
    assert "join.joined → features: 'built' may be null, late.aged forbids it" in said
    assert re.search(r"tailnum +built +arr_delay\n +\S+ +null +1\n", said)
    assert said.count("error[edge-refuted]") == said.count("for example:") == 2
    assert "\nexit 10\n" in said


def development_warns_of_dirt(shown):
    assert dirt(shown["wombat run flights -p development"]) == {
        ("raw_flights", "'dep_time' holds nulls", "8,255"),
        ("raw_weather", "'wind_speed' is above 200", "1"),
        ("raw_weather", "key (origin, year, month, day, hour) isn't unique", "6"),
    }
    assert "_rejected" not in shown["wombat run flights -p development"]


def production_sets_it_aside_and_asks_for_more(shown):
    said = shown["wombat run flights -p production"]
    assert "8,255 of 336,776 rows (2.5 %) set aside in raw_flights_rejected" in said
    assert "7 of 26,115 rows (0.027 %) set aside in raw_weather_rejected" in said
    more = dirt(said) - dirt(shown["wombat run flights -p development"])
    assert more == {("raw_flights", "'tailnum' holds nulls", "2,512")}
    assert "production changes columns" in shown["wombat schema show flights.raw"]


def nothing_runs_twice(shown):
    """Of what development made production only does anew what reads other rows now."""
    said = shown["wombat run flights -p production"]
    assert "2 done, 9 checked anew, 1 of 12 reused" in said
    again = shown["wombat run -p production flights"]
    done = r"12 of 12 reused in \d\.\d s\nnothing changed: .*\n"
    told = r"6 warnings came with what is reused, of run \S+: wombat report --run .*\s*(#.*\s*)*"
    assert re.fullmatch(done + told, again), again
    assert "flights/train is reused" in shown["wombat why flights/train -p production"]


def what_was_set_aside_is_pulled_with_its_reasons(shown):
    assert shown["python pipelines/show.py rejected build/demo/rejected"].split("\n#")[0] == (
        "raw_flights: 8,255 rows\n"
        "    5,743  dep_time.null\n"
        "    2,512  dep_time.null, tailnum.null\n"
        "raw_weather: 7 rows\n"
        "        6  key(origin, year, month, day, hour)\n"
        "        1  wind_speed.max\n"
    )


def what_was_made_is_pulled(project, shown):
    assert "features: 325,819 rows, 19 columns" in shown["python pipelines/show.py made build/demo"]
    out = project.root / "build" / "demo"
    metrics = json.loads((out / "metrics" / "data.json").read_text())
    assert metrics["flights"] > 60_000
    assert 0.69 < metrics["auc"] < 0.75
    assert min(metrics[f"auc_of.{origin}"] for origin in ("EWR", "JFK", "LGA")) > 0.65
    page = (out / "page" / "report.html").read_text()
    assert (page.count("<svg"), page.count("<tr>")) == (2, 10)


def drift_is_refused_in_production_and_told_in_development(shown):
    moved = "'temp' mean moved by 1.18 > 0.5 standard deviations against the previous version"
    refused = shown["wombat run flights/clean -p production -P 'months=[6,7]'"]
    assert f"(exit 11): flights/clean, production: output 'weather': {moved}" in refused
    assert "\nexit 11\n" in refused
    told = shown["wombat run flights -p development -P 'months=[6,7]'"]
    assert f"warning: weather: {moved}" in told
    assert "warning: arrivals: rows are 0.169 times those of the previous version" in told
    assert "published as version 3" in told


def the_diff_draws_it(shown):
    said = shown["wombat diff flights/weather"]
    assert "rows    26,108 → 4,388" in said
    assert re.search(r"^temp  float64 +psi 4.02, mean \+1.18 sd$", said, re.MULTILINE)
    drawn = re.compile(r"^  (?:before|now ) +10 (.+) 105$", re.MULTILINE)
    before, now = drawn.findall(said.split("\ntemp  ")[1])[:2]
    assert set("▁▂▃▄▅▆▇█") & set(before)
    assert before != now


def a_proven_edge_is_trusted_and_an_unknown_one_judged(project):
    """By the reports of the last run."""
    how = {}
    for task, name in (("routes", "arrivals"), ("evaluate", "scores")):
        report = (project.root / f".wombat/reports/flights.{task}.json").read_text("utf-8")
        (check,) = [one for one in json.loads(report)["checks"] if one["artifact"] == name]
        how[task] = (check["trusted"], check["depth"])
    assert how == {"routes": ("proven", "none"), "evaluate": (None, "sample")}


def a_parameter_counts(project):
    before = pulled(project, "metrics", "usual")
    project.wombat("run", "flights", "-P", "late_after=60", "-P", "months=[6,7]")
    assert pulled(project, "metrics", "hour")["late_share"] < before["late_share"] / 2


def the_page_is_true(project, shown):
    """What the demo does was done; the rest is typed. Each line that is shown must be said."""
    for block in blocks(PAGE, "console", "diff"):
        if block.language == "diff":
            change(project.root / "schemas" / "flights" / "clean.yml", block.text)
            continue
        for one in commands(block.text):
            if one.line.startswith(("make", "export")):
                continue
            said = shown.get(one.line) or typed(project, one.line, refused="error[" in block.text)
            assert set(told("\n".join(one.said))) <= set(told(said)), (one.line, said)


def typed(project: Project, line: str, *, refused: bool) -> str:
    done = bash(project, line)
    assert done.returncode == (10 if refused else 0), (line, done.stdout)
    return done.stdout


def change(file: Path, diff: str) -> None:
    old, new = (re.findall(rf"^\{sign}(.*)$", diff, re.MULTILINE) for sign in "-+")
    text = file.read_text("utf-8")
    assert text.count(old[0]) == len(old) == len(new) == 1
    file.write_text(text.replace(old[0], new[0]), "utf-8")


def a_consumer_that_was_mended_lets_the_change_in(project):
    file = project.root / "pipelines" / "tower" / "schemas" / "tower.yml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("max: 250", "max: 250, fill_null: 0"), "utf-8")
    project.wombat("check", "--against", "HEAD", expect=10)
    project.wombat("lock", "-C", "pipelines/tower")
    assert "1 output changed" in project.wombat("check", "--against", "HEAD").stdout


def dirt(said: str) -> set[tuple[str, ...]]:
    """The warnings of a run: output, what fails, how many rows."""
    found = (each for each in WARNING.findall(said) if "set aside" not in each[1])
    return set(found)


def pulled(project: Project, name: str, folder: str) -> dict:
    project.wombat("pull", f"flights/{name}", "-o", f"build/{folder}")
    return json.loads((project.root / "build" / folder / "data.json").read_text())
