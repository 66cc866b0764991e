"""The GitLab child of projects by chance: valid, complete, and the same to every YAML reader."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import yaml
from check_jsonschema import builtin_schemas
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.backends.gitlab_reading import behind, is_gather, jobs_of, keywords
from tests.plan.strategies import Project, plans_of, projects
from tests.readers import read_1_2
from wombat.backends import Reused, Selection
from wombat.backends.gitlab import BACKEND, CHILD, MANUAL
from wombat.backends.gitlab.keywords import TIER, TIERS, available
from wombat.backends.gitlab.memory import parsed_bytes

if TYPE_CHECKING:
    from wombat.plan.ir import Plan

EXAMPLES = 1_000 if os.environ.get("WOMBAT_SOAK") else 60
FOLDER = tempfile.TemporaryDirectory(prefix="wombat-gitlab-")
ROOT = Path(FOLDER.name)
VALIDATOR = jsonschema_rs.Draft7Validator(
    builtin_schemas.get_builtin_schema("vendor.gitlab-ci"), validate_formats=False
)
RUN = "20261120-1a2b3c"
KEYWORDS = {"cache", "image", "pages", "stages", "default", "include", "variables", "workflow"}
TRIGGERS = "triggers.yml"
law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
VERSIONS = ["16.11", "17.0", "17.3", "17.8", "17.11", "18.1", "18.2", "18.5", "18.8"]
HATCH = {
    "include": ["/ci/own.yml", {"project": "a/b", "file": ["/no.yml"]}],
    "extends": [".ours"],
    "image": "registry.example.com/ds:1",
    "variables": {"PIP_INDEX_URL": "$INDEX", "A": "010", "B": "{{ no }}"},
    "tags": ["k8s", "no", "010"],
    "services": ["redis:7", {"name": "postgres:15", "alias": "db"}],
    "before_script": ["echo '$x: {{y}}' # 🐨"],
    "id_tokens": {"STORE_TOKEN": {"aud": "https://store.example"}},
    "wombat": "install",
    "requirements": "a file's.lock",
}


@st.composite
def options(draw: st.DrawFn) -> dict[str, Any]:
    """A declared GitLab, with few needs so that small graphs have gather jobs."""
    said: dict[str, Any] = {"version": draw(st.sampled_from(VERSIONS))}
    said["tier"] = draw(st.sampled_from(TIERS))
    said["limits"] = draw(st.sampled_from([{}, {"needs": 2}, {"needs": 3}]))
    return said | draw(st.sampled_from([{}, HATCH]))


def everything(plans: list[Plan], *, effects: bool = True) -> Selection:
    return Selection(RUN, tuple(plan.pipeline for plan in plans), zone="t", effects=effects)


def document_of(
    plans: list[Plan], said: dict[str, Any], *, effects: bool = True
) -> dict[str, dict[str, Any]]:
    selection = everything(plans, effects=effects)
    document: dict[str, Any] = BACKEND.render(plans, selection, said).documents[CHILD]
    return document


@pytest.mark.slow
@law
@given(project=projects(), said=options(), effects=st.booleans())
def test_the_child_is_valid_and_says_the_same_to_every_reader(
    project: Project, said: dict[str, Any], effects: bool
) -> None:
    plans = list(plans_of(project, ROOT).values())
    assert [f for f in BACKEND.supports(plans, said) if f.severity == "error"] == []
    selection = everything(plans, effects=effects)
    rendered = BACKEND.render(plans, selection, said)
    text, document = rendered.files[CHILD], rendered.documents[CHILD]
    assert yaml.safe_load(text) == document
    assert read_1_2(text) == document
    assert VALIDATOR.is_valid(document)
    assert text == BACKEND.render(list(plans), selection, dict(said)).files[CHILD]


@pytest.mark.slow
@law
@given(project=projects(), said=options())
def test_committed_files_are_valid_and_say_the_same_to_every_reader(
    project: Project, said: dict[str, Any]
) -> None:
    plans = list(plans_of(project, ROOT).values())
    rendered = BACKEND.render(plans, None, said, "ci/wombat")
    assert set(rendered.files) == {TRIGGERS, *(f"{plan.pipeline}.yml" for plan in plans)}
    for path, text in rendered.files.items():
        spec, document = list(yaml.safe_load_all(text)) if path == TRIGGERS else ({}, None)
        document = document or read_1_2(text)
        assert document == rendered.documents[path]
        assert set(spec) <= {"spec"}
        assert VALIDATOR.is_valid(document)
    for plan in plans:
        trigger = rendered.documents[TRIGGERS][f"wombat-{plan.pipeline}"]["trigger"]
        assert trigger["include"] == [{"local": f"ci/wombat/{plan.pipeline}.yml"}]


@law
@given(project=projects(), said=options(), committed=st.booleans())
def test_no_keyword_is_newer_than_the_gitlab_that_is_declared(
    project: Project, said: dict[str, Any], committed: bool
) -> None:
    plans = list(plans_of(project, ROOT).values())
    rendered = BACKEND.render(plans, None if committed else everything(plans), said, "ci")
    for document in rendered.documents.values():
        for word in keywords(document):
            assert available(word, said["version"]), word
            assert TIERS.index(said["tier"]) >= TIERS.index(TIER.get(word, "free")), word


@law
@given(project=projects(), said=options(), effects=st.booleans())
def test_every_part_once_and_one_publish(
    project: Project, said: dict[str, Any], effects: bool
) -> None:
    plans = list(plans_of(project, ROOT).values())
    jobs = jobs_of(document_of(plans, said, effects=effects))
    lines = [line for body in jobs.values() for line in body.get("script", ())]
    done = []
    for words in (line.split() for line in lines):
        assert words[:2] in (["wombat", "exec"], ["wombat", "publish"])
        done += [(*words[1:3], part) for part in words[3:]] or [(*words[1:3], "")]
    expected = [
        ("exec", f"{plan.pipeline}/{task.name}", f"--part={part.label}" if part else "")
        for plan in plans
        for task in plan.tasks
        if effects or not task.effect
        for part in (task.parts or (None,))
    ]
    expected += [("publish", plan.pipeline, "") for plan in plans]
    assert sorted(done) == sorted(expected)


@law
@given(project=projects(), said=options())
def test_each_edge_directly_or_through_gather_jobs_and_no_other(
    project: Project, said: dict[str, Any]
) -> None:
    plans = list(plans_of(project, ROOT).values())
    jobs = jobs_of(document_of(plans, said))
    for plan in plans:
        publish = f"{plan.pipeline}/publish"
        effects = {job.name for job in plan.jobs if plan.task(job.task).effect}
        for job in plan.jobs:
            needs = set(job.needs)
            if job.name in effects:
                needs = (needs & effects) | {publish}
            assert behind(jobs, job.name) == needs
        before = {job.name for job in plan.jobs} - effects
        needed = {need for job in plan.jobs if job.name in before for need in job.needs}
        assert behind(jobs, publish) == before - needed


@law
@given(project=projects(), said=options())
def test_needs_are_few_and_never_of_a_later_stage(project: Project, said: dict[str, Any]) -> None:
    plans = list(plans_of(project, ROOT).values())
    document = document_of(plans, said)
    jobs, stages = jobs_of(document), document["stages"]
    for name, body in jobs.items():
        assert len(body["needs"]) <= said["limits"].get("needs", 50)
        for need in body["needs"]:
            before, here = stages.index(jobs[need]["stage"]), stages.index(body["stage"])
            waits = is_gather(name) or is_gather(need) or body["stage"] == "effects"
            assert before < here or (waits and before == here)


@law
@given(project=projects(), said=options())
def test_publish_waits_for_all_but_effects(project: Project, said: dict[str, Any]) -> None:
    plans = list(plans_of(project, ROOT).values())
    jobs = jobs_of(document_of(plans, said))
    for plan in plans:
        waiting, reached = [f"{plan.pipeline}/publish"], set[str]()
        while waiting:
            for need in jobs[waiting.pop()]["needs"]:
                if need not in reached:
                    reached.add(need)
                    waiting.append(need)
        made = {name for name in reached if not is_gather(name)}
        assert made == {job.name for job in plan.jobs if not plan.task(job.task).effect}


@law
@given(project=projects(), said=options())
def test_names_that_gitlab_takes(project: Project, said: dict[str, Any]) -> None:
    plans = list(plans_of(project, ROOT).values())
    document = document_of(plans, said)
    stages = document["stages"]
    assert len(set(stages)) == len(stages)
    assert not {".pre", ".post"} & set(stages)
    assert {body["stage"] for body in jobs_of(document).values()} == set(stages)
    needed = {need for body in jobs_of(document).values() for need in body["needs"]}
    for name in jobs_of(document):
        assert len(name) <= (128 if name in needed else 255)
        assert name not in KEYWORDS


@pytest.mark.slow
@law
@given(
    project=projects(),
    jobs=st.integers(1, 12),
    kilobytes=st.integers(4, 40),
    declared=st.booleans(),
)
def test_a_limit_is_never_passed_in_silence(
    project: Project, jobs: int, kilobytes: int, declared: bool
) -> None:
    plans = list(plans_of(project, ROOT).values())
    limits = {"jobs": jobs, "yaml": kilobytes * 1024} if declared else {}
    rendered = BACKEND.render(plans, everything(plans), {"limits": limits})
    document = rendered.documents[CHILD]
    over = len(jobs_of(document)) > jobs, parsed_bytes(document) > kilobytes * 1024
    said = [found.message for found in rendered.findings if found.severity == "error"]
    assert any(" jobs; " in message for message in said) is (declared and over[0])
    assert any(" parsed; " in message for message in said) is (declared and over[1])


@law
@given(project=projects(), said=options(), data=st.data())
def test_a_pipeline_is_where_the_selection_has_it(
    project: Project, said: dict[str, Any], data: st.DataObject
) -> None:
    """What runs by itself, what waits for a click, and nothing of the rest."""
    plans = list(plans_of(project, ROOT).values())
    names = [plan.pipeline for plan in plans]
    where = {name: data.draw(st.sampled_from(["run", "click", "same"])) for name in names}
    runs, clicks, same = (
        tuple(name for name in names if where[name] == place) for place in ("run", "click", "same")
    )
    rendered = BACKEND.render(plans, Selection(RUN, runs, clicks, same), said)
    assert set(rendered.files) == ({CHILD, MANUAL} if clicks else {CHILD})
    for path, mine in ((CHILD, runs), (MANUAL, clicks)):
        jobs = jobs_of(rendered.documents.get(path, {}))
        ours = {name.partition("/")[0] for name in jobs} - {"wombat"}
        assert ours == set(mine)
        assert ("wombat/unchanged" in jobs) is (path == CHILD and not runs)


@law
@given(project=projects())
def test_nothing_that_a_pipeline_says_is_expanded_by_gitlab(project: Project) -> None:
    """Only validated names reach the file, but for comments; those stay on their line."""
    plans = list(plans_of(project, ROOT).values())
    text = BACKEND.render(plans, everything(plans), {}).files[CHILD]
    said = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for word in ("$", "{{", "`", "🐨", "\\u"):
        assert word not in said


@law
@given(project=projects(), said=options())
def test_what_wombat_yml_says_arrives_as_it_is(project: Project, said: dict[str, Any]) -> None:
    plans = list(plans_of(project, ROOT).values())
    said = {**said, **HATCH}
    document = document_of(plans, said)
    base = document[".wombat"]
    for word in ("extends", "image", "tags", "services", "id_tokens"):
        assert base[word] == HATCH[word]
    assert document["include"] == HATCH["include"]
    assert base["variables"] == {"WOMBAT_RUN": RUN, "WOMBAT_ZONE": "t", **HATCH["variables"]}
    install = """pip install --require-hashes -r 'a file'"'"'s.lock'"""
    assert base["before_script"] == [install, *HATCH["before_script"]]
    gather = document.get(".wombat-gather", {"extends": HATCH["extends"], "tags": HATCH["tags"]})
    assert (gather["extends"], gather["tags"]) == (HATCH["extends"], HATCH["tags"])


HOSTILE = ("4711-1", "x\ny: z", "${IFS}", "")


@law
@given(project=projects(), said=options(), effects=st.booleans(), data=st.data())
def test_parts_that_results_serve_have_no_job_and_the_rest_waits_for_the_rest(
    project: Project, said: dict[str, Any], effects: bool, data: st.DataObject
) -> None:
    plans = list(plans_of(project, ROOT).values())
    parts = {
        (plan.pipeline, task.name, part.label if part else None)
        for plan in plans
        for task in plan.tasks
        for part in (task.parts or (None,))
        if effects or not task.effect
    }
    makes = {one for one in parts if plan_named(plans, one[0]).task(one[1]).outputs}
    served = data.draw(st.sets(st.sampled_from(sorted(makes, key=str)))) if makes else set()
    run = data.draw(st.sampled_from(HOSTILE))
    reused = {
        plan.pipeline: {
            (task, label): Reused(run, run) for name, task, label in served if name == plan.pipeline
        }
        for plan in plans
    }
    selection = Selection(
        RUN, tuple(p.pipeline for p in plans), zone="t", effects=effects, reused=reused
    )
    rendered = BACKEND.render(plans, selection, said)
    document, text = rendered.documents[CHILD], rendered.files[CHILD]
    assert yaml.safe_load(text) == document
    assert VALIDATOR.is_valid(document)
    jobs = jobs_of(document)
    assert {body["stage"] for body in jobs.values()} == set(document["stages"])
    assert executed(jobs) == sorted(parts - served, key=str)
    for plan in plans:
        mine = {job.name: job for job in plan.jobs if job.name in jobs}
        after = {name for name, job in mine.items() if plan.task(job.task).effect}
        publish = f"{plan.pipeline}/publish"
        for name, job in mine.items():
            wanted = set(job.needs) & mine.keys()
            assert behind(jobs, name) == ((wanted & after) | {publish} if name in after else wanted)
        needed = {need for name in mine.keys() - after for need in mine[name].needs}
        assert behind(jobs, publish) == mine.keys() - after - needed
        for task in plan.tasks:
            told = f"# {plan.pipeline}/{task.name}: " in text
            assert told is any((plan.pipeline, task.name) == one[:2] for one in served)
    assert "${IFS}" not in text


def plan_named(plans: list[Plan], name: str) -> Plan:
    return next(plan for plan in plans if plan.pipeline == name)


def executed(jobs: dict[str, dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    """Every part that some job runs."""
    found: list[tuple[str, str, str | None]] = []
    for words in (line.split() for body in jobs.values() for line in body.get("script", ())):
        if words[:2] == ["wombat", "exec"]:
            pipeline, _, task = words[2].partition("/")
            labels = [word.removeprefix("--part=") for word in words[3:]]
            found += [(pipeline, task, label) for label in labels or (None,)]
    return sorted(found, key=str)
