"""Links on job pages: only at the commit at hand, encoded, and never more than GitLab takes."""

from __future__ import annotations

import json
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.review.annotations import KEPT, SIZE, as_annotations, links_of_plan, links_of_task
from wombat.review.places import source_url, web_address

CI = {
    "GITLAB_CI": "true",
    "CI_PROJECT_URL": "https://gitlab.example.com/group/shop",
    "CI_COMMIT_SHA": "0123456789abcdef0123456789abcdef01234567",
    "CI_JOB_URL": "https://gitlab.example.com/group/shop/-/jobs/7",
}
BLOB = f"{CI['CI_PROJECT_URL']}/-/blob/{CI['CI_COMMIT_SHA']}"
HEADER = {
    "plan": {
        "pipeline": "shop",
        "source": "pipelines/shop.yml",
        "tasks": [
            {
                "name": "clean",
                "run": "shop.tasks:clean",
                "at": {"line": 7, "column": 3},
                "code": {"files": ["shop/__init__.py", "src/shop/tasks.py"]},
            },
            {"name": "date", "code": {}},
        ],
    }
}


def test_a_task_links_to_its_place_and_its_function():
    links = dict(links_of_task(CI, HEADER, "clean", "data/"))
    assert links == {
        "task shop/clean": f"{BLOB}/data/pipelines/shop.yml#L7",
        "code src/shop/tasks.py": f"{BLOB}/data/src/shop/tasks.py#L1",
    }
    assert list(links_of_task(CI, HEADER, "date", "")) == [
        ("task shop/date", f"{BLOB}/pipelines/shop.yml#L1")
    ]
    assert list(links_of_task(CI, HEADER, "gone", "")) == []


def test_a_compile_job_links_to_its_plan_and_each_source():
    sources = {"shop": "pipelines/shop.yml"}
    links = list(links_of_plan(CI, sources, "", ".wombat/gitlab"))
    assert links == [
        ("the plan", f"{CI['CI_JOB_URL']}/artifacts/file/.wombat/gitlab/plan.txt"),
        ("pipeline shop: pipelines/shop.yml", f"{BLOB}/pipelines/shop.yml#L1"),
    ]
    assert list(links_of_plan({}, sources, "", ".wombat/gitlab")) == []


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.com/x",
        "https://example.com/\nx",
        'https://example.com/"x',
        "//example.com",
        "",
        "https://user:secret@example.com/x",
    ],
)
def test_what_is_no_address_of_the_web_becomes_no_link(address):
    assert web_address(address) is None
    environ = CI | {"CI_PROJECT_URL": address, "CI_JOB_URL": address}
    assert source_url(environ, "a.yml") is None
    assert list(links_of_plan(environ, {"a": "a.yml"}, "", ".")) == []


def test_a_commit_is_hexadecimal():
    assert source_url(CI | {"CI_COMMIT_SHA": "main/../../x"}, "a.yml") is None


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_a_path_stays_a_path(path):
    url = urlsplit(source_url(CI, path, 3))
    assert url.fragment == "L3"
    assert url.query == ""
    assert unquote(url.path).endswith(f"/-/blob/{CI['CI_COMMIT_SHA']}/{path}")


@given(st.lists(st.tuples(st.text(max_size=300), st.text(max_size=2000)), max_size=200))
def test_never_more_than_gitlab_takes(links):
    text = as_annotations(links)
    (section,) = json.loads(text).values()
    assert len(text.encode()) <= SIZE
    assert len(section) <= KEPT
    for one in section:
        assert set(one) == {"external_link"}
        assert set(one["external_link"]) == {"label", "url"}
        assert one["external_link"]["label"].isprintable()
    whole = len(dict.fromkeys(links))
    assert len(section) == whole or len(section) == KEPT or len(text.encode()) > SIZE / 2


def test_a_file_that_gitlab_would_refuse_is_cut():
    text = as_annotations((f"{n}", f"https://example.com/{'x' * 2000}{n}") for n in range(KEPT))
    assert SIZE * 0.9 < len(text) <= SIZE
