"""Plans for readers: whole, in order, within their width, and harmless whatever users wrote."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from wombat.cli.entry import run
from wombat.plan.compile import Plan
from wombat.plan.ir import (
    ArtifactSource,
    Code,
    Edge,
    FileSource,
    Input,
    Job,
    On,
    Output,
    Part,
    Schedule,
    Task,
    TaskSource,
)
from wombat.review.graph import as_mermaid
from wombat.review.outline import Fate, outline
from wombat.review.plan_markdown import plan_markdown
from wombat.review.plan_text import plan_text

CODE = Code("modules", "0" * 64)
PARTS = tuple(Part(name, {"region": name}) for name in ("us", "eu", "apac", "mena", "anz"))


def shop(text="Who is about to leave?", path="data/seed.csv", name="shop"):
    """Six tasks: a file, an artifact, parts, batches, a collected frame, an effect."""
    tasks = (
        Task("load", "run", CODE, inputs=(Input("seed", FileSource(path), "file"),),
             outputs=(Output("orders", "dataframe", "raw"),), image="base", compute="large"),
        Task("clean", "run", CODE, outputs=(Output("orders", "dataframe", "clean"),),
             inputs=(Input("orders", TaskSource("load", "orders"), "dataframe", "raw"),)),
        Task("score", "run", CODE, outputs=(Output("scores", "dataframe"),), parts=PARTS, inputs=(
            Input("orders", TaskSource("clean", "orders"), "dataframe"),
            Input("model", ArtifactSource("models/train.model@production"), "any"))),
        Task("check", "run", CODE, outputs=(Output("ok", "json"),), parts=PARTS, batch=3,
             inputs=(Input("scores", TaskSource("score", "scores"), "dataframe"),)),
        Task("report", "run", CODE, outputs=(Output("page", "file"),), needs=("check",), inputs=(
            Input("scores", TaskSource("score", "scores"), "dataframe", collect="frame"),)),
        Task("tell", "shell", CODE, needs=("report",)),
    )  # fmt: skip
    one = [(task.name, None, n) for n, task in enumerate(tasks) if not task.parts]
    several = [("score", part.label, 2) for part in PARTS] + [
        ("check", f"{n}/2", 3) for n in (1, 2)
    ]
    jobs = tuple(
        Job(f"{name}/{task}" + (f": [{label}]" if label else ""), task, stage)
        for task, label, stage in one + several
    )
    edges = (
        Edge("clean", "orders", "load", "orders", "proven"),
        Edge("score", "orders", "clean", "orders", "untyped"),
        Edge("check", "scores", "score", "scores", "untyped"),
        Edge("report", "scores", "score", "scores", "untyped"),
    )
    return Plan(
        name, f"pipelines/{name}.yml", "0" * 64, tasks, jobs, edges, description=text, owner=text,
        schedule=Schedule("0 3 * * *", "Europe/Berlin"), on=On(merge_request="run"),
    )  # fmt: skip


GOLDEN = """\
shop: to run, its plan differs
  Who is about to leave?
  pipelines/shop.yml · owner Who is about to leave? · schedule 0 3 * * * Europe/Berlin
  merge request: run · push: run · schedule: run
   1  shop/load    image base  compute large  seed ← file data/seed.csv  → orders (raw)
   2  shop/clean   orders ← load.orders (raw, proven)  → orders (clean)
   3  shop/score   5 jobs: [us], [eu], [apac], [mena], …  orders ← clean.orders (untyped)
                   model ← artifact models/train.model@production  → scores (dataframe)
   4  shop/check   5 parts in 2 jobs: [1/2], [2/2]  scores ← score.scores (untyped)  → ok (json)
   5  shop/report  scores ← score.scores (untyped, collected as frame)  after check  → page (file)
   6  shop/tell    after report  effect, after the publish

asked: to run by a click
  Who is about to leave?
  pipelines/asked.yml · owner Who is about to leave? · schedule 0 3 * * * Europe/Berlin
