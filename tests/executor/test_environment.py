"""A task's environment: what is listed, declared and said; never a token."""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.executor.plans import output, plan, task
from wombat.executor.environment import ALLOWED, allowed
from wombat.executor.local import run_plan
from wombat.executor.task import execute_part

CANARY = "canary-7f3a9c"
SECRETS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "CI_JOB_TOKEN",
    "CI_JOB_JWT_V2",
    "CI_REGISTRY_PASSWORD",
    "CI_REPOSITORY_URL",
    "CI_DEPLOY_PASSWORD",
    "GITHUB_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "WOMBAT_STORE",
    "WOMBAT_ID_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "AZURE_CLIENT_SECRET",
    "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY",
    "PGPASSWORD",
    "MY_API_KEY",
)
SEE = """
import os
def see() -> dict:
    return dict(os.environ)
def spoil() -> dict:
    os.environ["LEAK"] = "yes"
    os.chdir("/")
    return {}
def after(spoil: dict) -> dict:
    return {"leak": os.environ.get("LEAK"), "cwd": os.getcwd(), "mine": os.environ.get("MINE")}
"""


def test_no_secret_reaches_any_task_or_byte_below_the_project(project, monkeypatch):
    for name in SECRETS:
        monkeypatch.setenv(name, f"{CANARY}-{name}")
    monkeypatch.setenv("https_proxy", f"http://user:{CANARY}@proxy:3128")
    here = project(SEE)
    shell = 'env > "$WOMBAT_OUTPUT_SHELL"; env'
    context = here.begin(
        plan(
            task("see", "work:see"), task("shell", script=shell, outputs=(output("shell", "text"),))
        )
    )
    assert run_plan(context).error is None
    seen = json.loads(here.value(context, "see"))
    assert not {*SECRETS, "https_proxy"} & seen.keys()
    wanted = (CANARY.encode(), base64.b64encode(CANARY.encode()), CANARY.encode().hex().encode())
    for file in here.root.rglob("*"):
        if file.is_file():
            assert not any(form in file.read_bytes() for form in wanted), file


def test_a_task_sees_what_is_declared_and_said(project):
    here = project(SEE)
    context = here.begin(plan(task("see", "work:see", env={"MODE": "fast", "TZ": "Asia/Tokyo"})))
    execute_part(context, "see")
    seen = json.loads(here.value(context, "see"))
    assert (seen["MODE"], seen["TZ"]) == ("fast", "Asia/Tokyo")
    assert seen["WOMBAT_PIPELINE"] == "demo"
    assert seen["WOMBAT_TASK"] == "see"
    assert seen["WOMBAT_RUN"] == context.run
    assert seen["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
    assert not Path(seen["WOMBAT_SCRATCH"]).exists()  # it was there, and is gone


def test_a_warm_worker_forgets_the_task_before(project):
    from tests.executor.plans import of_task

    here = project(SEE)
    after = task(
        "after", "work:after", inputs=(of_task("spoil", "spoil", "spoil"),), env={"MINE": "1"}
    )
    context = here.begin(plan(task("spoil", "work:spoil"), after))
    assert run_plan(context, jobs=1).error is None
    seen = json.loads(here.value(context, "after"))
    assert seen == {"leak": None, "cwd": str(here.root), "mine": "1"}


@given(st.dictionaries(st.sampled_from([*SECRETS, *sorted(ALLOWED)]), st.text(max_size=5)))
def test_only_listed_names_pass(environ):
    passed = allowed(environ)
    assert not passed.keys() & set(SECRETS)
    assert all(passed[name] == environ[name] for name in passed if name != "PATH")
