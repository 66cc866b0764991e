"""Where data comes from and where it goes: across runs that reuse, pipelines and projects."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.sharing import MODELS, TRAIN, environment, project, session_in
from tests.executor.web import site
from tests.reuse.conftest import Here
from wombat.api import runs
from wombat.api.artifacts import put
from wombat.api.lineage import lineage
from wombat.api.lineage_down import consumers
from wombat.api.locking import lock
from wombat.cli.entry import run as wombat
from wombat.errors import UsageFault
from wombat.review.lineage import Lineage, Node, lineage_mermaid, lineage_tree
from wombat.store import runs as store_runs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wombat.executor.local import RunResult

SHOP = """\
pipeline: shop
tasks:
  rank:
    run: tasks:rank
    inputs:
      model: {{artifact: "ml:models/model@main"}}
      raw: {{artifact: raw/orders}}
      seed: {{file: seed.txt}}
      landing: {{url: "{url}", refresh: never}}
    outputs: {{rank: {{type: json}}, side: {{type: json}}}}
  late:
    run: tasks:late
    inputs: {{rank: rank.rank}}
    outputs: {{late: {{type: json}}}}
"""
REPORT = """\
pipeline: report
tasks:
  page:
    foreach: {region: [us, eu]}
    run: tasks:page
    inputs: {rank: {artifact: shop/rank}}
    outputs: {page: {type: json}}
  book:
    run: tasks:book
    inputs: {pages: {from: page.page, collect: dict}}
    outputs: {book: {type: json}}
  tell: {run: "tasks:tell", inputs: {book: book.book}}
"""
CODE = """\
def rank(model, raw, seed, landing):
    return {"rank": 1, "side": 2}


def late(rank):
    return 1


def page(rank, region: str):
    return region


def book(pages: dict):
    return sorted(pages)


def tell(book):
    pass
