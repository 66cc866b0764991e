"""Listings come in one order, whatever order the server has, and start where nothing is missed."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from wombat.store.s3.listing import in_order, start_of

STEP = st.text(st.sampled_from("ab-.0=_~"), min_size=1, max_size=4).filter(
    lambda step: step.strip(".") != ""
)
KEYS = st.lists(st.lists(STEP, min_size=1, max_size=4).map("/".join), unique=True, max_size=12)


def files_only(keys: list[str]) -> list[str]:
    """No key is also the folder of another, as among names of a store."""
    return [key for key in keys if not any(other.startswith(f"{key}/") for other in keys)]


def by_steps(key: str) -> list[str]:
    return key.split("/")


@given(KEYS, STEP)
def test_either_order_becomes_that_of_bytes(keys: list[str], step: str) -> None:
    below = [f"top/{key}" for key in files_only(keys)]
    for order in (str, by_steps):
        assert list(in_order(sorted(below, key=order), len("top/"))) == sorted(below)


@given(KEYS, st.data())
@example(["x/a/1", "x/a-b/1", "x/a.c/2"], None)
def test_nothing_behind_the_start_is_left_out(keys: list[str], data: st.DataObject | None) -> None:
    found = files_only(keys)
    if data is None:
        afters = ("", "x/a-b", "x/a-b/1", "x/a.c", "x/a/1")
        pairs = [(prefix, after) for prefix in ("", "x/", "x/a-") for after in afters]
    else:
        prefix = data.draw(st.sampled_from(["", *found, *(key[:-1] for key in found)]))
        pairs = [(prefix, data.draw(st.sampled_from(["", *found, *(f"{k}0" for k in found)])))]
    for prefix, after in pairs:
        start = start_of(prefix, after)
        wanted = [key for key in found if key.startswith(prefix) and key > after]
        assert all(key > start for key in wanted)
        assert all(by_steps(key) > by_steps(start) for key in wanted)
        assert not any(key.startswith(f"{start}/") for key in wanted), "a folder is left out whole"


def test_a_folder_named_with_a_dash_is_skipped_into_all_the_same() -> None:
    key = "u/my-shop/results/ab/abcd"
    assert start_of("u/my-shop/results/", f"{key}/") == key[:-1]
    assert start_of("u/my-shop/refs/", "u/my-shop/refs/ab/c-b/1") == "u/my-shop/refs/a"
    assert start_of("u/my-shop/refs/", "u/my-shop/refs/a-b/1") == ""
    assert start_of("u/my-shop/refs/", "u/my-shop/refs/-b") == ""
