"""Addresses, durations and sizes: what is written comes back, what is wrong is refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from wombat.errors import UsageFault
from wombat.language.address import IDENTIFIER, NAME, Address, Ref, parse_address
from wombat.language.names import check_identifier, check_name, parse_duration, parse_size

names = st.from_regex(NAME, fullmatch=True)
identifiers = st.from_regex(IDENTIFIER, fullmatch=True)
words = st.text("abzAZ019._/-", min_size=1, max_size=20).filter(lambda t: not t.startswith("-"))
refs = st.builds(Ref, st.just("name"), words) | st.builds(
    Ref, st.sampled_from(["branch", "tag", "run", "asof", "blake3"]), words
)
addresses = st.one_of(
    st.builds(Address, names, st.none(), st.none(), st.none(), st.none() | refs, st.none() | names),
    st.builds(
        Address,
        names,
        identifiers,
        st.none() | names,
        st.none() | st.text("abAB01.,=-_", max_size=12),
        st.none() | refs,
        st.none() | names,
    ),
)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(address=addresses)
def test_an_address_comes_back(address: Address) -> None:
    assert parse_address(str(address)) == address


def test_rows_set_aside_have_an_address_however_long_the_outputs_name_is() -> None:
    longest = "a" * 63
    assert parse_address(f"p/t.{longest}_rejected[us]@main").output == f"{longest}_rejected"
    with pytest.raises(UsageFault):
        parse_address(f"p/{longest}_rejecte")


@settings(max_examples=400, deadline=None)
@given(text=st.text("ab:/.[]@=-_A1 ", max_size=24))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    with suppress(UsageFault):
        assert str(parse_address(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/a",
        "a/",
        "A/b",
        "a/b/c",
        "a/b@",
        "a/b@tag:",
        "a/b@-x",
        "a b",
        "a/b[",
        "a/b]",
        "a/b[[x]]",
    ],
)
def test_no_address(text: str) -> None:
    with pytest.raises(UsageFault, match="no address"):
        parse_address(text)


@settings(max_examples=400, deadline=None)
@given(seconds=st.integers(1, 30 * 86400))
def test_a_duration_comes_back(seconds: int) -> None:
    rest, text = seconds, ""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if rest >= size:
            text += f"{rest // size}{unit}"
            rest %= size
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "0", "90", "0s", "1.5h", "5m1h", "1h1h", "-1m", "31d", "1 h", "٣m", "1M", "9" * 99 + "s"],
)
def test_no_duration(text: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        parse_duration(text)
    assert caught.value.type == "invalid-duration"


UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
UNITS |= {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


@settings(max_examples=400, deadline=None)
@given(number=st.integers(0, 10**15 - 1), unit=st.sampled_from(sorted(UNITS)))
def test_a_size_is_exact(number: int, unit: str) -> None:
    assert parse_size(f"{number}{unit}") == number * UNITS[unit]
    assert parse_size(f"{number} {unit}") == number * UNITS[unit]


def test_sizes_with_a_point() -> None:
    assert parse_size("1.5GiB") == 3 * 2**29
    assert parse_size("0.1kB") == 100
    assert parse_size("4.000001TB") == 4_000_001_000_000


@pytest.mark.parametrize(
    "text", ["", "4", "4G", "4gib", "-1B", "1e3B", "1,5GB", ".5GB", "٣GB", "9" * 400 + "B"]
)
def test_no_size(text: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        parse_size(text)
    assert caught.value.type == "invalid-size"


@pytest.mark.parametrize("name", ["a", "a-b", "a_b", "a0", "x" * 63])
def test_a_name(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", "A", "1a", "-a", "a b", "ä", "a.b", "a/b", "x" * 64, "a\n"])
def test_no_name(name: str) -> None:
    with pytest.raises(PydanticCustomError):
        check_name(name)


@pytest.mark.parametrize("name", ["class", "def", "a-b", "A", "None", "_a", ""])
def test_no_identifier(name: str) -> None:
    with pytest.raises(PydanticCustomError):
        check_identifier(name)
