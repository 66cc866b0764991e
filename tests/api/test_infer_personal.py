"""A schema inferred of an artifact keeps what was personal in the one that its run recorded."""

from __future__ import annotations

import pytest

from tests.api.frames import project
from tests.api.sharing import run, session_in
from wombat.api.schema_infer import as_tree, infer_schema

pytestmark = pytest.mark.slow
MAKER = """\
pipeline: crm
tasks:
  load:
    run: tasks:load
    outputs: {customers: crm.customers}
"""
MADE = """\
schema: crm.customers
columns:
  id: {type: int64, max: 3}
  wage: {type: int64, pii: true}
  codes: {type: list, of: string, pii: true}
  kind: {type: string, pii: true, in: [SECRET]}
patterns:
  - {match: "zz_.*", type: int64, pii: true}
policies:
  development: {check: full, on_fail: quarantine, max_failure_rate: 0.5}
  production: {on_fail: quarantine, max_failure_rate: 0.5}
"""
CODE = """\
import pyarrow as pa


def load() -> pa.Table:
    two = pa.array([987654, 987654, 987654])
    codes, kind = pa.array([["SECRET"]] * 3), pa.array(["SECRET"] * 3)
    ids = pa.array([1, 2, 9])
    return pa.table({"id": ids, "wage": two, "codes": codes, "kind": kind, "zz_a": two})
"""
PRIVATE = ("wage", "codes", "kind", "zz_a")


@pytest.mark.parametrize(
    "address", ["crm/customers", "crm/load.customers", "crm/customers_rejected"]
)
def test_what_was_personal_stays_so_and_unseen(tmp_path, address):
    root = project(tmp_path / "crm", "crm", MAKER, MADE, CODE)
    run(root, "crm", zone="t")
    first = infer_schema(session_in(root, "t"), address)
    assert [n for n, one in first.inferred.schema.columns.items() if one.pii] == list(PRIVATE)
    assert not set(PRIVATE) & (first.inferred.seen.keys() | first.inferred.personal.keys())
    for shown in (first.text, str(as_tree(first))):
        assert "987654" not in shown
        assert "SECRET" not in shown
    assert first.inferred.seen["id"] in ("1 to 2, 2 values, each once", "9, one value")
