"""`diff` from outside: versions of a branch, of branches, of projects, and local files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.api.sharing import without_ci
from tests.cli.test_verbs import words
from wombat.api.artifacts import put
from wombat.api.diffing import diff
from wombat.api.runs import run_pipeline
from wombat.api.session import open_session
from wombat.errors import Absent, UsageFault
from wombat.store.blobs.local import LocalBlobs

pytestmark = pytest.mark.slow

PIPELINE = """\
pipeline: shop
params: {shift: {type: int, default: 0}}
tasks:
  orders:
    run: tasks:orders
    with: {shift: $params.shift}
    outputs: {orders: orders, note: {type: text}}
  split:
    foreach: {region: [us, eu]}
    run: tasks:split
    with: {shift: $params.shift}
    outputs: {frame: {type: dataframe}}
"""
SCHEMA = """\
schema: orders
columns:
  amount: {type: float64, min: 0}
  state: {type: string, in: [new, paid]}
  email: {type: string, pii: true}
"""
TASKS = """\
import pyarrow as pa


def orders(shift: int):
    rows = range(600)
    frame = pa.table({
        "amount": [float(n % 50 + shift) for n in rows],
        "state": ["new" if n % 3 else "paid" for n in rows],
        "email": [f"canary{n}@example.com" for n in rows],
    })
    return {"orders": frame, "note": "a note"}


