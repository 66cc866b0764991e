"""What a merge request changes beside a schema, judged by those who take the output."""

from __future__ import annotations

import pytest

from tests.api.frames import MADE, commit, project, write
from wombat.api.evolution import against

MAKER = """\
pipeline: crm
tasks:
  load:
    run: tasks:load
    outputs: {OUTPUTS}
"""
TAKES = """\
pipeline: report
tasks:
  ages:
    run: tasks:ages
    inputs: {it: {artifact: "crm/ADDRESS"}}
    outputs: {count: {type: json}}
"""
CODE = """\
def load():
    return None


def ages(it):
    return it


class Row:
    pass


class Other:
    pass
"""
FILES = {
    "a.json": '{"type": "object"}',
    "b.json": '{"type": "array"}',
    "same.json": '{ "type": "object" }',
}


def array(words):
    return f"{{x: {{type: array, {words}}}}}"


def tensors(words):
    return f"{{x: {{type: tensors, tensors: {{w: {{{words}}}, b: {{shape: [k]}}}}}}}}"


CHANGES = {
    "another dtype": (array("dtype: float64"), array("dtype: float32"), "error"),
    "no dtype any more": (array("dtype: float64"), "{x: {type: array}}", "warning"),
    "a dtype": ("{x: {type: array}}", array("dtype: float64"), None),
    "another rank": (array("shape: [n, 4]"), array("shape: [n]"), "error"),
    "another size": (array("shape: [n, 4]"), array("shape: [n, 5]"), "error"),
    "any size": (array("shape: [n, 4]"), array("shape: [n, m]"), "warning"),
    "a lower minimum": (array("min: 1"), array("min: 0"), "warning"),
    "a higher minimum": (array("min: 1"), array("min: 2"), None),
    "not finite": (array("finite: true"), "{x: {type: array}}", "warning"),
    "a tensor's shape": (tensors("shape: [k, 3]"), tensors("shape: [k, 4]"), "error"),
    "a tensor's dtype": (tensors("dtype: float32"), tensors("dtype: float64"), "error"),
    "another JSON Schema": (
        "{x: {type: json, json_schema: a.json}}", "{x: {type: json, json_schema: b.json}}",
        "warning",
    ),
    "a JSON Schema that moved": (
        "{x: {type: json, json_schema: a.json}}", "{x: {type: json, json_schema: same.json}}", None,
    ),
    "another class of records": (
        "{x: {type: records, model: tasks:Row}}", "{x: {type: records, model: tasks:Other}}",
        "warning",
    ),
    "another type": ("{x: {type: json}}", "{x: {type: text}}", "error"),
    "another file": (
        "{x: {type: file, path: a.csv}}", "{x: {type: file, path: b.csv}}", "warning",
    ),
}  # fmt: skip


def made(tmp_path, outputs, *, address="x", words="", taker=True):
    root = project(tmp_path / "crm", "crm", _maker(outputs, words), MADE, CODE)
    write(
        root, FILES | ({"pipelines/report.yml": TAKES.replace("ADDRESS", address)} if taker else {})
    )
    commit(root)
    return root


def _maker(outputs, words=""):
    text = MAKER.replace("{OUTPUTS}", outputs)
    return text.replace("    outputs:", f"    {words}\n    outputs:") if words else text


def changed(root, outputs, words=""):
    write(root, {"pipelines/crm.yml": _maker(outputs, words)})
    return [(one.code, one.severity) for one in against(root, "HEAD").diagnostics
            if one.code != "schema-unasked"]  # fmt: skip


CODES = {"error": "schema-breaking", "warning": "schema-doubtful", "note": "schema-doubtful"}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_asked_of_files(tmp_path, what):
    before, now, weight = CHANGES[what]
    root = made(tmp_path, before)
    assert changed(root, before) == []
    assert changed(root, now) == ([(CODES[weight], weight)] if weight else [])


def test_without_a_consumer_it_is_a_note(tmp_path):
    root = made(tmp_path, array("dtype: float64"), taker=False)
    assert changed(root, array("dtype: float32")) == [("schema-changed", "note")]


US, EU = "foreach: {region: [us]}", "foreach: {region: [us, eu]}"
PARTS = {
    "one frame becomes parts": ("x", "", EU, "error"),
    "its part is gone": ("x[eu]", EU, US, "error"),
    "its part by key is gone": ("x[region=eu]", EU, US, "error"),
    "another part is gone": ("x[us]", EU, US, None),
    "a part more": ("x[us]", US, EU, None),
    "parts become one": ("x[us]", US, "", "error"),
}


@pytest.mark.parametrize("kind", ["{x: {type: json}}", "{x: crm.customers}"])
@pytest.mark.parametrize("what", PARTS)
def test_parts(tmp_path, what, kind):
    address, before, now, weight = PARTS[what]
    root = made(tmp_path, kind, address=address, words=before)
    assert changed(root, kind, now) == ([(CODES[weight], weight)] if weight else [])


@pytest.mark.parametrize(
    ("layer", "found"),
    [
        ("{on_fail: warn}", True), ("{check: types}", True), ("{check: none}", True),
        ("{check: sample}", True), ("{on_fail: quarantine, max_failure_rate: 0.5}", False),
        ("{cast: safe}", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["schema", "output", "project"])
def test_production_that_enforces_less(tmp_path, layer, found, where):
    root = made(tmp_path, "{x: crm.customers}")
    if where == "schema":
        write(root, {"schemas/all.yml": f"{MADE}policies: {{production: {layer}}}\n"})
    elif where == "project":
        write(root, {"wombat.yml": (root / "wombat.yml").read_text()
                     + f"policies: {{production: {layer}}}\n"})  # fmt: skip
    own = f"{{x: {{schema: crm.customers, policies: {{production: {layer}}}}}}}"
    outputs = own if where == "output" else "{x: crm.customers}"
    assert changed(root, outputs) == ([("schema-doubtful", "note")] if found else [])
    commit(root)
    assert changed(root, outputs) == []


def test_the_class_of_records_is_what_its_code_says(tmp_path):
    """What it asks may stand anywhere in the project."""
    records = "{x: {type: records, model: tasks:Row}}"
    root = made(tmp_path, records)
    code = (root / "tasks.py").read_text()
    said = code.replace("class Row:\n    pass", "LEAST = 1\n\n\nclass Row:\n    # least\n    pass")
    write(root, {"tasks.py": said})
    assert changed(root, records) == []
    write(root, {"tasks.py": said.replace("    # least", "    least = LEAST")})
    assert changed(root, records) == [("schema-doubtful", "warning")]
    commit(root)
    write(
        root, {"tasks.py": said.replace("    # least", "    least = LEAST").replace("= 1", "= 2")}
    )
    assert changed(root, records) == [("schema-doubtful", "warning")]
