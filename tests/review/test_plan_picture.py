"""The picture of a plan: boxes and lines apart, all of it inside, one line for each pair."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.review.test_plan import shop
from wombat.review.outline import Fate, InputLine, Outline, TaskLine, outline
from wombat.review.outlook import TaskOutlook
from wombat.review.plan_html import plan_html
from wombat.review.plan_layout import HIGH, WIDE, layout
from wombat.review.plan_picture import picture

SVG = "{http://www.w3.org/2000/svg}"
LETTER = 0.61
"""How wide a letter is, as a share of its size, in the widest of usual fonts of one width."""
SIZES = {None: 12, "s": 10}


@st.composite
def graphs(draw):
    """Boxes with the columns that they wish for, and what each takes of those before it."""
    count = draw(st.integers(1, 14))
    columns = {f"t{n}": draw(st.integers(1, 5)) for n in range(count)}
    pairs = [(a, b) for a, b in combinations(columns, 2) if draw(st.integers(0, 4)) == 0]
    return columns, pairs


@settings(max_examples=60, deadline=None)
@given(graphs())
@example(({f"t{n}": n for n in range(6)}, [(f"t{a}", f"t{b}") for b in range(6) for a in range(b)]))
@example(({f"t{n}": 1 for n in range(9)}, []))
@example(({"a": 3, "b": 1, "c": 1}, [("a", "b"), ("b", "c"), ("a", "c")]))
def test_boxes_and_lines_are_apart(graph):
    columns, pairs = graph
    found = layout(columns, pairs)
    assert set(found.boxes) == set(columns)
    assert set(found.lines) == set(pairs)
    for x, y in found.boxes.values():
        assert 0 < x < x + WIDE < found.wide
        assert 0 < y < y + HIGH < found.high
    for (x1, y1), (x2, y2) in combinations(found.boxes.values(), 2):
        assert abs(x1 - x2) >= WIDE or abs(y1 - y2) >= HIGH + 8
    for (maker, taker), points in found.lines.items():
        x, y = found.boxes[maker]
        assert points[0] == (x + WIDE, y + HIGH // 2)
        x, y = found.boxes[taker]
        assert points[-1] == (x, y + HIGH // 2)
        assert all(one[0] < two[0] for one, two in pairwise(points))
        for (x1, y1), (x2, y2) in pairwise(points):
            assert 0 < min(y1, y2) <= max(y1, y2) < found.high
            behind = [(x, y) for x, y in found.boxes.values() if x1 < x + WIDE and x < x2]
            if x2 - x1 == WIDE:
                assert y1 == y2, "straight where it passes a column"
            assert all(abs(y1 - (y + HIGH // 2)) > HIGH // 2 for _, y in behind)
            assert not behind or x2 - x1 == WIDE, "turns are between columns alone"
    lanes = {}
    for (maker, _), points in found.lines.items():
        for x, y in points[1:-1]:
            assert lanes.setdefault((x, y), maker) == maker, "a lane is of one maker"


def test_crossings_are_undone_and_chains_are_straight():
    names = {"a": 1, "b": 1, "c": 1, "x": 2, "y": 2, "z": 2}
    found = layout(names, [("a", "z"), ("b", "y"), ("c", "x")]).lines.values()
    assert all(one[1] == other[1] for one, other in found)
    tree = layout(
        {"root": 1, "l": 2, "r": 2, "end": 3}, [("root", "l"), ("root", "r"), ("l", "end")]
    )
    assert tree.boxes["l"][1] == tree.boxes["end"][1]


@dataclass(frozen=True)
class Drawn:
    svg: ET.Element

    def paths(self):
        return [
            (one.get("class"), one.find(f"{SVG}title").text) for one in self.svg.iter(f"{SVG}path")
        ]

    def texts(self):
        """Each text beside the box that it stands in."""
        for group in self.svg.iter(f"{SVG}g"):
            yield from ((group.find(f"{SVG}rect"), one) for one in group.iter(f"{SVG}text"))


def drawn(*tasks):
    return Drawn(ET.fromstring(picture(tasks)))


def task(name, stage, *takes, needs=(), **words):
    inputs = tuple(
        InputLine(f"i{n}", "task", f"{maker}.out", "dataframe", None, verdict, None)
        for n, (maker, verdict) in enumerate(takes)
    )
    told = {"parts": 0, "effect": False, "image": None, "compute": None, "outputs": ()} | words
    return TaskLine(name=name, stage=stage, jobs=(), inputs=inputs, needs=needs, **told)


def test_several_edges_of_two_tasks_are_one_line_of_what_is_worst():
    made = drawn(
        task("a", 1),
        task("b", 2, ("a", "proven"), ("a", "refuted"), ("a", "unknown"), needs=("a",)),
        task("c", 3, ("b", "proven"), ("b", None)),
        task("d", 4, needs=("c",)),
    )
    assert [kind for kind, _ in made.paths()] == ["after", "untyped", "refuted"]
    assert made.paths()[2][1].splitlines() == [
        "a.out → i0: proven", "a.out → i1: refuted", "a.out → i2: unknown", "after a",
    ]  # fmt: skip


def test_texts_stay_in_their_boxes():
    told = TaskOutlook("run", {"run": 1000, "judge": 1000, "maybe": 1000, "reuse": 1000})
    long = [f"{'m' * 60}-{n}" for n in (1, 2)]
    tasks = [task(name, 1, parts=4000, outlook=told) for name in long]
    shown = [task("quiet", 1, parts=120, effect=True), *tasks]
    names = []
    for box, text in drawn(*shown).texts():
        size = SIZES[text.get("class")]
        assert float(box.get("x")) < float(text.get("x"))
        wide = len(text.text) * size * LETTER
        assert float(text.get("x")) + wide <= float(box.get("x")) + WIDE
        names.append(text.text)
    assert len({one for one in names if one.startswith("mmm")}) == 2, "ends tell them apart"
    style = re.sub(r"\s*\n", "", plan_html(Outline(())))
    assert "svg text{font:12px ui-monospace" in style
    assert "svg .s{font-size:10px" in style


def test_a_page_tells_states_order_and_what_is_left_out():
    plan, fates = shop(), {"shop": Fate("click")}
    page = plan_html(outline([plan], fates))
    assert '<h2>shop <span class="b click">to run by a click</span></h2>' in page
    report = next(row for row in page.split("<tr>") if "<code>report</code>" in row)
    assert "score.scores" in report
    assert "after <code>check</code>" in report
    assert 'lines: <span class="after">┄ order alone</span> <span class="proven">— proven' in page
    many = tuple(replace(plan.tasks[0], name=f"t{n}") for n in range(50))
    reused = {one.name: TaskOutlook("reuse", {}) for one in many}
    page = plan_html(outline([replace(plan, tasks=many, edges=())], None, None, {"shop": reused}))
    assert "<table>" not in page
    assert "… 50 tasks reused" in page
