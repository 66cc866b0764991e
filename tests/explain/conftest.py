"""The project, run once; each test has a copy of it with its store."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.executor.web import site
from tests.explain.project import FILES, SHOP
from wombat.api.runs import run_pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.executor.web import Site


def commit(root: Path) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), (*who, "commit", "-q", "-m", "x")):
        subprocess.run(["git", "-C", str(root), *words], check=True)


@pytest.fixture(scope="session")
def there() -> Iterator[Site]:
    with site() as one:
        one.put(b"a\n", etag='"1"')
        yield one


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory, there: Site) -> Path:
    """A project whose pipelines ran once, all of them published."""
    root = tmp_path_factory.mktemp("why") / "project"
    for name, text in {**FILES, "pipelines/shop.yml": SHOP.format(url=there.url())}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    commit(root)
    for pipeline in ("models", "shop"):
        done = run_pipeline(root, pipeline)
        assert done.published, done.failed
    return root


@pytest.fixture
def root(ran: Path, tmp_path: Path) -> Path:
    shutil.copytree(ran, tmp_path / "project")
    return tmp_path / "project"
