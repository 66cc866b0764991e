"""Code that is imported may write the answer itself: it is taken for a schema or for nothing."""

from __future__ import annotations

import json

import pytest

from tests.api.frames import write
from wombat.api.schema_import import import_schema
from wombat.api.session import open_session
from wombat.errors import TaskFailed

FORGES = """\
import os
import sys


class Orders:
    pass


with open(sys.argv[3], "w") as answer:
    answer.write({answer!r})
os._exit(0)
"""
SCHEMA = {"schema": "shop.orders", "columns": {"id": {"type": "int64"}}}
ANSWERS = {
    "no JSON": "{",
    "no mapping": "[]",
    "nothing": "{}",
    "no schema": json.dumps({"schema": [], "losses": []}),
    "a type that is none": json.dumps(
        {"schema": {"schema": "shop.orders", "columns": {"id": {"type": "none"}}}, "losses": []}
    ),
    "another name": json.dumps({"schema": {**SCHEMA, "schema": "../../out"}, "losses": []}),
    "no losses": json.dumps({"schema": SCHEMA, "losses": None}),
    "nested too deep": "[" * 100_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("what", ANSWERS)
def test_a_forged_answer_writes_nothing(tmp_path, what):
    files = {"wombat.yml": "project: shop\n", "models.py": FORGES.format(answer=ANSWERS[what])}
    write(tmp_path, files)
    with pytest.raises(TaskFailed, match="gave an answer that is no"):
        import_schema(open_session(tmp_path), "models:Orders", "shop.orders")
    assert [path.name for path in tmp_path.rglob("*.yml")] == ["wombat.yml"]


@pytest.mark.slow
def test_no_credential_is_in_its_environment(tmp_path, monkeypatch):
    for name in ("AWS_SECRET_ACCESS_KEY", "WOMBAT_STORE_SECRET", "CI_JOB_TOKEN"):
        monkeypatch.setenv(name, "hush-hush")
    code = "import os\nraise ValueError([k for k, v in os.environ.items() if 'hush' in v])\n"
    write(tmp_path, {"wombat.yml": "project: shop\n", "models.py": f"class Orders: ...\n{code}"})
    with pytest.raises(TaskFailed) as said:
        import_schema(open_session(tmp_path), "models:Orders", "shop.orders")
    assert "ValueError: []" in (said.value.hint or "")
