"""Why a task runs, or doesn't: one project that ran, one edit at a time, and the cause by name."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.executor.web import site
from wombat.api.explaining import why
from wombat.api.runs import run_pipeline
from wombat.errors import Absent, UsageFault
from wombat.review.explained import own_causes
from wombat.review.why_text import why_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.executor.web import Site
    from wombat.review.explained import Explanation

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


@pytest.fixture(scope="module")
def there() -> Iterator[Site]:
    with site() as one:
        one.put(b"a\n", etag='"1"')
        yield one


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, there: Site) -> Path:
    """A project whose pipelines ran once, all of them published."""
    root = tmp_path_factory.mktemp("why") / "project"
    for name, text in {**FILES, "pipelines/shop.yml": SHOP.format(url=there.url())}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for pipeline in ("models", "shop"):
        done = run_pipeline(root, pipeline)
        assert done.published, done.failed
    return root


@pytest.fixture
def root(ran: Path, tmp_path: Path) -> Path:
    shutil.copytree(ran, tmp_path / "project")
    return tmp_path / "project"


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
    Case("a file it depends on", "rules/a.txt", "one", "two", {"load": {("code", "rules/a.txt")}}),
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


def own(told: Explanation) -> dict[str, set[tuple[str, str]]]:
    """By task what changed of itself, of parts that aren't reused."""
    found: dict[str, set[tuple[str, str]]] = {}
    for (task, _), one in told.parts.items():
        causes = {(cause.kind, cause.what) for cause in own_causes(one)}
        if one.state != "reuse" and causes:
            found.setdefault(task, set()).update(causes)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_cause_is_named(root: Path, case: Case) -> None:
    if case.file:
        edit(root, case.file, case.before, case.after)
    told = why(root, "shop", **case.asked)
    assert own(told) == case.told
    assert case.says in why_text(told)
    for one in told.parts.values():  # whatever isn't reused says why, and leads to a root
        if one.state != "reuse":
            assert one.causes
            roots = {unit[0] for unit in told.roots(one.unit)}
            assert roots <= case.told.keys()
            assert roots


def test_an_input_leads_to_where_the_change_begins(root: Path) -> None:
    edit(root, "lib/far.py", "return 1", "return 4")
    told = why(root, "shop", "sum")
    assert told.roots(("sum", None)) == (("load", None),)
    text = why_text(told)
    order = ["sum is decided", "split: [us] is", "table is", "load runs", "lib.far:far"]
    assert sorted(order, key=text.index) == order


def test_what_came_out_the_same_cuts_off_what_follows(root: Path) -> None:
    edit(root, "lib/far.py", "return 1", "return 1 + 0")
    assert why(root, "shop", "sum").parts["sum", None].state == "maybe"
    run_pipeline(root, "shop", task="load", publish=False)
    told = why(root, "shop", "sum").parts["sum", None]
    assert (told.state, told.causes) == ("reuse", ())


def test_what_is_reused_says_who_made_it(root: Path) -> None:
    first = why(root, "shop", "page").parts["page", None].made
    assert first is not None
    edit(root, "tools/page.sh", "hello", "bye")
    second = run_pipeline(root, "shop").run
    edit(root, "tools/page.sh", "bye", "hello")  # as it was two versions ago
    told = why(root, "shop", "page").parts["page", None]
    assert told.made is not None
    assert told.since is not None
    assert (told.state, told.made.run, told.since.run) == ("reuse", first.run, second)
    assert {cause.what for cause in told.causes} == {"tools/page.sh"}


def test_another_profile_judges_anew(root: Path) -> None:
    told = why(root, "shop", "table", profile="production").parts["table", None]
    assert told.state == "judge"
    assert ("profile", "development", "production") in {
        (cause.kind, cause.then, cause.now) for cause in told.causes
    }
    assert {cause.kind for cause in told.causes} <= {"profile", "policy"}


def test_an_artifact_that_moved_names_both_runs(root: Path) -> None:
    edit(root, "other.py", "return 1", "return 2")
    second = run_pipeline(root, "models").run
    (cause,) = why(root, "shop", "sum").parts["sum", None].causes
    assert (cause.kind, cause.what) == ("artifact", "models/fit.model@main")
    assert cause.now["run"] == second != cause.then["run"]
    assert f"→ {second}" in why_text(why(root, "shop", "sum"))


def test_outside_data_that_moved(root: Path, there: Site) -> None:
    there.put(b"b\n", etag='"2"')
    try:
        (cause,) = why(root, "shop", "load").parts["load", None].causes
    finally:
        there.put(b"a\n", etag='"1"')
    assert (cause.kind, cause.what) == ("source", there.url())
    assert (cause.then, cause.now) == ({"etag": '"1"'}, {"etag": '"2"'})


def gone(store: Path) -> None:
    for folder in ("results", "cache"):
        for found in store.rglob(folder):
            shutil.rmtree(found)


def damaged(store: Path) -> None:
    for folder in ("results", "cache"):
        for found in store.rglob(f"{folder}/**/*"):
            if found.is_file():
                found.write_bytes(found.read_bytes().replace(b"0", b"1"))


@pytest.mark.parametrize("harm", [gone, damaged])
def test_a_result_that_is_lost_is_no_change(root: Path, harm: Callable[[Path], None]) -> None:
    harm(root / ".wombat" / "store")
    told = why(root, "shop", "page").parts["page", None]
    assert (told.state, [cause.kind for cause in told.causes]) == ("run", ["lost"])


def test_a_failure_since_then_is_told(root: Path) -> None:
    edit(root, "tools/page.sh", "printf", "exit 3; printf")
    failed = run_pipeline(root, "shop")
    assert failed.error is not None
    told = why(root, "shop", "page").parts["page", None]
    assert {cause.what for cause in told.causes} == {"tools/page.sh"}
    assert any(failed.run in note for note in told.notes)
    named = why(root, "shop", "page", run=failed.run).parts["page", None]
    assert [cause.kind for cause in named.causes] == ["undone"]


def test_nothing_was_published_yet(root: Path) -> None:
    shutil.rmtree(root / ".wombat")
    with pytest.raises(Absent):
        why(root, "shop")
    assert not (root / ".wombat" / "store").exists()
    run_pipeline(root, "models")
    told = why(root, "shop", "page").parts["page", None]
    assert [cause.kind for cause in told.causes] == ["never"]


def test_what_isnt_there_is_said(root: Path) -> None:
    with pytest.raises(Absent, match="no run"):
        why(root, "shop", run="local-20200101T000000Z-00000000")
    with pytest.raises(UsageFault, match="no part"):
        why(root, "shop", "split", label="mena")
    with pytest.raises(UsageFault, match="no task"):
        why(root, "shop", "pages")
