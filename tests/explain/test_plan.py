"""What a plan foretells from what earlier runs left, and that asking changes nothing."""

from __future__ import annotations

import json
import shutil
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from tests.explain.project import edit
from wombat.api.plans import plan_as_html, plan_as_json, plan_as_markdown, plan_as_text, show_plans
from wombat.api.runs import run_pipeline
from wombat.cli.entry import run
from wombat.errors import UsageFault

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.review.outline import Outline, PipelineLine


def states(line: PipelineLine) -> dict[str, str]:
    return {task.name: task.outlook.state for task in line.tasks if task.outlook}


def shop(outline: Outline) -> PipelineLine:
    return next(line for line in outline.pipelines if line.name == "shop")


def files(root: Path) -> dict[str, bytes]:
    """All but git's own, which looks at the files when it is asked."""
    every = (one for one in sorted(root.rglob("*")) if one.is_file())
    return {str(one): one.read_bytes() for one in every if ".git" not in one.parts}


def test_a_change_is_followed_to_what_the_branch_becomes(root: Path) -> None:
    edit(root, "lib/far.py", "return 1", "return 4")
    before = files(root)
    shown = show_plans(root)
    assert files(root) == before  # nothing was written
    line = shop(shown.outline)
    assert states(line) == {
        "load": "run",
        "page": "reuse",
        "table": "maybe",
        "split": "maybe",
        "sum": "maybe",
    }
    told = line.forecast
    assert told is not None
    assert (told.branch, told.stands, told.becomes, told.unknown) == ("main", 1, 2, 0)
    assert set(told.may_change) == {"load.rows", "table.frame", "split.note", "sum.all"}
    assert (told.changes, told.gone) == ((), ())
    assert told.seconds is not None
    assert 0 < told.seconds[0] < told.seconds[1]
    text = plan_as_text(shown, width=100)
    assert "main: version 1 → 2; may change load.rows" in text
    assert "run: code lib.far:far (lib/far.py) changed" in text
    assert "1 task runs, 3 tasks may run, 2 tasks are reused" in text


def test_an_effect_follows_only_where_the_profile_allows_it(root: Path) -> None:
    tell = "  tell: {shell: echo, needs: page}\n  page:\n"
    edit(root, "pipelines/shop.yml", "  page:\n", tell)
    text = plan_as_text(show_plans(root), width=100)
    assert "effect: profile development allows none here" in text
    assert "effect follows" not in text
    edit(root, "wombat.yml", "images:", "profiles: {development: {effects: true}}\nimages:")
    text = plan_as_text(show_plans(root), width=100)
    assert "allows none" not in text
    assert "1 effect follows" in text


