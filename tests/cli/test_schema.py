"""`wombat schema`: what each verb prints, writes and exits with."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wombat.cli.entry import run

SCHEMA = """\
schema: shop.orders
version: "1.0"
title: Orders
key: [order_id]
columns:
  order_id: {type: int64, min: 1}
  status: {type: string, in: [new, paid]}
  email: {type: string, nullable: true, match: "[^@]+@[^@]+", pii: true}
  price: {type: float64, min: 0}
  shipped: date?
rules:
  - {name: dear, compare: [price, lt, {value: 100}]}
policies:
  production: {on_fail: quarantine, max_failure_rate: 0.5}
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    for name in ("CI", "GITLAB_CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "wombat.yml").write_text("project: shop\n")
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/orders.yml").write_text(SCHEMA)
    table = pa.table(
        {
            "order_id": [1, 2, 0],
            "status": ["new", "lost", "paid"],
            "email": ["a@b", None, "SECRET"],
            "price": [1.0, 2.0, 300.0],
            "shipped": pa.array([date(2026, 1, 31), None, None]),
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    pq.write_table(table.slice(0, 1), tmp_path / "good.parquet")
    return tmp_path


@pytest.fixture
def verb(root, capsys):
    def call(*words):
        code = run(["schema", *words, "-C", str(root)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_show(verb, root):
    code, out, _ = verb("show", "shop.orders")
    assert code == 0
    lines = out.splitlines()
    assert lines[:2] == ["shop.orders 1.0  (schemas/orders.yml:1)", "Orders"]
    assert "order_id  int64    key       ≥ 1" in lines
    assert "email     string   null pii  match [^@]+@[^@]+" in lines
    assert "rule     dear: price < 100.0" in lines
    assert any(line.split()[:4] == ["production", "full", "none", "quarantine"] for line in lines)
    tree = json.loads(verb("show", "shop.orders", "--json")[1])
    assert tree["schema"]["key"] == ["order_id"]
    assert tree["policies"]["production"]["max_failure_rate"] == 0.5
    assert verb("show", "shop.order")[0] == 17
    assert "did you mean 'shop.orders'" in verb("show", "shop.order")[2]


@pytest.mark.slow
def test_infer_makes_no_check_of_what_was_seen_once(verb, root):
    code, out, _ = verb("infer", "orders.parquet", "--name", "shop.raw")
    assert code == 0
    assert "  order_id: int64\n" in out
    assert "  # 0 to 2, 3 values, each once\n" in out
    assert '  # pii: true? it is called email\n  email: "string?"\n' in out
    assert '  # 2026-01-31, one value\n  shipped: "date?"\n' in out
    assert "SECRET" not in out
    assert verb("infer", "orders.parquet", "--name", "shop.raw", "--write")[1] == (
        "wrote schemas/shop.raw.yml\n"
    )
    assert (root / "schemas/shop.raw.yml").read_text() == out
    assert verb("infer", "orders.parquet", "--name", "shop.raw", "--write")[0] == 2
    assert verb("show", "shop.raw")[0] == 0
    assert verb("test", "shop.raw", "orders.parquet")[0] == 0


@pytest.mark.slow
def test_test_judges_a_file_as_a_boundary_would(verb):
    code, out, _ = verb("test", "shop.orders", "orders.parquet")
    assert code == 11
    assert "FAIL  'order_id' is below 1: 1 of 3 rows (33.3 %) fails: row 2" in out
    assert "'status' isn't one of the 2 allowed values: 1 of 3 rows (33.3 %) fails: row 1" in out
    assert "SECRET" not in out
    assert "lost" not in out
    assert verb("test", "shop.orders", "good.parquet")[0] == 0
    code, out, _ = verb("test", "shop.orders", "orders.parquet", "-p", "development")
    assert code == 0
    assert "0 failing, 4 warnings" in out


@pytest.mark.slow
def test_values_are_shown_when_asked_for_and_personal_ones_never(verb, monkeypatch):
    code, out, _ = verb("test", "shop.orders", "orders.parquet", "--show", "2")
    assert code == 11
    assert "lost" in out
    assert "(personal)" in out
    assert "SECRET" not in out
    tree = json.loads(verb("test", "shop.orders", "orders.parquet", "--show", "2", "--json")[1])
    assert "SECRET" not in json.dumps(tree)
    assert {one["check"] for one in tree["cases"]} == {
        "order_id.min", "status.in", "email.match", "rule:dear",
    }  # fmt: skip
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI", "true")
    assert verb("test", "shop.orders", "orders.parquet", "--show", "2")[0] == 2


@pytest.mark.slow
def test_code_of_a_schema_runs_without_credentials(verb, root, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    (root / "checks.py").write_text(
        "import os\n\ndef clean(values):\n    return 'hidden' not in os.environ.values()\n\n"
        "def fails(values):\n    return values / undefined\n"
    )
    body = 'schema: own\ncolumns: {n: {type: int64, checks: [{python: "checks:clean"}]}}\n'
    (root / "schemas/own.yml").write_text(body)
    pq.write_table(pa.table({"n": [1]}), root / "n.parquet")
    assert verb("test", "own", "n.parquet")[0] == 0
    (root / "schemas/own.yml").write_text(body.replace("clean", "fails"))
    code, _, error = verb("test", "own", "n.parquet")
    assert code == 12
    assert 'checks.py", line 7, in fails' in error
    assert "the check checks:fails raised NameError" in error


def test_diff_says_for_whom_it_matters(verb, root):
    subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run(["git", *who, "commit", "-qm", "a"], cwd=root, check=True)
    file = root / "schemas/orders.yml"
    file.write_text(SCHEMA.replace("[new, paid]", "[new, paid, lost]").replace("date?", "date"))
    code, out, _ = verb("diff", "shop.orders@HEAD", "shop.orders")
    assert code == 0
    assert "  ~ columns.status.in: [new, paid] → [new, paid, lost]\n" in out
    assert "  - columns.shipped.nullable: true\n" in out
    assert "consumers of the old one: not safe: " in out
    assert "lost" in out.split("consumers of the old one")[1]
    assert "data of the old one: not readable: 'shipped'" in out
    tree = json.loads(verb("diff", "shop.orders@HEAD", "shop.orders", "--json")[1])
    assert tree["consumers_safe"]["kind"] == "refuted"
    assert tree["consumers_safe"]["witness"]
    assert verb("diff", "shop.orders@HEAD", "shop.orders", "--exit-code")[0] == 1
    assert verb("diff", "shop.orders", "shop.orders", "--exit-code")[0] == 0
    assert verb("diff", "shop.orders@nowhere", "shop.orders")[0] == 2


def test_export_names_all_that_it_can_t_say(verb, root):
    code, _, error = verb("export", "shop.orders", "--to", "pandera-yaml")
    assert code == 1
    assert "pandera-yaml can't say all of shop.orders: version, rules, columns.email.pii" in error
    code, out, error = verb("export", "shop.orders", "--to", "pandera-yaml", "--lossy")
    assert code == 0
    assert "# Not in it: rules\n" in out
    assert "not in it: rules\n" in error
    assert verb("export", "shop.orders", "--to", "arrow", "--lossy")[0] == 2
    assert verb("export", "shop.orders", "--to", "arrow", "--lossy", "-o", "o.arrow")[0] == 0
    assert pa.ipc.read_schema(pa.BufferReader((root / "o.arrow").read_bytes())).names == [
        "order_id", "status", "email", "price", "shipped",
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_exported_python_stands_alone_and_judges(verb, root, library):
    code, out, _ = verb("export", "shop.orders", "--to", f"pandera-{library}", "-o", "made.py")
    assert (code, out) == (0, "wrote made.py\n")
    text = (root / "made.py").read_text()
    assert "wombat." not in text
    program = (
        f"import sys, warnings; warnings.simplefilter('ignore')\n"
        f"from made import schema\nfrom wombat.data.engines import load_engine\n"
        f"import pyarrow.parquet as pq\nimport pandera.errors as errors\n"
        f"for name, good in (('good', True), ('orders', False)):\n"
        f"    table = pq.read_table(name + '.parquet')\n"
        f"    frame = load_engine({library!r}).from_arrow(table, None)\n"
        f"    try:\n        schema.validate(frame, lazy=True)\n        held = True\n"
        f"    except errors.SchemaErrors:\n        held = False\n"
        f"    assert held == good, name\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=root, check=True)


def test_every_verb_has_an_example(capsys):
    for name in ("show", "infer", "diff", "export", "import", "test"):
        assert run(["schema", name, "--help"]) == 0
        assert "Example:  wombat schema" in capsys.readouterr().out


CELLS = """\
order_id,status,email,price,shipped
1,new,a@b,1.5,2026-01-31
2,paid,,SECRET,
3,new,b@c,3,31.01.2026
4,new,b@c,3,
"""


@pytest.mark.slow
def test_cells_of_a_file_are_told_by_line_and_never_shown(verb, root, monkeypatch):
    (root / "cells.csv").write_text(CELLS)
    code, out, error = verb("test", "shop.orders", "cells.csv", "-p", "development")
    assert code == 11
    assert "FAIL  'price' isn't float64 (line 3): 1 of 4 rows (25 %) fails: row 1\n" in out
    assert "FAIL  'shipped' isn't date (line 4)" in out
    assert "SECRET" not in out + error
    assert "output" not in out + error
    code, out, _ = verb("test", "shop.orders", "cells.csv", "--show", "3")
    assert code == 0
    assert "2 of 4 rows (50 %) would be set aside" in out
    assert "SECRET" in out
    (root / "cells.csv").write_text(CELLS.replace("price", "price,more"))
    code, out, error = verb("test", "shop.orders", "cells.csv")
    assert code == 11
    assert "cells.csv: lines 2, 3, 4, … have 5 cells; expected 6, as the heading" in error
    code, out, error = verb("infer", "cells.csv")
    assert code == 2
    assert "cells.csv: lines 2, 3, 4, … have 5 cells" in error
    assert "output" not in error
    (root / "none.parquet").write_text("SECRET")
    for words in (("test", "shop.orders", "none.parquet"), ("infer", "none.parquet")):
        code, _, error = verb(*words)
        assert code == 2
        assert "error[unreadable-table] (exit 2): none.parquet can't be read as parquet" in error
        assert "SECRET" not in error


@pytest.mark.slow
def test_infer_of_text_says_microseconds(verb, root):
    (root / "at.csv").write_text("at,zone\n2026-01-31 10:00:00,2026-01-31T10:00:00.5Z\n")
    out = verb("infer", "at.csv")[1]
    assert "at: timestamp\n" in out
    assert "unit" not in out


@pytest.mark.slow
def test_test_sets_aside_what_a_boundary_would(verb, root):
    code, out, _ = verb("test", "shop.orders", "orders.parquet", "--taken")
    assert code == 11
    file = root / "schemas/orders.yml"
    file.write_text(SCHEMA.replace("0.5", "0.7"))
    code, out, _ = verb("test", "shop.orders", "orders.parquet", "--show", "1")
    assert code == 0
    assert "2 of 3 rows (66.7 %) would be set aside" in out
    assert "0 failing" in out
    assert "lost" in out
    assert "SECRET" not in out


@pytest.mark.parametrize("name", ["producton", "nightly"])
def test_a_profile_that_nobody_named_is_refused(verb, root, name):
    code, _, error = verb("test", "shop.orders", "good.parquet", "-p", name)
    assert code == 2
    assert f"error[unknown-profile] (exit 2): no profile '{name}' (-p); expected one of" in error
    for words in (("show", "shop.orders"), ("export", "shop.orders", "--to", "arrow")):
        assert verb(*words, "-p", name)[0] == 2
    (root / "wombat.yml").write_text("project: shop\nprofiles:\n  nightly: {}\n")
    assert verb("show", "shop.orders", "-p", "nightly")[0] == 0


def test_spark_s_source_is_written_without_spark(verb, root, monkeypatch):
    for name in ("pyspark", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, None)
    code, out, error = verb("export", "shop.orders", "--to", "pandera-pyspark")
    assert (code, error) == (0, "")
    defined = {one.name for one in ast.parse(out).body if isinstance(one, ast.FunctionDef)}
    assert defined == {"matches", "listed", "compares", "compare_with", "distinct"}
    assert "\nimport pandera.pyspark as pa\n" in out
    assert "from pyspark.sql import functions as F\n" in out


def test_show_is_no_wider_than_the_terminal(verb, root, monkeypatch):
    members = ", ".join(f"member{number}" for number in range(5))
    (root / "schemas/orders.yml").write_text(SCHEMA.replace("[new, paid]", f"[{members}]"))
    (wide,) = (one for one in verb("show", "shop.orders")[1].splitlines() if "member0" in one)
    assert len(wide) > 70
    for columns, start in ((60, "status    string             in member0"), (40, "    in member0")):
        monkeypatch.setenv("COLUMNS", str(columns))
        out = verb("show", "shop.orders")[1]
        table = out.split("\n\n")[1].splitlines()
        assert max(map(len, table)) <= columns
        assert any(line.startswith(start) for line in table), table
        assert " ".join(out.split()).count("member4") == 1


def test_show_in_ascii_spells_its_signs_out(root):
    said = subprocess.run(
        [sys.executable, "-m", "wombat", "schema", "show", "shop.orders", "-C", str(root)],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert said.isascii()
    assert "key       >= 1" in said
    assert "\\u" not in said
