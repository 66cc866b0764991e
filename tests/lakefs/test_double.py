"""The double answers as a real server was recorded to answer, to all that is asked of lakeFS."""

from __future__ import annotations

import json

import pytest

from tests.lakefs.double import Double
from tests.lakefs.record import RECORDED, tell
from tests.lakefs.scenario import CHAPTERS


def recorded(name: str) -> list[dict[str, object]]:
    return json.loads((RECORDED / f"{name}.json").read_text())


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_double_answers_as_the_real_server_did(name: str) -> None:
    double = Double()
    try:
        told = tell(CHAPTERS[name], double.endpoint, double.key, double.secret)
    finally:
        double.close()
    wanted = recorded(name)
    assert [one["request"] for one in told] == [one["request"] for one in wanted]
    for mine, theirs in zip(told, wanted, strict=True):
        assert mine["answer"] == theirs["answer"], theirs["request"]
