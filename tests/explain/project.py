"""A project with something of everything that a task may depend on, and edits of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SHOP = """\
pipeline: shop
params: {{factor: {{type: int, default: 2}}, unused: {{type: int, default: 1}}}}
tasks:
  load:
    run: work:load
    inputs: {{seed: {{file: data/seed.json}}, landing: {{url: "{url}", refresh: always}}}}
    with: {{factor: $params.factor, label: "f{{factor}}", kept: 1}}
    env: {{MODE: fast}}
    requires: [idna]
    depends_on: [rules/*.txt]
    outputs: {{rows: {{type: json}}}}
  table:
    run: work:table
    requires: []
    inputs: {{rows: load.rows}}
    outputs: {{frame: {{type: dataframe, schema: orders}}}}
  split:
    foreach: {{region: [us, eu]}}
    run: other:split
    inputs: {{frame: {{from: table.frame, schema: taken}}}}
    outputs: {{note: {{type: json}}}}
  sum:
    run: other:summed
    inputs:
      notes: {{from: split.note, collect: dict}}
      model: {{artifact: models/fit.model@main}}
    outputs: {{all: {{type: json}}}}
  page:
    shell: sh tools/page.sh
    image: base
    outputs: {{page: {{type: file, path: page.txt}}}}
"""
MODELS = """\
pipeline: models
tasks:
  fit: {run: other:fit, outputs: {model: {type: json}}}
"""
FILES = {
    "wombat.yml": 'project: shop\nimages: {base: "registry.example.com/ds:1.4"}\n',
    "pipelines/models.yml": MODELS,
    "schemas/orders.yml": "schema: orders\ncolumns: {n: int64, k: int64}\n",
    "schemas/taken.yml": "schema: taken\ncolumns: {n: int64}\n",
    "uv.lock": 'version = 1\n[[package]]\nname = "idna"\nversion = "3.20"\nsource = {registry = "https://pypi.org/simple"}\n'
    '[[package]]\nname = "six"\nversion = "1.17.0"\n',
    "rules/a.txt": "one\n",
    "data/seed.json": "1",
    "tools/page.sh": 'printf hello > "$WOMBAT_OUTPUT_PAGE"\n',
    "lib/__init__.py": "",
    "lib/far.py": "def far():\n    return 1\n\n\ndef lonely():\n    return 2\n",
    "lib/near.py": "from lib.far import far\n\n\ndef near():\n    return far()\n",
    "work.py": "import pyarrow as pa\n\nfrom lib.near import near\n\n\n"
    "def load(seed, landing, factor: int, label: str, kept: int) -> list:\n"
    "    return [near() * factor]\n\n\n"
    'def table(rows: list):\n    return pa.table({c: pa.array(rows, pa.int64()) for c in "nk"})\n'
    "\n\ndef again(rows: list):\n    return table(rows)\n",
    "other.py": "def split(frame, region: str) -> dict:\n"
    '    return {"region": region, "rows": 1}\n\n\n'
    "def summed(notes: dict, model) -> list:\n    return sorted(notes)\n\n\n"
    "def fit() -> int:\n    return 1\n",
}


@dataclass(frozen=True)
class Case:
    """An edit, as text in a file; then the causes that tasks themselves have: (kind, what). Tasks
    that aren't named run only because of others, or are reused."""

    name: str
    file: str = ""
    before: str = ""
    after: str = ""
    told: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    says: str = ""
    asked: dict[str, Any] = field(default_factory=dict)


CASES = [
    Case("nothing"),
    Case("a comment", "lib/far.py", "def far", "# said otherwise\ndef far"),
    Case("a docstring", "lib/far.py", "def far():\n", 'def far():\n    """It says."""\n'),
    Case("layout", "lib/far.py", "return 1", "return (\n        1\n    )"),
    Case("another function of the module", "lib/far.py", "return 2", "return 3"),
    Case("a parameter that nothing takes", asked={"given": {"unused": "5"}}),
    Case("a helper two imports away", "lib/far.py", "return 1", "return 1 + 0",
         {"load": {("code", "lib.far:far")}}, "code lib.far:far (lib/far.py) changed"),
    Case("a task's own function", "other.py", '"rows": 1', '"rows": 2',
         {"split": {("code", "other:split")}}),
    Case("the function that is named", "pipelines/shop.yml", "run: work:table", "run: work:again",
         {"table": {("command", "run"), ("code", "work:again")}},
         "what the pipeline says of run: work:table → work:again"),
    Case("a parameter", told={"load": {("parameter", "factor")}}, says="parameter factor: 2 → 3",
         asked={"given": {"factor": "3"}}),
    Case("an argument", "pipelines/shop.yml", "kept: 1", "kept: 7",
         {"load": {("argument", "kept")}}, "argument kept: 1 → 7"),
    Case("a variable", "pipelines/shop.yml", "MODE: fast", "MODE: slow",
         {"load": {("env", "MODE")}}, "variable MODE: fast → slow"),
    Case("an input's file", "data/seed.json", "1", "2",
         {"load": {("file", "data/seed.json")}}, "file data/seed.json changed"),
    Case("a package", "uv.lock", "3.20", "3.11",
         {"load": {("package", "idna")}}, "package idna: 3.20 → 3.11"),
    Case("a package that no task requires", "uv.lock", "1.17.0", "1.16.0"),
    Case("a file it depends on", "rules/a.txt", "one", "two", {"load": {("code", "rules/a.txt")}},
         "file rules/a.txt changed"),
    Case("an image", "wombat.yml", "ds:1.4", "ds:1.5", {"page": {("image", "base")}},
         "registry.example.com/ds:1.4 → registry.example.com/ds:1.5"),
    Case("a script that a shell line names", "tools/page.sh", "hello", "bye",
         {"page": {("code", "tools/page.sh")}}, "tools/page.sh"),
    Case("a shell line", "pipelines/shop.yml", "shell: sh tools/page.sh",
         "shell: sh tools/page.sh x", {"page": {("command", "shell")}}),
    Case("a schema's type", "schemas/orders.yml", "k: int64", "k: float64",
         {"table": {("schema", "output frame: column k")}},
         "schema of output frame: column k (orders): int64 → float64"),
    Case("a schema's column", "schemas/taken.yml", "{n: int64}", "{n: int64, k: int64}",
         {"split": {("schema", "input frame: column k")}}),
    Case("a new part", "pipelines/shop.yml", "[us, eu]", "[us, eu, apac]",
         {"split": {("new", "part")}}, "this part is new"),
    Case("a new task", "pipelines/shop.yml", "  page:\n",
         "  more: {run: other:fit, outputs: {n: {type: json}}}\n  page:\n",
         {"more": {("new", "task")}}, "this task is new"),
    Case("another name of a task", "pipelines/shop.yml", "  page:\n", "  sheet:\n"),
    Case("an output's file name", "pipelines/shop.yml", "path: page.txt", "path: p.txt",
         {"page": {("output", "page path")}}, "output page path: page.txt → p.txt"),
    Case("volatile", "pipelines/shop.yml", " image: base\n", " image: base\n    volatile: true\n",
         {"page": {("volatile", "")}}, "it is volatile"),
    Case("force", told={"page": {("forced", "")}}, says="it was asked to run anew",
         asked={"task": "page", "force": True}),
]  # fmt: skip


def edit(root: Path, path: str, before: str, after: str) -> None:
    text = (root / path).read_text()
    assert before in text
    (root / path).write_text(text.replace(before, after, 1))
