"""Servers of S3, each started once for a session, and stores on them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from tests.s3.servers import ENVIRON, KINDS, Server, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], Server]]:
    """`servers("seaweed")`: started when it is first asked for, ended with the session."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        started: dict[str, Server] = {}

        def find(kind: str) -> Server:
            if kind not in started:
                started[kind] = stack.enter_context(running(kind))
            return started[kind]

        yield find


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the servers here, and none of whoever runs the tests."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=sorted(KINDS))
def server(request: pytest.FixtureRequest, servers: Callable[[str], Server]) -> Server:
    """Each of them in turn."""
    return servers(request.param)


@pytest.fixture
def prefix() -> str:
    """A folder of the bucket that no other test uses."""
    return f"test-{secrets.token_hex(6)}"
