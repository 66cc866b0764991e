"""An environment without anybody's credentials, and a token service."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.storing.service import Service, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("AWS_", "WOMBAT_", "CI_")) and name != "WOMBAT_SOAK":
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def sts() -> Iterator[Service]:
    service = Service()
    server = serve(service)
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
