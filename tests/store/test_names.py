"""Names: built, taken apart, and refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.errors import UsageFault
from wombat.store import names
from wombat.store.zones import trusted_first, zone_of

FIELDS = {field: st.from_regex(rx, fullmatch=True) for field, rx in names._FIELDS.items()}
FIELDS["part"] = FIELDS["part"].filter(lambda label: len(label) <= names.LABEL_LENGTH)
KINDS = sorted(names._TEMPLATES)


@given(st.data())
def test_every_name_comes_back(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    wanted = [f for f in FIELDS if f"{{{f}}}" in names._TEMPLATES[kind] and f != "xx"]
    fields = {f: data.draw(FIELDS[f]) for f in wanted}
    key = names.build(kind, **fields)
    parsed = names.parse(key)
    assert parsed is not None
    assert parsed.kind == kind
    assert {f: parsed[f] for f in wanted} == fields
    assert not key.startswith("/")
    assert not any(step in ("", "..") for step in key.split("/"))


@given(st.text(max_size=60))
def test_no_text_breaks_out(text: str) -> None:
    for field in ("run", "task", "pipeline", "digest"):
        try:
            names.build("header", zone="t/shop", pipeline="p", run="r")
            key = names.build("attempt", **(_attempt() | {field: text}))
        except (UsageFault, KeyError):
            continue
        parsed = names.parse(key)
        assert parsed is not None


def _attempt() -> dict[str, str]:
    return {
        "zone": "t/shop",
        "pipeline": "p",
        "run": "r",
        "task": "x",
        "part": "",
        "attempt": "1",
    }


@given(st.text(min_size=1, max_size=66))
def test_branches_are_one_step_and_come_back(branch: str) -> None:
    try:
        encoded = names.encode_branch(branch)
    except (UsageFault, UnicodeEncodeError):
        return
    assert "/" not in encoded
    assert encoded not in (".", "..")
    assert names.decode_branch(encoded) == branch


@given(st.integers(0, 2**63), st.integers(0, 2**63))
def test_the_highest_number_is_listed_first(one: int, other: int) -> None:
    assert names.number(names.inverse(one)) == one
    assert (names.inverse(one) < names.inverse(other)) == (one > other)


def test_a_task_may_have_the_name_of_a_record() -> None:
    run = {names.header("t/s", "p", "r"), names.everything("t/s", "p", "r")}
    for task in ("header", "all"):
        key = names.attempt("t/s", "p", "r", task, None, 1)
        assert not any(key.startswith(f"{k}/") for k in run)


@pytest.mark.parametrize(
    "key",
    [
        "t/shop/p/ab/" + "cd" * 32,  # spread over the wrong folder
        "t/shop/p/ab/" + "AB" * 32,
        "t/../shop/p/ab/" + "ab" * 32,
        "v/shop/p/ab/" + "ab" * 32,
        "t/shop/p/ab/" + "ab" * 32 + "\n",
        "t/shop/runs/p/r/x/1",
        "t/shop/runs/p/r/x=a b/1",
        "t/shop/runs/p/r/x=/01",
        "t/shop/refs/p/heads/a/b/7fffffffffffffff",
        "tmp/put-1",
        "wombat.json",
    ],
)
def test_foreign_names_are_none_of_ours(key: str) -> None:
    assert names.parse(key) is None


def test_zones() -> None:
    assert zone_of("t", "shop") == zone_of("t/shop", "other") == "t/shop"
    for wrong in ("x", "t/..", "t/a/b", "", "t/-a"):
        with pytest.raises(UsageFault):
            zone_of(wrong, "a/b" if wrong == "" else "shop")
    assert trusted_first(("u/s", "local/s", "t/s")) == ("t/s", "local/s", "u/s")
