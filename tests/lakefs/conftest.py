"""A repository of lakeFS for each test: on the double here, and on a real server where one is named.

`WOMBAT_TEST_LAKEFS=http://KEY:SECRET@HOST:PORT` names it.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

REAL = os.environ.get("WOMBAT_TEST_LAKEFS", "")


@dataclass(frozen=True)
class Lake:
    """A server, who may ask it, and a repository of its own, whose default branch is `main`."""

    endpoint: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    repository: str = "lake"
    real: bool = False


@pytest.fixture(params=["real"] if REAL else [])
def lake(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    from lakefs_sdk import RepositoryCreation

    from wombat.store.lakefs.client import Client
    from wombat.store.lakefs.login import find_login

    parts = urlsplit(REAL)
    name = f"lake-{secrets.token_hex(6)}"
    endpoint = f"{parts.scheme}://{parts.hostname}:{parts.port}"
    found = Lake(endpoint, parts.username or "", parts.password or "", name, real=True)
    for variable in ("LAKECTL_CONFIG_FILE", "LAKECTL_CREDENTIALS_SESSION_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LAKECTL_SERVER_ENDPOINT_URL", found.endpoint)
    monkeypatch.setenv("LAKECTL_CREDENTIALS_ACCESS_KEY_ID", found.key)
    monkeypatch.setenv("LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY", found.secret)
    client = Client(name, find_login(None))
    client.api.repositories_api.create_repository(
        RepositoryCreation(name=name, storage_namespace=f"local://{name}", default_branch="main")
    )
    yield found
    client.api.repositories_api.delete_repository(name, force=True)
