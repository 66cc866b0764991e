"""A repository of lakeFS for each test: on the double, and on a real server where one is named.

`WOMBAT_TEST_LAKEFS=http://KEY:SECRET@HOST:PORT` names it.
"""

from __future__ import annotations

import gc
import os
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.lakefs.double import Double
from tests.lakefs.double.server import PAST
from tests.lakefs.raw import AGENT, Raw
from tests.lakefs.shapes import keep

if TYPE_CHECKING:
    from collections.abc import Iterator

REAL = os.environ.get("WOMBAT_TEST_LAKEFS", "")


@dataclass(frozen=True)
class Lake:
    """A server, who may ask it, and a repository of its own, whose default branch is `main`.

    `double` is the server itself, where it is no real one; `raw` asks it with no client of ours.
    """

    endpoint: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    repository: str
    double: Double | None = field(default=None, repr=False)

    @property
    def real(self) -> bool:
        return self.double is None

    @property
    def raw(self) -> Raw:
        return Raw(self.endpoint, self.key, self.secret)

    @property
    def environ(self) -> dict[str, str]:
        """lakectl's variables."""
        return {
            "LAKECTL_SERVER_ENDPOINT_URL": self.endpoint,
            "LAKECTL_CREDENTIALS_ACCESS_KEY_ID": self.key,
            "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY": self.secret,
        }


@pytest.fixture(params=["double", *(["real"] if REAL else [])])
def lake(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lake]:
    """The surroundings name it by lakectl's variables, and nothing else of lakectl's."""
    double = Double() if request.param == "double" else None
    found = _lake(double)
    for variable in ("LAKECTL_CONFIG_FILE", "LAKECTL_CREDENTIALS_SESSION_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(
        "LAKECTL_CONFIG_FILE", str(tmp_path_factory.getbasetemp() / "no-lakectl.yaml")
    )
    for name, value in found.environ.items():
        monkeypatch.setenv(name, value)
    name = found.repository
    body = {"name": name, "storage_namespace": f"{_namespace()}{name}", "default_branch": "main"}
    try:
        with found.raw as raw:
            assert raw.ask("POST", "/repositories", tree=body).status == 201
        yield found
    finally:
        if double is not None:
            double.close()
            _of_known_shapes(double)
        else:
            with found.raw as raw:
                raw.ask("DELETE", f"/repositories/{name}", {"force": "true"})


def _of_known_shapes(double: Double) -> None:
    """What Wombat sent was of a shape that the check of lakeFS's OpenAPI sees."""
    sent = (one for one in double.log if one.headers.get("User-Agent") != AGENT)
    unknown = keep(one for one in sent if not one.path.startswith(PAST))
    assert not unknown, f"of no known shape (WOMBAT_TEST_SHAPES=write adds it): {unknown}"


def _namespace() -> str:
    """Where a server keeps what repositories hold, if it is no folder: `…?namespace=s3://bucket/`."""
    return parse_qs(urlsplit(REAL).query).get("namespace", ["local://"])[0]


def _lake(double: Double | None) -> Lake:
    name = f"lake-{secrets.token_hex(6)}"
    if double is not None:
        return Lake(double.endpoint, double.key, double.secret, name, double)
    parts = urlsplit(REAL)
    endpoint = f"{parts.scheme}://{parts.hostname}:{parts.port}"
    return Lake(endpoint, parts.username or "", parts.password or "", name)


@pytest.fixture
def double(lake: Lake) -> Double:
    """For what only the double can be made to do; on a real server such a test isn't run."""
    if lake.double is None:
        pytest.skip("a real server can't be told to do this")
    return lake.double


@pytest.fixture
def calm() -> Iterator[None]:
    """Where a parser is as deep as Python goes, a collector has no room for what it calls."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
