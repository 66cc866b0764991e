"""`wombat.yml`: versions of GitLab, names of profiles, a text where a list belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wombat.errors import Diagnostics
from wombat.language.load import load_project

if TYPE_CHECKING:
    from pathlib import Path


def said(root: Path, text: str) -> list[tuple[str, str, str | None]]:
    (root / "wombat.yml").write_text(text)
    sink = Diagnostics()
    load_project(root, sink)
    return [(one.severity, one.code, one.hint) for one in sink]


@pytest.mark.parametrize(
    ("version", "hint"),
    [
        ("18.5.2", "write 18.5"),
        ("v18.5", "write 18.5"),
        ("18.5-ee", "write 18.5"),
        ("v17.11.0-pre", "write 17.11"),
        ("18.5.2+x", "write 18.5"),
        ("18", None),
        ("18.5x", None),
        ("18.555", None),
        ("16.10", "jobs are retried by exit code since"),
        ("9.5", "jobs are retried by exit code since"),
    ],
)
def test_a_version_that_cannot_be_served(tmp_path: Path, version: str, hint: str | None):
    found = said(tmp_path, f'gitlab: {{version: "{version}"}}\n')
    assert found == [("error", "gitlab-version", hint)]


@pytest.mark.parametrize("version", ["16.11", "17.0", "18.5", "18.10", "20.1"])
def test_a_version_that_can_be_served(tmp_path: Path, version: str):
    assert said(tmp_path, f'gitlab: {{version: "{version}"}}\n') == []


@pytest.mark.parametrize("name", ["prodution", "producton", "developement", "develpment"])
def test_a_misspelt_profile_is_warned_of(tmp_path: Path, name: str):
    ((severity, code, hint),) = said(tmp_path, f"profiles: {{{name}: {{effects: true}}}}\n")
    assert (severity, code) == ("warning", "profile-name")
    assert hint in ("did you mean 'production'?", "did you mean 'development'?")


@pytest.mark.parametrize("name", ["production", "development", "staging", "prod", "nightly"])
def test_a_profile_of_ones_own_is_not(tmp_path: Path, name: str):
    assert said(tmp_path, f"profiles: {{{name}: {{effects: true}}}}\n") == []


@pytest.mark.parametrize(
    ("section", "hint"),
    [
        ('before_script: "echo hi, x"', 'write ["echo hi, x"]'),
        ("before_script: make test", 'write ["make test"]'),
        ('tags: "big k8s"', 'write ["big k8s"]'),
        ("tags: big k8s", "write [big, k8s]"),
        (r'tags: "a \"b\", c"', r'write ["a \"b\", c"]'),
    ],
)
def test_a_text_where_a_list_belongs(tmp_path: Path, section: str, hint: str):
    assert said(tmp_path, f"gitlab: {{{section}}}\n") == [("error", "wrong-type", hint)]


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("store: /srv/wombat", "/srv/wombat"),
        ("store: s3://artifacts/wombat", "s3://artifacts/wombat"),
        ("store: {url: /srv/wombat}", "/srv/wombat"),
        (
            "store: {url: s3://artifacts, endpoint: https://minio.example, path_style: true}",
            "s3://artifacts?endpoint=https://minio.example&path_style=true",
        ),
        ("store: {url: s3://artifacts, region: 'a&b'}", "s3://artifacts?region=a%26b"),
    ],
)
def test_a_store_is_one_address(tmp_path: Path, written: str, address: str):
    (tmp_path / "wombat.yml").write_text(f"{written}\n{written.replace('store', 'upstream')}\n")
    project, _ = load_project(tmp_path, Diagnostics())
    assert project.store
    assert project.upstream
    assert (project.store.address, project.upstream.address) == (address, address)


@pytest.mark.parametrize(
    "store",
    ["{url: s3://a-b?region=x, region: y}", "{url: /srv, path_style: false}"],
)
def test_what_belongs_to_a_bucket_is_said_of_one(tmp_path: Path, store: str):
    ((severity, code, _),) = said(tmp_path, f"store: {store}\n")
    assert (severity, code) == ("error", "store-address")


@pytest.mark.parametrize(
    ("endpoint", "code"),
    [
        ("https://lakefs.example", None),
        ("http://lakefs.internal:8000/api/v1", None),
        ("http://[::1]:8000", None),
        ("lakefs.example", "invalid-url"),
        ("ftp://lakefs.example", "invalid-url"),
        ("https://", "invalid-url"),
        ("https://lakefs.example:port", "invalid-url"),
        ("https://lake fs", "invalid-url"),
        ("https://[::1", "invalid-url"),
        ("https://lakefs.example?allow_http=true", "invalid-url"),
        ("https://lakefs.example#x", "invalid-url"),
        ("https://u:p@lakefs.example", "url-credentials"),
    ],
)
def test_an_endpoint_of_lakefs_is_a_server(tmp_path: Path, endpoint: str, code: str | None):
    found = said(tmp_path, f'publish: {{lakefs: {{repository: lake, endpoint: "{endpoint}"}}}}\n')
    assert [one[1] for one in found] == ([code] if code else [])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("data", None),
        ("data/_lakefs_actions", None),
        ("_lakefs_actions", "invalid-path"),
        ("./_lakefs_actions/x", "invalid-path"),
    ],
)
def test_no_run_is_shown_among_the_hooks_of_lakefs(tmp_path: Path, path: str, code: str | None):
    found = said(tmp_path, f"publish: {{lakefs: {{repository: lake, path: {path}}}}}\n")
    assert [one[1] for one in found] == ([code] if code else [])