def split(region: str, shift: int):
    more = shift if region == "eu" else 0
    return pa.table({"n": [n % 40 + more for n in range(300)]})
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A project with two versions on main and one of a branch; each test has a copy of it."""
    folder = tmp_path_factory.mktemp("diffing") / "project"
    for name in ("pipelines", "schemas"):
        (folder / name).mkdir(parents=True)
    (folder / "pipelines" / "shop.yml").write_text(PIPELINE)
    (folder / "schemas" / "orders.yml").write_text(SCHEMA)
    (folder / "tasks.py").write_text(TASKS)
    with without_ci():
        runs = [run_pipeline(folder, "shop", given=given, jobs=1)
                for given in ({}, {"shift": "20"}, {"shift": "20"})]  # fmt: skip
    assert [one.error for one in runs] == [None] * 3
    return folder, [one.run for one in runs]


@pytest.fixture
def root(ran, tmp_path):
    return Path(shutil.copytree(ran[0], tmp_path / "project"))


@pytest.fixture
def found(root, ran):
    return diff(open_session(root), "shop/orders")


def test_one_address_is_compared_with_the_last_version_that_had_other_data(found, ran):
    assert found.before.label == f"shop/orders.orders@main, run {ran[1][0]}"
    assert found.now.label.startswith("shop/orders.orders@main, run ")
    assert (found.before.rows, found.now.rows) == (600, 600)
    (amount,) = found.of("changed")
    assert amount.name == "amount"
    assert amount.change.psi > 0.5
    assert {one.name for one in found.of("same")} == {"state", "email"}
    (email,) = (one for one in found.columns if one.name == "email")
    assert (email.now.top, email.now.lengths, email.now.distinct) == (None, None, None)


def test_two_addresses(root, ran):
    session = open_session(root)
    first, second, third = ran[1]
    found = diff(session, f"shop/orders@run:{third}", f"shop/orders@run:{first}")
    (amount,) = found.of("changed")
    assert amount.change.mean == pytest.approx(-20 / amount.before.std)
    assert diff(session, f"shop/orders@run:{second}", "shop/orders").same
    assert not diff(session, "shop/orders", "shop/frame").same


def test_parts_together_and_one_of_them(root):
    session = open_session(root)
    whole = diff(session, "shop/frame")
    assert (whole.now.rows, whole.parts) == (600, {"added": [], "removed": [], "changed": ["eu"]})
    assert whole.columns[0].change.psi > 0.1
    part = diff(session, "shop/frame[eu]")
    assert (part.now.rows, part.parts) == (300, {})
    assert part.columns[0].change.mean > 1
    with pytest.raises(Absent, match="no earlier version"):
        diff(session, "shop/frame[us]")


def test_what_never_changed_has_no_earlier_version(root):
    with pytest.raises(Absent) as caught:
        diff(open_session(root), "shop/note")
    assert (caught.value.code, caught.value.exit_code) == ("no-earlier-version", 17)


def test_nothing_but_records_is_read(root, monkeypatch):
    read = []
    for name in ("get", "get_range"):
        real = getattr(LocalBlobs, name)

        def told(self, key, *rest, real=real):
            read.append(key)
            return real(self, key, *rest)

        monkeypatch.setattr(LocalBlobs, name, told)
    diff(open_session(root), "shop/orders")
    diff(open_session(root), "shop/frame@main", "shop/orders@main")
    assert read
    assert {key.split("/")[2] for key in read if key.count("/") > 1} == {"refs"}, read


def test_the_data_itself_may_be_gone(root):
    (zone,) = (root / ".wombat" / "store" / "local").iterdir()
    for folder in ("m", "runs", "results", "cache"):
        shutil.rmtree(zone / folder)
    assert diff(open_session(root), "shop/orders").of("changed")


def test_another_project_s_artifact(root, tmp_path):
    other = Path(shutil.copytree(root, tmp_path / "other"))
    (other / "wombat.yml").write_text(f"project: elsewhere\nstore: {root}/.wombat/store\n")
    with without_ci():
        assert run_pipeline(other, "shop", given={"shift": "5"}, jobs=1).error is None
    found = diff(open_session(root), "elsewhere:shop/orders", "shop/orders")
    assert found.before.label.startswith("elsewhere:shop/orders.orders@main")
    assert found.of("changed")


def test_files_are_compared_with_each_other_and_with_artifacts(root):
    session = open_session(root)
    rows = range(600)
    table = pa.table({"amount": [float(n % 50 + 20) for n in rows],
                      "state": ["new" if n % 3 else "paid" for n in rows]})  # fmt: skip
    pq.write_table(table, root / "new.parquet")
    (root / "new.csv").write_text(
        "amount,state\n" + "".join(f"{n % 50 + 20}.0,{'new' if n % 3 else 'paid'}\n" for n in rows)
    )
    parquet, csv = str(root / "new.parquet"), str(root / "new.csv")
    assert {one.state for one in diff(session, parquet, csv).columns} == {"same"}
    found = diff(session, "shop/orders", parquet)
    assert {one.name: one.state for one in found.columns} == {
        "email": "removed", "amount": "little", "state": "little",
    }  # fmt: skip
    assert all((one.change.psi or 0) == 0 for one in found.of("little"))


@pytest.mark.parametrize(("name", "text"), [("a.parquet", "canary"), ("a.csv", 'a,b\n"canary\n1')])
def test_a_file_that_is_no_table(name, text, root):
    (root / name).write_text(text)
    with pytest.raises(UsageFault) as caught:
        diff(open_session(root), "shop/orders", str(root / name))
    assert caught.value.code == "unreadable-table"
    assert "canary" not in str(caught.value)
    with pytest.raises(UsageFault):
        diff(open_session(root), str(root / name))


def test_what_was_put_has_bytes_alone(root):
    session = open_session(root)
    for text in ("one", "three"):
        (root / "x.txt").write_text(text)
        put(session, root / "x.txt", "raw/x")
    found = diff(open_session(root), "raw/x")
    assert (found.same, found.columns) == (False, ())


def test_the_verb(root, capsys, monkeypatch):
    monkeypatch.chdir(root)
    code, out, _ = words(capsys, "diff", "shop/orders")
    assert code == 0
    assert "amount  float64" in out
    assert "canary" not in out
    assert "\x1b" not in out
    assert words(capsys, "diff", "shop/orders", "--exit-code")[0] == 1
    assert words(capsys, "diff", "shop/orders", "shop/orders", "--exit-code")[0] == 0
    assert words(capsys, "diff", "shop/orders", "--format", "markdown")[1].startswith("### `shop/")
    tree = json.loads(words(capsys, "diff", "shop/orders", "--json")[1])
    assert tree["same"] is False
    assert tree == json.loads(words(capsys, "diff", "shop/orders", "--format", "json")[1])
    assert "unchanged" not in words(capsys, "diff", "shop/orders", "--all")[1]
    code, _, err = words(capsys, "diff", "shop/nothing")
    assert (code, "Traceback" in err) == (17, False)
    pq.write_table(pa.table({"x": [1]}), root / "a.parquet")
    monkeypatch.chdir("/")
    code, out, err = words(capsys, "diff", "-C", str(root), "shop/orders", "a.parquet")
    assert (code, err) == (0, "")
