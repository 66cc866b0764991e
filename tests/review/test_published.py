"""What a publish changed: a page for people, numbers for tools, and nothing that users wrote."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tests.review.test_metrics import samples
from wombat.data.stats.model import FrameStats
from wombat.review.data_diff import Side
from wombat.review.published import Changed, changed_junit, changed_markdown, changed_metrics

PARTS = {"made": 1, "judged": 2, "reused": 40}


def frame(content: str, rows: int) -> Side:
    return Side(f"shop/rows@{content}", {"": content}, type="dataframe", stats=FrameStats(rows))


def changed(**outputs: tuple[Side | None, Side | None]) -> Changed:
    return Changed("shop", "published as version 2 of main", "version 1 of main", PARTS, outputs)


MANY = changed(
    grown=(frame("a", 2), frame("b", 5)),
    came=(None, frame("c", 1)),
    went=(frame("d", 9), None),
    same=(frame("e", 4), frame("e", 4)),
    parts=(Side("p", {"us": "1", "eu": "2"}), Side("p", {"us": "1", "eu": "3"})),
)


def test_each_output_that_is_another_is_compared():
    text = changed_markdown(MANY)
    assert "- of 43 parts: 1 made, 2 validated anew, 40 reused" in text
    assert "- 4 of 5 outputs changed\n- unchanged: `same`\n" in text
    assert "### `came`\n\nNew." in text
    assert "### `went`\n\nNo longer made." in text
    assert "- rows: 2 → 5" in text
    assert "parts: `changed eu`" in text or "eu" in text.partition("### `p`")[2]


def test_its_numbers():
    found = samples(changed_metrics(MANY))
    shop = (("pipeline", "shop"),)
    assert found["wombat_outputs_changed", shop] == 4
    assert found["wombat_rows_changed", (*shop, ("output", "grown"))] == 3
    assert found["wombat_rows_changed", (*shop, ("output", "same"))] == 0
    parts = {labels[1][1]: n for (name, labels), n in found.items() if name == "wombat_run_parts"}
    assert parts == PARTS
    (case,) = ET.fromstring(changed_junit(MANY)).iter("testcase")
    assert case.find("system-out").text == (
        "published as version 2 of main\nof 43 parts: 1 made, 2 validated anew, 40 reused\n"
        "4 of 5 outputs changed\ngrown: +3 rows"
    )


def test_the_first_version_of_all_has_nothing_beside_it():
    first = Changed("shop", "published", None, PARTS, {"x": (None, frame("a", 1))})
    assert changed_markdown(first).endswith("nothing stood before: there is nothing to compare\n")
    names = {name for name, _ in samples(changed_metrics(first))}
    assert names == {"wombat_run_parts"}


def test_hostile_names_are_code():
    hostile = "</code>`<script>` @all\n/close"
    text = changed_markdown(changed(**{hostile: (None, frame("a", 1))}))
    assert "\n/close" not in text
    assert "``</code>`<script>` @all" in text


def test_many_outputs_are_told_by_their_number():
    many = {f"o{n}": (frame("a", 1), frame("b", 1)) for n in range(70)}
    text = changed_markdown(changed(**many))
    assert "20 more outputs changed." in text
