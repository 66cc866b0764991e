"""`_wombat.json` as whoever writes to a branch may leave it, and outputs with programs in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.lakefs.landing import Landing
from wombat.digest import digest_bytes
from wombat.errors import UsageFault
from wombat.executor.outside import projected
from wombat.executor.outside.lakefs import PROJECTED
from wombat.store import content_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lakefs.conftest import Lake

PROGRAM = b"#!/bin/sh\n"


@pytest.fixture
def landing(lake: Lake) -> Landing:
    return Landing(lake)


def described(output: Any) -> bytes:
    return json.dumps({"v": 1, "project": "shop", "outputs": {"t.o": output}}).encode()


def test_an_output_with_a_program_is_an_artifact(landing: Landing, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    for name, mode in (("a", 0o644), ("run.sh", 0o755)):
        (made / name).write_bytes(PROGRAM)
        (made / name).chmod(mode)
        meta = {"wombat-content": str(digest_bytes(PROGRAM))}
        meta |= {"wombat-executable": "true"} if mode == 0o755 else {}
        landing.put(f"shared/churn/t/o/{name}", PROGRAM, meta=meta)
    content = str(content_of(made))
    landing.commit(
        {"shared/churn/_wombat.json": described({"type": "directory", "content": content})}
    )
    url = landing.url("shared/churn/t/o/")
    seen = PROJECTED.look(url)
    assert (seen.etag, seen.files) == (content, 2)
    PROJECTED.fetch(url, seen.to_json(), tmp_path / "came")
    assert content_of(tmp_path / "came") == content
    landing.put(
        "shared/churn/t/o/run.sh", PROGRAM, meta={"wombat-content": str(digest_bytes(PROGRAM))}
    )
    landing.commit()
    with pytest.raises(UsageFault, match="other files stand there"):
        PROJECTED.look(url)


def test_a_record_that_is_none_names_nothing(
    landing: Landing, monkeypatch: pytest.MonkeyPatch, calm: None
) -> None:
    landing.commit({"shared/churn/t/o/a": b"1"})
    url = landing.url("shared/churn/t/o/")
    part = landing.url("shared/churn/t/o/region=us/")
    landing.put("shared/churn/t/o/region=us/a", b"1")
    for record in (
        b"[" * 200_000,
        b'{"v": 1, "outputs": ' + b'{"a":' * 200_000,
        b"1" * 10_000,
        b"\xff\xfe{",
        b'{"v": 1, "outputs": []}',
        b'{"v": 1e999, "outputs": {"t.o": {}}}',
        described(7),
        described({"parts": 7}),
        described({"parts": ["a"]}),
        described({"parts": {"a": 7, "b": {"values": 7}}}),
        described({"content": {"a": 1}, "type": 7}),
    ):
        landing.put("shared/churn/_wombat.json", record)
        landing.commit()
        for one in (url, part):
            with pytest.raises(UsageFault) as caught:
                PROJECTED.look(one)
            assert caught.value.code == "lakefs-not-published", record[:40]
    right = described({"parts": {"a": {"values": {"region": "us"}, "content": "0" * 64}}})
    landing.put("shared/churn/_wombat.json", right)
    landing.commit()
    with pytest.raises(UsageFault, match="other files stand there"):
        PROJECTED.look(part)
    monkeypatch.setattr(projected, "LONGEST", len(right) - 1)
    with pytest.raises(UsageFault, match=r"no _wombat\.json names it"):
        PROJECTED.look(part)
    if landing.lake.double is not None:  # no more of it is read, however large it is
        asked = landing.lake.double.log[-1]
        assert (asked.kind, asked.headers["Range"]) == ("getObject", f"bytes=0-{len(right) - 1}")
