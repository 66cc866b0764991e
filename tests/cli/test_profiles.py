"""One project, one bad frame: development warns, production stops, or sets the rows aside."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest

from wombat.api.session import open_session
from wombat.cli.entry import run

pytestmark = pytest.mark.slow

PIPELINE = """\
pipeline: shop
params: {bad: {type: int, default: 3}}
tasks:
  orders:
    run: work:orders
    with: {bad: $params.bad}
    outputs: {orders: orders}
  totals:
    run: work:totals
    inputs: {orders: {from: orders, schema: needs}}
    outputs: {total: {type: json}}
"""
SCHEMAS = """\
# what a shop sells
schema: orders
key: [id]
columns:
  id: int64
  email: {type: string, pii: true, match: "[^@]+@[^@]+"}
  price: {type: float64, min: 0}
policies:
  strict: {on_fail: quarantine, max_failure_rate: 0.01}
---
schema: needs
columns: {id: int64, price: {type: float64, min: 0}}
"""
WORK = """\
import pyarrow as pa


def orders(bad):
    price = [float(n) for n in range(1000)]
    email = [f"person{n}@example.org" for n in range(1000)]
    for row in range(bad):
        price[100 + row] = -1234.5
        email[100 + row] = f"secret{row}"
    return pa.table({"id": list(range(1000)), "email": email, "price": price})


def totals(orders: pa.Table):
    return {"rows": orders.num_rows, "columns": orders.column_names}
"""
PLACE = "schemas/shop.yml:2"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    for path, text in {
        "pipelines/shop.yml": PIPELINE,
        "schemas/shop.yml": SCHEMAS,
        "work.py": WORK,
        "wombat.yml": "project: shop\n",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def wombat(*words):
        return run([*words, "-C", str(tmp_path)])

    wombat.root = tmp_path
    return wombat


def cases(shop, task):
    suite = ET.parse(shop.root / ".wombat" / "reports" / f"shop.{task}.xml")
    return {(one.get("classname"), one.get("name")): one for one in suite.iter("testcase")}


def state(case):
    return next((tag for tag in ("failure", "error", "skipped") if case.find(tag) is not None), "")


def stamp(shop, capsys):
    capsys.readouterr()
    assert shop("show", "shop/orders", "--json") == 0
    return json.loads(capsys.readouterr().out)


def everything_kept(shop):
    """All text that a run left below the project's folder, but for what it was made of."""
    kept = [p for p in (shop.root / ".wombat").rglob("*") if p.is_file() and "packs" not in p.parts]
    return b"\n".join(p.read_bytes() for p in kept)


def test_development_warns_and_hands_the_frame_on(shop, capsys):
    assert shop("run", "shop", "-p", "development") == 0
    text = capsys.readouterr().err
    assert "warning: orders: 'price' is below 0: 3 of 1,000 rows (0.3 %) fail: rows 100" in text
    found = cases(shop, "orders")
    assert state(found["orders ← orders", "price.min"]) == "skipped"
    assert state(found["orders ← orders", "id.key"]) == ""
    assert "warning: orders: 1 finding, told at orders.orders\n" in text
    assert text.count("'price' is below 0") == 1, "told once, not again at each input"
    told = {name: case for (where, name), case in cases(shop, "totals").items() if "→" in where}
    assert list(told) == ["needs"], "what only warned is looked at again, and pointed at"
    said = told["needs"].find("system-out").text
    assert "checked 1,000 of 1,000 rows, full" in said
    assert "1 finding, told at orders.orders" in said


def test_production_stops_with_the_numbers_and_the_next_step(shop, capsys):
    assert shop("run", "shop", "-p", "production") == 11
    text = capsys.readouterr().err
    assert "error[data-invalid] (exit 11): shop/orders, production: output 'orders': " in text
    assert "'price' is below 0: 3 of 1,000 rows (0.3 %) fail: rows 100, 101, 102" in text
    assert f"orders ({PLACE})" in text
    assert "wombat run shop/orders -p production --show-values shows rows that fail" in text
    assert "1234" not in text
    case = cases(shop, "orders")["orders ← orders", "price.min"]
    assert state(case) == "failure"
    assert case.get("file") == "schemas/shop.yml"
    assert "3 of 1,000 rows (0.3 %) fail" in case.find("failure").text
    assert b"1234" not in everything_kept(shop)
    assert b"secret" not in everything_kept(shop)


