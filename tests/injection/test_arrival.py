"""What `check` keeps arrives byte for byte: in argv, in the environment, in Python, as names.

The jobs of the generated child are executed as a runner does it, by bash and by dash.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.injection import corpus
from tests.injection.arrived import expected, pulled
from tests.injection.runner import execute, jobs
from wombat.cli.entry import run

pytestmark = pytest.mark.slow

CI = {
    "GITLAB_CI": "true",
    "CI_PIPELINE_SOURCE": "web",
    "CI_PIPELINE_ID": "7",
    "CI_PIPELINE_IID": "7",
    "CI_JOB_ID": "70",
    "CI_COMMIT_BRANCH": "main",
    "CI_DEFAULT_BRANCH": "main",
    "CI_PROJECT_PATH": "group/shop",
    "WOMBAT_ZONE": "t",
}


def environment(store: Path) -> dict[str, str]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return {**CI, "PATH": path, "LANG": "C.UTF-8", "WOMBAT_STORE": str(store)}


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_everything_arrives_through_a_shell(shell, tmp_path, monkeypatch):
    root, environ = tmp_path / "shop", environment(tmp_path / "store")
    files = corpus.project(root)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert run(["compile", "-C", str(root), "--to", "gitlab", "--out", "ci", "--select"]) == 0

    for name, job in jobs((root / "ci" / "child.yml").read_text()):
        done = execute(shell, job, root, environ)
        assert done.returncode == 0, f"{name}\n{done.stdout}\n{done.stderr}"

    assert pulled(root, tmp_path) == expected(files)
    made = [path for path in root.rglob("PWNED") if "data" not in path.parts]
    assert made == []


def test_the_corpus_is_kept_whole(tmp_path):
    files = corpus.project(tmp_path)
    assert len(corpus.TEXTS) >= 570
    assert len(files) >= 400
    assert len(corpus.parts()) >= 40


def test_parameters_of_the_command_line_arrive(tmp_path, monkeypatch):
    """As `-P` gives them; half a character is refused."""
    root = tmp_path / "shop"
    corpus.project(root)
    given = [word for name, text in corpus.WORDS.items() for word in ("-P", f"{name}={text}-given")]
    for name, value in environment(tmp_path / "store").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WOMBAT_RUN", "given")
    monkeypatch.chdir(root)

    begin = ["compile", "--to", "gitlab", "--out", "ci", "--select", *given]
    assert run(begin) == 0
    assert run([*begin, "-P", "p000=half \udc80"]) == 2

    (file,) = (tmp_path / "store").rglob("runs/corpus/given/header")
    header: Any = corpus.read(file)["header"]
    assert {n: header["params"][n] for n in corpus.WORDS} == {
        name: f"{text}-given" for name, text in corpus.WORDS.items()
    }