"""


def run(root: Path, pipeline: str, **asked: Any) -> RunResult:
    with environment(WOMBAT_ZONE="t"), pytest.MonkeyPatch.context() as patch:
        patch.setattr("wombat.executor.pool.Worker", Here)
        found = runs.run_pipeline(root, pipeline, jobs=1, **asked)
    assert not found.failed, found.failed
    return found


def edit(root: Path, before: str, after: str) -> None:
    text = (root / "tasks.py").read_text()
    assert before in text
    (root / "tasks.py").write_text(text.replace(before, after))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """Two projects in one store: `shop` takes what `ml` made, what was put, a file and a source;
    its last report runs reuse what the first one made."""
    top = tmp_path_factory.mktemp("lineage")
    ids = {}
    with site() as there:
        url = there.put(b"a\n", etag='"1"')
        store = f"store: {top / 'shared'}\n"
        ml = project(top / "ml", "ml", MODELS, TRAIN, store)
        ids["models"] = run(ml, "models").run
        shop = project(top / "shop", "shop", SHOP.format(url=url), CODE, store)
        (shop / "pipelines/report.yml").write_text(REPORT)
        (shop / "seed.txt").write_text("1")
        (shop / "orders.txt").write_text("orders")
        with environment(WOMBAT_ZONE="t"):
            put(session_in(shop, "t"), shop / "orders.txt", "raw/orders")
            lock(session_in(shop, "t"))
        edit(shop, '"rank": 1', '"rank": 0')
        ids["old"] = run(shop, "shop").run
        edit(shop, '"rank": 0', '"rank": 1')
        ids["shop"] = run(shop, "shop").run
        ids["first"] = run(shop, "report").run
        edit(shop, "sorted(pages)", "sorted(pages)[:1]")
        edit(shop, "return region", "return str(region)")
        ids["only"] = run(shop, "report", task="book", only=True).run
        edit(shop, "return str(region)", "return region")
        ids["second"] = run(shop, "report").run
    yield top, ids
    shutil.rmtree(top, ignore_errors=True)


def steps(found: Lineage) -> set[tuple[str, str, str]]:
    return {
        (found.nodes[key].name, one.label, found.nodes[one.key].name)
        for key, every in found.steps.items()
        for one in every
    }


def test_up_to_files_sources_and_what_was_put(made: tuple[Path, dict[str, str]]) -> None:
    top, ids = made
    found = lineage(session_in(top / "shop", "t"), "report/book")
    url = next(one.name for one in found.nodes.values() if one.kind == "source")
    assert steps(found) == {
        ("report/book.book", "pages", "report/page.page[us]"),
        ("report/book.book", "pages", "report/page.page[eu]"),
        ("report/page.page[us]", "rank", "shop/rank.rank"),
        ("report/page.page[eu]", "rank", "shop/rank.rank"),
        ("shop/rank.rank", "model", "ml:models/train.model"),
        ("shop/rank.rank", "raw", "raw/orders"),
        ("shop/rank.rank", "seed", "seed.txt"),
        ("shop/rank.rank", "landing", url),
    }
    assert (found.left, found.unread) == (0, [])
    by_name = {one.name: one for one in found.nodes.values()}
    assert by_name["ml:models/train.model"].facts["run"] == ids["models"]
    assert by_name["shop/rank.rank"].facts["run"] == ids["shop"]
    assert by_name["report/page.page[us]"].facts["run"] == ids["first"], "the run that computed it"
    assert by_name["raw/orders"].facts["put"] == "yes"
    assert by_name[url].facts["etag"] == '"1"'
    assert all(one.content for one in found.nodes.values())


def test_a_result_of_a_run_that_took_its_input_from_the_branch(
    made: tuple[Path, dict[str, str]],
) -> None:
    """The last run reused what a run of one task alone had made; that one borrowed its input."""
    top, ids = made
    found = lineage(session_in(top / "shop", "t"), "report/book")
    book = found.nodes[found.asked[0]]
    assert (book.facts["run"], book.facts["reused_by"]) == (ids["only"], ids["second"])
    assert len(found.steps[book.key]) == 2
    older = lineage(session_in(top / "shop", "t"), f"report/book@run:{ids['first']}")
    assert older.nodes[older.asked[0]].facts["run"] == ids["first"]


def test_each_header_is_read_once(
    made: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, header = [], store_runs.header
    monkeypatch.setattr(
        store_runs, "header", lambda *at: asked.append((at[0].zone, *at[1:])) or header(*at)
    )
    lineage(session_in(made[0] / "shop", "t"), "report/book")
    assert len(asked) == len(set(asked))
    assert {run for _, _, run in asked} > set(made[1].values()) - {made[1]["old"]}


def test_it_is_bounded_and_says_so(made: tuple[Path, dict[str, str]]) -> None:
    session = session_in(made[0] / "shop", "t")
    near = lineage(session, "report/book", depth=1)
    assert {one.name for one in near.nodes.values()} == {
        "report/book.book", "report/page.page[us]", "report/page.page[eu]",
    }  # fmt: skip
    assert near.left == 2
    few = lineage(session, "report/book", limit=2)
    assert (len(few.nodes), few.left) == (2, 2)
    assert "not followed" in lineage_tree(few)
    assert consumers(session, "raw/orders", depth=1).left == 2


def test_down_through_pipelines_to_effects(made: tuple[Path, dict[str, str]]) -> None:
    session = session_in(made[0] / "shop", "t")
    after = {
        ("shop/rank.rank", "rank", "shop/late.late"),
        ("shop/rank.rank", "rank", "report/page.page"),
        ("report/page.page", "pages", "report/book.book"),
        ("report/book.book", "book", "report/tell"),
    }
    found = consumers(session, "raw/orders")
    firsts = {("raw/orders", "raw", "shop/rank.rank"), ("raw/orders", "raw", "shop/rank.side")}
    assert steps(found) == after | firsts
    assert (found.left, found.unread) == (0, [])
    from_afar = steps(consumers(session, "ml:models/model"))
    assert ("ml:models/train.model", "model", "shop/rank.rank") in from_afar
    assert after < from_afar
    assert steps(consumers(session, "shop/side")) == set()
    old = consumers(session, f"shop/rank@run:{made[1]['old']}")
    assert steps(old) == {("shop/rank.rank", "rank", "shop/late.late")}, "nobody takes it any more"


def test_down_to_projects_that_pinned_it(made: tuple[Path, dict[str, str]]) -> None:
    found = consumers(session_in(made[0] / "ml", "t"), "models/model")
    assert steps(found) == {
        ("models/train.model", "model", "models/score.scores"),
        ("models/train.model", "ml:models/model@main", "shop"),
    }
    assert {one.kind for one in found.nodes.values() if one.name == "shop"} == {"project"}


def test_what_cant_be_read_is_told(made: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    top, ids = made
    shutil.copytree(top / "shared", tmp_path / "shared")
    shutil.copytree(top / "shop", tmp_path / "shop")
    (tmp_path / "shop/wombat.yml").write_text(f"project: shop\nstore: {tmp_path / 'shared'}\n")
    shutil.rmtree(tmp_path / "shared/t/ml/runs")
    found = lineage(session_in(tmp_path / "shop", "t"), "shop/rank")
    assert ids["models"] in found.unread[0]
    assert ("shop/rank.rank", "seed", "seed.txt") in steps(found)
    with pytest.raises(UsageFault):
        consumers(
            session_in(tmp_path / "shop", "t"),
            f"shop/rank@blake3:{found.nodes[found.asked[0]].content}",
        )


def test_nothing_that_others_wrote_steers_a_terminal_or_a_picture() -> None:
    bad = '"]\n  x --> y\x1b[2J\u202e; click'
    found = Lineage("up")
    found.add(Node("a", "artifact", bad, "0" * 64, {"run": bad, "time": bad, "commit": bad}))
    found.add(Node("b", "file", bad, None, {"commit": bad}), "a", bad)
    found.add(Node("c", "source", bad, None, {"etag": bad}), "b", bad)
    found.unread.append(bad)
    for text, lines in ((lineage_tree(found), 4), (lineage_mermaid(found), 7)):
        assert len(text.splitlines()) == lines
        assert all(line.isprintable() for line in text.splitlines())
    assert sum(line.count('"') for line in lineage_mermaid(found).splitlines()[1:6]) == 10


def test_the_verb(made: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["lineage", "report/book", "-C", str(made[0] / "shop")]
    with environment(WOMBAT_ZONE="t"):
        assert wombat(words) == 0
        tree = capsys.readouterr().out
        assert wombat([*words, "--format", "mermaid"]) == 0
        picture = capsys.readouterr().out
        assert wombat([*words, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert wombat([*words, "--down", "--format", "json"]) == 0
        down = json.loads(capsys.readouterr().out)
        assert wombat(["lineage", "report/bok", *words[2:]]) == 17
    assert "├─ pages: report/page.page[eu]" in tree
    assert "model: ml:models/train.model" in tree
    assert tree.count("(as above)") == 1
    assert picture.startswith("flowchart LR\n")
    assert re.findall(r'-->\|"pages"\| (n\d+)$', picture, re.MULTILINE) == ["n0", "n0"]
    assert picture.count("-->") == len(told["steps"]) == 8
    assert {one["to"] for one in told["steps"]} & {told["asked"][0]}
    assert [one["input"] for one in down["steps"]] == ["book"]