def test_a_policy_of_one_output_sets_rows_aside_in_production(shop, capsys):
    file = shop.root / "pipelines" / "shop.yml"
    patched = "outputs: {orders: {schema: orders, policies: {production: {on_fail: quarantine}}}}"
    file.write_text(file.read_text().replace("outputs: {orders: orders}", patched))
    assert shop("run", "shop", "-p", "production") == 0
    text = capsys.readouterr().err
    assert "orders: 3 of 1,000 rows (0.3 %) set aside in orders_rejected" in text
    assert "orders 997 rows, orders_rejected 3 rows" in text
    trusted = cases(shop, "totals")["orders → totals", "needs"]
    assert trusted.find("system-out").text.startswith("proven, and what arrives is stamped")
    whole = cases(shop, "orders")["orders ← orders", "orders"].find("system-out").text
    assert "3 of 1,000 rows (0.3 %) set aside in orders_rejected" in whole

    assert shop("pull", "shop/orders_rejected", "-o", str(shop.root / "out")) == 0
    rejected = pq.read_table(shop.root / "out" / "data.parquet")
    assert rejected["id"].to_pylist() == [100, 101, 102]
    assert rejected["rejected_because"].to_pylist()[0] == ["email.match", "price.min"]
    tree = json.loads((shop.root / ".wombat" / "reports" / "shop.orders.json").read_text())
    rows = {
        (one["name"], one.get("check")): one["value"]
        for one in tree["metrics"]
        if one["name"] in ("wombat_rejected_rows", "wombat_failing_rows")
    }
    assert rows == {
        ("wombat_rejected_rows", None): 3,
        ("wombat_failing_rows", "price.min"): 3,
        ("wombat_failing_rows", "email.match"): 3,
    }

    assert shop("run", "shop", "-p", "production", "-P", "bad=0") == 0
    capsys.readouterr()
    assert shop("pull", "shop/orders_rejected", "-o", str(shop.root / "none")) == 17
    assert "has no output 'orders_rejected'" in capsys.readouterr().err


OTHER = """\
pipeline: other
tasks:
  count:
    run: work:totals
    inputs: {orders: {artifact: shop/orders, schema: needs}}
    outputs: {total: {type: json}}
"""


@pytest.mark.slow
def test_what_another_pipeline_made_is_trusted_by_its_stamp(shop):
    """The proof is about this checkout's schema; an older stamp says nothing of it."""
    (shop.root / "pipelines" / "other.yml").write_text(OTHER)
    file = shop.root / "schemas" / "shop.yml"

    def judged():
        assert shop("run", "other", "-p", "production", "--force") == 0
        tree = json.loads((shop.root / ".wombat" / "reports" / "other.count.json").read_text())
        return tree["checks"][0]["trusted"], tree["checks"][0]["rows_checked"]

    assert shop("run", "shop", "-p", "production", "-P", "bad=0") == 0
    assert judged() == ("proven", 0)
    file.write_text(
        file.read_text().replace(
            "price: {type: float64, min: 0}\npol", "price: {type: float64, min: 0, lt: 9000}\npol"
        )
    )
    assert judged() == (None, 1000)
    assert shop("run", "shop", "-p", "production", "-P", "bad=0") == 0
    assert judged() == ("proven", 0)
    assert shop("run", "shop", "-p", "development") == 0, "what only warned, on the same branch"
    file.write_text(
        file.read_text().replace(
            "columns: {id: int64, price: {type: float64, min: 0}}",
            "columns: {id: int64, price: float64}",
        )
    )
    assert judged() == (None, 1000)


@pytest.mark.slow
def test_rows_set_aside_by_jobs_stay_with_their_version_wherever_it_goes(shop, monkeypatch):
    """Jobs that share a run, parts, a collection of garbage, and a push."""
    file = shop.root / "pipelines" / "shop.yml"
    text = file.read_text().replace(
        "run: work:orders\n", "run: work:orders\n    foreach: {land: [de, us]}\n"
    )
    text = text.replace(
        "{from: orders, schema: needs}", "{from: orders, collect: frame, schema: needs}"
    )
    file.write_text(text)
    work = shop.root / "work.py"
    work.write_text(
        work.read_text().replace(
            "def orders(bad):", 'def orders(bad, land):\n    bad *= land == "us"'
        )
    )
    monkeypatch.setenv("WOMBAT_RUN", "r1")
    monkeypatch.setenv("WOMBAT_PROFILE", "strict")
    monkeypatch.setenv("WOMBAT_UPSTREAM", str(shop.root / "far"))
    assert shop("store", "init", str(shop.root / "far")) == 0
    assert shop("exec", "shop/orders", "--part", "de", "--part", "us") == 0
    assert shop("exec", "shop/totals") == 0
    assert shop("publish", "shop", "--run", "r1") == 0
    assert shop("gc", "--apply") == 0
    assert shop("push", "shop") == 0
    monkeypatch.delenv("WOMBAT_UPSTREAM")
    monkeypatch.delenv("WOMBAT_RUN")
    for store in (".wombat/store", "far"):
        monkeypatch.setenv("WOMBAT_STORE", str(shop.root / store))
        monkeypatch.setenv("WOMBAT_ZONE", {"far": "u"}.get(store, "local"))
        out = shop.root / "out" / store
        assert shop("pull", "shop/orders_rejected", "-o", str(out)) == 0
        assert [one.name for one in out.iterdir()] == ["us"]
        assert pq.read_table(out / "us" / "data.parquet")["id"].to_pylist() == [100, 101, 102]
        session = open_session(shop.root)
        (us,) = session.store.attempts("shop", "r1", "orders", "us")
        (de,) = session.store.attempts("shop", "r1", "orders", "de")
        assert (us.record.get("decided"), de.record.get("decided")) == (True, None)
        (segment,) = session.store.segments("shop")
        for one in (us, de):
            assert session.store.find_result(one.record["result"])["outputs"]["orders"]["C"]
            assert one.record["result"] in segment["results"], one
        assert session.store.find_result(de.record["key"])["outputs"]["orders"]["C"]
        assert session.store.find_result(us.record["key"]) is None


