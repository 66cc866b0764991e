"""A server for each test, and a client that doesn't sleep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.forge.server import PROJECT, SECRET, Server
from wombat.forge.gitlab import Gitlab
from wombat.forge.http import Http
from wombat.forge.token import Token

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running
        assert running.state.violations == []


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def client(server: Server, slept: list[float]) -> Gitlab:
    token = Token("GITLAB_TOKEN", SECRET)
    return Gitlab(Http(f"{server.address}/api/v4", token, 0.3, slept.append), PROJECT)
