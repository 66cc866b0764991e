"""Two projects and their stores, as two teams have them: one makes a model, one consumes it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wombat.api.runs import run_pipeline
from wombat.api.session import open_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.api.session import Session
    from wombat.executor.local import RunResult

MODELS = """\
pipeline: models
params: {weight: {type: int, default: 1}}
tasks:
  train:
    run: tasks:train
    with: {weight: $params.weight}
    outputs: {model: {type: json}}
  score:
    foreach: {region: [us, eu]}
    run: tasks:score
    inputs: {model: model_of}
    outputs: {scores: {type: json}}
""".replace("model_of", "train")
TRAIN = """\
def train(weight: int) -> dict:
    return {"weight": weight}


def score(model: dict, region: str) -> dict:
    return {"region": region, "score": model["weight"]}
"""
CONSUMER = """\
pipeline: shop
tasks:
  rank:
    run: tasks:rank
    inputs: {model: {artifact: "ml:models/model@main"}}
    outputs: {rank: {type: json}}
"""
RANK = """\
def rank(model: dict) -> dict:
    return {"rank": model["weight"] * 10}
"""


def project(folder: Path, name: str, pipeline: str, code: str, more: str = "") -> Path:
    """A project's folder with one pipeline."""
    (folder / "pipelines").mkdir(parents=True)
    (folder / "wombat.yml").write_text(f"project: {name}\n{more}")
    stem = pipeline.split("\n", maxsplit=1)[0].removeprefix("pipeline: ")
    (folder / "pipelines" / f"{stem}.yml").write_text(pipeline)
    (folder / "tasks.py").write_text(code)
    return folder


@contextmanager
def without_ci() -> Iterator[None]:
    """The tests' own CI must not be taken for the project's."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GITLAB_CI", "GITHUB_ACTIONS", "WOMBAT_STORE", "WOMBAT_RUN", "WOMBAT_PROFILE"):
            patch.delenv(name, raising=False)
        yield


def built(folder: Path) -> Path:
    """The project `ml`, its models trained once in the trusted zone of the store `shared` beside
    it; for a whole file of tests, each of which takes a copy."""
    root = project(folder / "ml", "ml", MODELS, TRAIN, f"store: {folder / 'shared'}\n")
    with without_ci():
        run(root, "models")
    return folder


def copied(folder: Path, to: Path) -> Path:
    """A copy of what `built` made, with its store; returns the project's folder."""
    shutil.copytree(folder / "shared", to / "shared")
    root = Path(shutil.copytree(folder / "ml", to / "ml"))
    (root / "wombat.yml").write_text(f"project: ml\nstore: {to / 'shared'}\n")
    return root


@contextmanager
def environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def run(root: Path, pipeline: str, *, zone: str = "t", **given: str) -> RunResult:
    with environment(WOMBAT_ZONE=zone):
        result = run_pipeline(root, pipeline, given=given, jobs=1)
    assert result.error is None, result.error
    return result


def session_in(root: Path, zone: str) -> Session:
    with environment(WOMBAT_ZONE=zone):
        return open_session(root)