def test_too_many_rows_to_set_aside(shop, capsys):
    assert shop("run", "shop", "-p", "strict", "-P", "bad=11") == 11
    text = capsys.readouterr().err
    assert "output 'orders': 11 of 1,000 rows (1.1 %) would be set aside; 1 % allowed\n" in text
    assert "'price' is below 0: 11 of 1,000 rows (1.1 %) fail: rows 100, 101, 102, …" in text
    assert "'email' doesn't match" in text
    assert shop("run", "shop", "-p", "strict", "-P", "bad=10") == 0


@pytest.mark.slow
def test_values_are_shown_to_whoever_asks_and_kept_nowhere(shop, capsys):
    for profile, code in (("production", 11), ("development", 0), ("strict", 0)):
        assert shop("run", "shop", "-p", profile, "--show-values") == code
        text = capsys.readouterr().err
        table = re.search(
            r"orders: output 'orders': price\.min\n *row +id +price\n *100 +100 +-1234\.5", text
        )
        assert table, f"{profile}\n{text}"
        assert re.search(r"email\.match\n *row +id +email\n *100 +100 +\(personal\)", text)
        assert "secret" not in text
        assert "--show-values" not in text, "who asked needn't be told"
        assert b"1234" not in everything_kept(shop) or profile != "production"
    reports = shop.root / ".wombat" / "reports"
    logs = shop.root / ".wombat" / "logs"
    for file in (*reports.iterdir(), *logs.rglob("*.log")):
        assert b"(personal)" not in file.read_bytes()


def test_values_are_never_shown_in_ci(shop, monkeypatch, capsys):
    for name, value in {
        "CI": "true", "GITLAB_CI": "true", "CI_PIPELINE_ID": "1", "CI_PIPELINE_IID": "1",
        "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_SHA": "0" * 40,
        "CI_PROJECT_PATH": "g/shop", "CI_PIPELINE_SOURCE": "push", "CI_JOB_ID": "1",
        "WOMBAT_STORE": str(shop.root / "store"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    assert shop("run", "shop", "--show-values") == 2
    assert "error[values-in-ci]" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["CI", "JENKINS_URL", "BUILDKITE"])
def test_values_are_shown_in_no_other_ci_either(shop, monkeypatch, capsys, name):
    monkeypatch.setenv(name, "true")
    assert shop("run", "shop", "--show-values") == 2
    assert "error[values-in-ci]" in capsys.readouterr().err


def test_a_run_as_json_holds_what_was_found(shop, capsys):
    assert shop("run", "shop", "-p", "production", "--json") == 11
    tree = json.loads(capsys.readouterr().out)
    first, second = tree["findings"]
    assert (first["task"], first["artifact"], first["column"], first["check"]) == (
        "orders", "orders", "email", "match",
    )  # fmt: skip
    assert (second["message"], second["failing"], second["rows"], second["severity"]) == (
        "'price' is below 0", 3, [100, 101, 102], "error",
    )  # fmt: skip
    assert "1234" not in json.dumps(tree)
    assert shop("run", "shop", "-p", "development", "--json") == 0
    told = json.loads(capsys.readouterr().out)["findings"]
    assert [(one["side"], one["severity"], one["told"]) for one in told] == [
        ("output", "warn", None), ("output", "warn", None), ("input", "warn", "orders.orders"),
    ]  # fmt: skip


@pytest.mark.parametrize("other", ["--json", "-q"])
def test_values_belong_on_a_screen(shop, other):
    assert shop("run", "shop", "--show-values", other) == 2


def test_stamps_are_weaker_in_development(shop, capsys):
    found = []
    for profile in ("development", "production"):
        assert shop("run", "shop", "-p", profile, "-P", "bad=0", "--json") == 0
        outputs = json.loads(capsys.readouterr().out)["done"]["orders"]
        found.append(outputs["orders"]["stamp"])
    assert [(one["profile"], one["passed"]) for one in found] == [
        ("development", True),
        ("production", True),
    ]
    assert found[0]["schema"] == found[1]["schema"]


def test_an_output_may_not_have_the_name_of_rejects(shop, capsys):
    file = shop.root / "pipelines" / "shop.yml"
    file.write_text(file.read_text().replace("{total: {", "{total_rejected: {"))
    assert shop("check") == 10
    assert "error[reserved-name]" in capsys.readouterr().err