"""


def test_the_whole_plan():
    plans = [shop(name=name) for name in ("asked", "idle", "off", "shop")]
    fates = {
        "shop": Fate("runs", ("its plan differs",)),
        "asked": Fate("click"),
        "idle": Fate("unchanged", ("nothing differs from run r1", "see wombat log idle")),
    }
    text = plan_text(outline(plans, fates))
    assert text.startswith(GOLDEN)
    assert text.endswith(
        "\n\nidle: unchanged\n  - nothing differs from run r1\n  - see wombat log idle\n\n"
        "off: doesn't run\n\n"
        "4 pipelines, 24 tasks, 44 jobs; 16 edges: 4 proven, 12 untyped\n"
        "1 to run, 1 by a click, 1 unchanged, 1 not asked for\n"
    )


def test_nothing_is_said_of_a_run_where_there_is_none():
    text = plan_text(outline([shop()]))
    assert text.startswith("shop\n")
    assert "to run" not in text


@pytest.mark.parametrize("width", [80, 100, 120])
def test_lines_keep_their_width(width):
    lines = plan_text(outline([shop()]), width=width).splitlines()
    assert max(map(len, lines)) <= width


def test_the_order_of_plans_means_nothing():
    plans = [shop(name=name) for name in ("a", "b", "c")]
    fates = {"b": Fate("runs"), "a": Fate("unchanged")}
    for form in (plan_text, plan_markdown):
        assert form(outline(plans, fates)) == form(outline(plans[::-1], fates))


words = st.text(min_size=1, max_size=40) | st.sampled_from(
    [
        "<img src=x onerror=alert(1)>",
        "[here](javascript:alert(1))",
        "https://evil.example/x",
        "@all please look",
        "#1 !2 ~bug %3 &4 $5",
        "![x](//evil)",
        "```\n# taken over\n```",
        "`` ` ``",
        "`",
        " ",
        "|a|b|\n|-|-|",
        "\x1b[2J\x1b]0;x\x07",
        "\u202etxt.exe",
        "a\u2028b\u0085c",
        "\ud800",
        "- [ ] item",
        '"]\n  evil["',
        "-->|x| y",
        "%%{init: {}}%%",
    ]
)


def shape(markdown):
    """What Markdown renders but the contents of code: kinds of tokens, and all other text."""
    found = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown):
        inner = token.children or []
        kept = [(one.type, "" if one.type == "code_inline" else one.content) for one in inner]
        content = "" if token.type in ("inline", "fence") else token.content
        found.append((token.type, token.tag, content, kept))
    return found


def fates_of(text):
    return {"shop": Fate("runs", (text, text))}


@given(words)
def test_what_users_wrote_changes_nothing_of_what_is_rendered(text):
    plain, given_ = shop("x", "x"), shop(text, text)
    pair = [
        plan_markdown(outline([plan], fates_of(said)), graph=as_mermaid([plan]))
        for plan, said in ((plain, "x"), (given_, text))
    ]
    assert shape(pair[0]) == shape(pair[1])
    assert all(c == "\n" or c.isprintable() for c in pair[1])


@given(words)
def test_what_users_wrote_steers_no_terminal(text):
    said = plan_text(outline([shop(text, text)], fates_of(text)))
    assert all(c == "\n" or c.isprintable() for c in said)
    tasks = [line for line in said.splitlines() if re.match(r" {3}\d  shop/", line)]
    assert len(tasks) == 6


@given(words)
def test_what_users_wrote_stays_within_its_box_of_the_graph(text):
    plain, given_ = as_mermaid([shop("x", "x")]), as_mermaid([shop(text, text)])
    assert len(plain.splitlines()) == len(given_.splitlines())
    assert plain.count('"') == given_.count('"')
    assert "<" not in given_


def test_a_large_graph_is_left_out():
    task = shop().tasks[-1]
    plan = replace(shop(), tasks=tuple(replace(task, name=f"t{n}") for n in range(41)), jobs=())
    assert "mermaid" not in plan_markdown(outline([plan]), graph=as_mermaid([plan]))
    assert "mermaid" in plan_markdown(outline([shop()]), graph=as_mermaid([shop()]))


@pytest.fixture
def root(tmp_path):
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "p.yml").write_text(
        "pipeline: p\ndescription: All of it\ntasks:\n"
        "  one: {shell: date, outputs: {x: {type: json}}}\n"
        "  two: {shell: date, inputs: {x: one}}\n"
    )
    return tmp_path


def test_the_verb_in_each_form(root, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert run(["plan", "-C", str(root)]) == 0
    text = capsys.readouterr().out
    assert "p/two  x ← one.x (json)  effect, after the publish" in text
    assert run(["plan", "-C", str(root), "--format", "markdown"]) == 0
    assert "- 2 · `p/two` · `x` ← `one.x` (json)" in capsys.readouterr().out
    assert run(["plan", "p", "-C", str(root), "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["counts"] == {"pipelines": 1, "tasks": 2, "jobs": 2, "untyped": 1}
    (pipeline,) = tree["pipelines"]
    assert [task["effect"] for task in pipeline["tasks"]] == [False, True]
    assert pipeline["tasks"][1]["jobs"] == ["p/two"]
    assert not (root / ".wombat").exists()


def test_a_wrong_project_has_no_plan(root, capsys):
    (root / "pipelines" / "p.yml").write_text("pipeline: p\ntasks: {one: {}}\n")
    assert run(["plan", "-C", str(root)]) == 10
    assert "error[task-kind]" in capsys.readouterr().err
    assert run(["plan", "-C", str(root), "nope"]) in (2, 10)


def test_no_two_names_are_one_box_and_none_is_a_word_of_mermaid():
    drawn = as_mermaid(replace(shop(), pipeline=name) for name in ("a-b", "a_b", "a", "end"))
    boxes = re.findall(r"^ *(?:subgraph )?(\w+)\[", drawn, re.MULTILINE)
    assert len(boxes) == len(set(boxes)) >= 4 * (1 + len(shop().tasks))
    assert "end" not in boxes
