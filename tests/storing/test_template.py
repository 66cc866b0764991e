"""Jobs of GitLab carry the token that a role is taken on with; a fork's job doesn't."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from wombat.api.project import check
from wombat.backends.gitlab.template import template
from wombat.cli.entry import run
from wombat.executor.environment import allowed

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TOKEN = {"WOMBAT_ID_TOKEN": {"aud": "https://gitlab.example.com"}}
PIPELINE = """\
pipeline: shop
tasks:
  load:
    shell: echo x > "$WOMBAT_OUTPUT_ROWS"
    outputs: {rows: {type: file}}
"""


def project(folder: Path, tokens: str) -> Path:
    (folder / "pipelines").mkdir()
    (folder / "pipelines" / "shop.yml").write_text(PIPELINE)
    (folder / "wombat.yml").write_text(f"gitlab:\n  image: python:3.11\n  id_tokens: {tokens}\n")
    return folder


def test_the_childs_jobs_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project(tmp_path, "{WOMBAT_ID_TOKEN: {aud: https://gitlab.example.com}}")
    monkeypatch.chdir(folder)
    assert not list(check(folder).diagnostics)
    assert run(["compile", "--to", "gitlab", "--out", "out"]) == 0
    jobs = yaml.safe_load((folder / "out" / "shop.yml").read_text())
    assert jobs[".wombat"]["id_tokens"] == TOKEN
    assert "timeout" in jobs[".wombat"]


def test_no_other_name_of_ours_is_a_token(tmp_path: Path) -> None:
    folder = project(tmp_path, "{WOMBAT_ZONE: {aud: https://gitlab.example.com}}")
    assert [one.code for one in check(folder).diagnostics] == ["invalid-name"]


def test_the_parents_jobs_have_it_and_a_forks_has_not() -> None:
    documents = yaml.safe_load_all(template({"id_tokens": TOKEN}, []))
    jobs: dict[str, Any] = list(documents)[-1]
    assert jobs["wombat-compile"]["id_tokens"] == TOKEN
    assert jobs["wombat-compile"]["variables"] == {"WOMBAT_ZONE": "u"}
    fork = jobs["wombat-check"]
    assert "id_tokens" not in fork
    assert "WOMBAT_ZONE" not in str(fork)


def test_no_task_sees_it() -> None:
    secrets = ("WOMBAT_ID_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN")
    assert not set(secrets) & set(allowed(dict.fromkeys(secrets, "CANARY")))
