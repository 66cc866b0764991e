"""What a merge request changes, by its meaning: the same edits, with no store at hand."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.explain.project import CASES, Case, edit
from wombat.api.asking_why import why
from wombat.api.changing import changes_since
from wombat.cli.entry import run
from wombat.errors import UsageFault
from wombat.review.changes_text import changes_markdown, changes_text

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.review.changes import Changes

ELSEWHERE: dict[str, dict[str, set[tuple[str, str]]]] = {
    "a new part": {"sum": {("upstream", "split.note")}},
    "a new task": {},
    "another name of a task": {},
    "volatile": {},
}
"""Edits that give no task another key, or another one to another task."""


def tasks(told: Changes) -> dict[str, set[tuple[str, str]]]:
    (one,) = told.pipelines or (None,)
    known = one.tasks if one else ()
    return {t.task: {(c.kind, c.what) for c in t.causes} for t in known if t.causes}


@pytest.mark.parametrize(
    "case", [one for one in CASES if one.file or not one.told], ids=lambda case: case.name
)
def test_each_edit_has_its_meaning(root: Path, case: Case) -> None:
    shutil.rmtree(root / ".wombat")
    if case.file:
        edit(root, case.file, case.before, case.after)
    told = changes_since(root, "HEAD")
    expected = ELSEWHERE.get(case.name, case.told)
    assert tasks(told) == expected
    assert case.name in ELSEWHERE or case.says in changes_text(told)
    if not case.told and case.name != "another name of a task":
        assert not told.pipelines
    assert not (root / ".wombat").exists()


def test_tasks_parts_and_words_that_are_in_no_key(root: Path) -> None:
    shop = "pipelines/shop.yml"
    edit(root, shop, "[us, eu]", "[us, apac]")
    edit(root, shop, "pipeline: shop", 'pipeline: shop\nschedule: {cron: "0 3 * * *"}')
    edit(root, shop, "unused: {type: int, default: 1}", "unused: {type: int, default: 3}")
    edit(root, shop, "    image: base\n", "    image: base\n    retry: 2\n")
    edit(root, shop, "  page:\n", "  more: {run: other:fit, outputs: {n: {type: json}}}\n  page:\n")
    edit(root, "wombat.yml", "images: {base", 'images: {late: "registry.example.com/b:1", base')
    edit(root, shop, "{run: other:fit, outputs: {n", "{run: other:fit, image: late, outputs: {n")
    (root / "pipelines" / "models.yml").unlink()
    edit(root, shop, "models/fit.model@main", "far:models/fit.model@main")
    text = changes_text(changes_since(root, "HEAD"))
    for line in (
        "pipeline models is gone",
        "  schedule came in: 0 3 * * *",
        "  parameter unused: int, default 1 → int, default 3",
        "  images late came in: registry.example.com/b:1",
        "  task more is new",
        "    parts: new apac, gone eu",
        "    retry came in: 2",
        "    input notes from split.note: new apac, gone eu",
        "    input model: models/fit.model@main → far:models/fit.model@main",
    ):
        assert f"\n{line}\n" in text


def test_a_first_lock_file_is_told_once(root: Path) -> None:
    (root / "uv.lock").unlink()
    (root / "requirements.txt").write_text("idna==3.20\nsix==1.17.0\n")
    text = changes_text(changes_since(root, "HEAD"))
    assert "*" not in text
    assert text.count("all packages of the lock file count") == 1
    assert text.count("package six came in: 1.17.0") == 1
    assert "\n    packages: six\n" in text
    (cause,) = why(root, "shop", "load").parts["load", None].causes[1:]
    assert (cause.kind, cause.what) == ("package", "")


def test_schemas_have_their_verdicts_and_edges_too(root: Path) -> None:
    edit(root, "schemas/orders.yml", "{n: int64, k: int64}", '{n: "int64?", k: int64}')
    edit(root, "schemas/taken.yml", "n: int64", 'n: "int64?"')
    told = changes_since(root, "HEAD")
    orders, taken = told.schemas
    assert (orders.schema, taken.schema) == ("orders", "taken")
    assert orders.consumers is not None
    assert orders.consumers[0] == "refuted"
    assert orders.data is not None
    assert orders.data[0] == "proven"
    assert tasks(told) == {}  # nulls are judged, and shape nothing
    edit(root, "pipelines/shop.yml", ", schema: orders", "")
    (one,) = changes_since(root, "HEAD").pipelines
    (edge,) = one.edges
    assert (edge.consumer, edge.then) == ("split", "proven")
    assert edge.now != "proven"


def test_the_jobs_that_change_are_counted(root: Path) -> None:
    edit(root, "pipelines/shop.yml", "[us, eu]", "[us, eu, apac]")
    told = changes_since(root, "HEAD")
    assert [(file.path, file.added > 0) for file in told.files] == [("shop.yml", True)]
    assert told.notes == ()


def test_a_revision_that_doesnt_compile_is_compared_as_far_as_it_does(root: Path) -> None:
    from tests.explain.conftest import commit

    good = (root / "pipelines" / "shop.yml").read_text()
    edit(root, "pipelines/shop.yml", "run: work:table", "run: work:nothing")
    commit(root)
    (root / "pipelines" / "shop.yml").write_text(good)
    told = changes_since(root, "HEAD")
    assert [(one.pipeline, one.state) for one in told.pipelines] == [("shop", "unknown")]
    assert told.notes


def test_large_files_are_those_of_the_checkout(root: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("wombat.api.at_revision.LARGEST", 10)
    assert changes_since(root, "HEAD").nothing
    edit(root, "tools/page.sh", "hello", "bye")
    assert tasks(changes_since(root, "HEAD")) == {"page": {("code", "tools/page.sh")}}


def test_the_verb(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(root, "lib/far.py", "return 1", "return 4")
    assert run(["plan", "-C", str(root), "--against", "HEAD"]) == 0
    assert "task load runs\n    code lib.far:far (lib/far.py) changed" in capsys.readouterr().out
    assert run(["plan", "-C", str(root), "--against", "HEAD", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["runs"] == 1
    assert run(["plan", "-C", str(root), "--against", "HEAD", "--format", "markdown"]) == 0
    assert "  - task `load` runs" in capsys.readouterr().out
    with pytest.raises(UsageFault, match="no merge request"):
        changes_since(root)
    assert changes_markdown(changes_since(root, "HEAD", only=("models",))).count("nothing") == 1