def test_plan_status_and_run_agree_of_a_bound_that_is_put_back(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = root / "schemas" / "orders.yml"
    before = schema.read_text()
    schema.write_text(before.replace("{n: int64,", "{n: {type: int64, min: 0},"))
    run_pipeline(root, "shop")
    schema.write_text(before)
    told = shop(show_plans(root).outline).forecast
    assert told is not None
    assert (told.stands, told.becomes, told.changes) == (2, 3, ("table.frame",))
    assert run(["status", "-C", str(root), "shop"]) == 0
    assert (
        "nothing runs; a new version would hold otherwise: table.frame" in capsys.readouterr().out
    )
    done = run_pipeline(root, "shop")
    assert done.stands is None
    told = shop(show_plans(root).outline).forecast
    assert told is not None
    assert (told.stands, told.becomes) == (3, 3)


def test_the_graph_shows_fates(root: Path) -> None:
    edit(root, "lib/far.py", "return 1", "return 4")
    text = plan_as_markdown(show_plans(root))
    assert "\n  class shop__load runFate\n" in text
    assert "\n  class shop__table,shop__split,shop__sum maybeFate\n" in text
    assert "classDef reuseFate stroke:#1a7f37" in text
    assert "Fate" not in plan_as_markdown(show_plans(root, offline=True))


@pytest.mark.slow
def test_a_task_whose_code_no_result_has_runs_for_sure(root: Path) -> None:
    edit(root, "lib/far.py", "return 1", "return 4")
    edit(root, "other.py", '"rows": 1', '"rows": 2')
    found = states(shop(show_plans(root).outline))
    assert (found["load"], found["table"], found["split"]) == ("run", "maybe", "run")
    run_pipeline(root, "shop")
    edit(root, "other.py", '"rows": 2', '"rows": 1')
    edit(root, "lib/far.py", "return 4", "return 5")
    found = states(shop(show_plans(root).outline))
    assert (found["load"], found["split"]) == ("run", "maybe")  # of this code there are results


def test_times_are_known_of_what_is_volatile_and_of_what_is_lost(root: Path) -> None:
    edit(root, "pipelines/shop.yml", " image: base\n", " image: base\n    volatile: true\n")
    run_pipeline(root, "shop")
    line = shop(show_plans(root).outline)
    (page,) = (task.outlook for task in line.tasks if task.name == "page")
    assert page is not None
    assert (page.state, page.seconds is None) == ("run", False)
    assert line.forecast is not None
    assert line.forecast.unknown == 0
    for folder in ("results", "cache"):
        for found in (root / ".wombat" / "store").rglob(folder):
            shutil.rmtree(found)
    line = shop(show_plans(root).outline)
    assert {"load", "page"} <= {name for name, state in states(line).items() if state == "run"}
    assert line.forecast is not None
    assert line.forecast.unknown == 0


def test_times_and_sizes_are_those_of_the_last_results(root: Path) -> None:
    (segment,) = (root / ".wombat" / "store").rglob("cache/shop/*")
    entries = json.loads(segment.read_bytes())["results"].values()
    (load,) = (one for one in entries if one["task"] == "load")
    edit(root, "lib/far.py", "return 1", "return 4")
    tasks = {task.name: task.outlook for task in shop(show_plans(root).outline).tasks}
    told, table = tasks["load"], tasks["table"]
    assert told is not None
    assert table is not None
    assert told.seconds == pytest.approx(load["cost"]["seconds"], abs=0.001)
    assert told.stored == table.fetched == load["outputs"]["rows"]["stats"]["bytes"]


def test_nothing_to_do(root: Path) -> None:
    shown = show_plans(root)
    told = shop(shown.outline).forecast
    assert told is not None
    assert (told.stands, told.becomes, told.seconds) == (1, 1, (0.0, 0.0))
    assert set(states(shop(shown.outline)).values()) == {"reuse"}
    assert "main: nothing changes, version 1 stands" in plan_as_text(shown, width=100)


def test_what_changes_without_anything_that_runs(root: Path) -> None:
    edit(root, "tools/page.sh", "hello", "bye")
    run_pipeline(root, "shop")
    edit(root, "tools/page.sh", "bye", "hello")
    told = shop(show_plans(root).outline).forecast
    assert told is not None
    assert (told.changes, told.may_change, told.becomes) == (("page.page",), (), 3)


def test_outputs_that_nothing_makes_any_more_go(root: Path) -> None:
    text = (root / "pipelines" / "shop.yml").read_text()
    (root / "pipelines" / "shop.yml").write_text(text[: text.index("  page:")])
    told = shop(show_plans(root).outline).forecast
    assert told is not None
    assert (told.changes, told.may_change, told.gone) == ((), (), ("page.page",))


def test_a_part_that_goes_changes_its_output(root: Path) -> None:
    edit(root, "pipelines/shop.yml", "[us, eu]", "[us]")
    told = shop(show_plans(root).outline).forecast
    assert told is not None
    assert "split.note" in told.changes


def test_one_pipeline_that_cant_begin_hides_no_other(root: Path) -> None:
    edit(root, "pipelines/models.yml", "tasks:", "params: {day: {type: string}}\ntasks:")
    shown = show_plans(root)
    (models,) = (line for line in shown.outline.pipelines if line.name == "models")
    assert models.forecast is not None
    assert models.forecast.note is not None
    assert "day" in models.forecast.note
    assert "what would run isn't known" in plan_as_text(shown, width=100)
    assert states(shop(shown.outline))
    told = show_plans(root, given={"day": "x"}).outline.pipelines[0].forecast
    assert told is not None
    assert told.note is None
    with pytest.raises(UsageFault, match="no pipeline has a parameter"):
        show_plans(root, given={"days": "x"})


def test_without_a_store_the_checkout_is_shown(
    root: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    (root / ".wombat").rename(tmp_path / "away")
    shown = show_plans(root)
    assert shown.note is not None
    assert "there is no store" in shown.note
    assert not (root / ".wombat").exists()
    assert shown.outline == show_plans(root, offline=True).outline
    assert plan_as_json(shown)["note"] == shown.note
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "format").write_text("nonsense")
    monkeypatch.setenv("WOMBAT_STORE", str(tmp_path / "other"))
    broken = show_plans(root)
    assert broken.note
    assert broken.outline == shown.outline


class Page(HTMLParser):
    """Holds a page against what may be in it: balanced, nothing loaded, nothing run."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.seen: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen[tag] = self.seen.get(tag, 0) + 1
        assert tag not in ("script", "link", "img", "iframe", "a", "object", "form"), tag
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in ("href", "src", "style"), name
            if name != "xmlns":
                assert "//" not in (value or ""), value
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)

    @classmethod
    def of(cls, text: str) -> Page:
        page = cls()
        page.feed(text)
        page.close()
        assert page.open == []
        assert "@import" not in text
        assert "url(" not in text
        return page


def test_the_page_says_the_same(root: Path) -> None:
    edit(root, "lib/far.py", "return 1", "return 4")
    shown = show_plans(root)
    page = Page.of(plan_as_html(shown))
    text = " ".join(page.text)
    assert page.seen["svg"] == 1  # a pipeline of one task has no picture
    assert page.seen["rect"] == 5
    assert page.seen["path"] == 3
    assert text.count("reuse") >= 2
    for said in ("code lib.far:far (lib/far.py) changed", "1 task runs", "proven", "may change"):
        assert said in text
    assert "`code lib.far:far (lib/far.py) changed`" in plan_as_markdown(shown)


def test_the_verb_writes_each_form(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "-C", str(root), "--format", "html", "--out", "out/plan.html"]) == 0
    Page.of((root / "out" / "plan.html").read_text("utf-8"))
    assert run(["plan", "-C", str(root), "shop", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["pipelines"]
    assert told["forecast"]["stands"] == 1
    assert {task["outlook"]["state"] for task in told["tasks"]} == {"reuse"}
    assert run(["plan", "-C", str(root), "shop", "--offline", "--json"]) == 0
    (bare,) = json.loads(capsys.readouterr().out)["pipelines"]
    assert bare["forecast"] is None


def test_few_requests_and_none_that_writes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wombat.store.blobs.local import LocalBlobs

    asked: list[str] = []

    def counted(name: str) -> Any:
        whole = getattr(LocalBlobs, name)

        def ask(*given: Any, **more: Any) -> Any:
            asked.append(name)
            return whole(*given, **more)

        return ask

    for name in ("get", "get_range", "list", "entries", "folders", "stat", "put", "create"):
        monkeypatch.setattr(LocalBlobs, name, counted(name))
    edit(root, "data/seed.json", "1", "2")
    show_plans(root, only=("shop",))
    assert 0 < len(asked) <= 30
    assert not {"put", "create"} & set(asked)


def test_a_task_whose_result_another_one_shares_has_its_time(root: Path) -> None:
    """Results of one key stand in a run's segment once."""
    twins = "".join(
        f"  {name}: {{run: other:fit, outputs: {{n: {{type: json}}}}}}\n" for name in ("x", "y")
    )
    edit(root, "pipelines/shop.yml", "  page:\n", f"{twins}  page:\n")
    run_pipeline(root, "shop")
    edit(root, "other.py", "return 1", "return 2")
    tasks = {task.name: task.outlook for task in shop(show_plans(root).outline).tasks}
    for name in ("x", "y"):
        told = tasks[name]
        assert told is not None
        assert told.state == "run"
        assert told.seconds is not None
