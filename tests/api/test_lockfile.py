"""The lock's file: read as it was written, merged line by line, and never half believed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat.api.lockfile import FILE, Content, Entry, Lock, read_lock
from wombat.errors import UsageFault


@pytest.mark.parametrize(
    "text",
    [
        "version = 2\n",
        "artifact = 1\nversion = 1\n",
        "version = 1\n[artifact.m]\n",
        'version = 1\n[artifact.m]\naddress = "a/b"\ncontent = "1"\nmanifest = "2"\n',
        'version = 1\n[artifact."../m"]\naddress = "a/b"\n',
        "version = 1\n<<<<<<< HEAD\n[artifact.m]\n",
        "version = 1\n[artifact.m]\n[artifact.m]\n",
        "\x00",
    ],
)
def test_a_broken_lock_is_never_half_believed(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(UsageFault, match="can't be read") as raised:
        read_lock(tmp_path)
    assert raised.value.code == "lock-broken"
    assert (tmp_path / FILE).read_text() == text
    (tmp_path / FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(UsageFault, match="can't be read"):
        read_lock(tmp_path)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
CONTENT = st.builds(Content, HEX, HEX)
FACTS = st.fixed_dictionaries(
    {}, optional={"run": TEXT, "branch": TEXT, "seq": st.integers(0, 2**62), "schema": TEXT}
)
NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True)
WHOLE = st.builds(Entry, NAMES, st.just("a:b/c@main"), st.booleans(), FACTS, CONTENT)
PARTED = st.builds(
    Entry,
    NAMES,
    st.just("b/c[x=y]"),
    st.booleans(),
    FACTS,
    st.none(),
    st.dictionaries(TEXT, CONTENT, min_size=1, max_size=3),
)


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(st.lists(WHOLE | PARTED, max_size=5, unique_by=lambda one: one.name))
def test_a_lock_is_read_back_as_it_was_written(tmp_path_factory, entries):
    folder = tmp_path_factory.mktemp("lock")
    written = Lock({one.name: one for one in entries})
    (folder / FILE).write_bytes(written.text().encode())
    assert read_lock(folder) == written
    backwards = Lock({one.name: one for one in reversed(entries)})
    assert backwards.text() == written.text()


def test_two_branches_that_add_something_merge_line_by_line():
    one = Entry("alpha", "a:b/c@main", True, {"run": "r"}, Content("1" * 64, "2" * 64))
    two = Entry("omega", "a:b/d@main", True, {"run": "r"}, Content("3" * 64, "4" * 64))
    middle = Entry("kappa", "a:b/e@main", True, {"run": "r"}, Content("5" * 64, "6" * 64))
    base = Lock().having(middle).text()
    both = Lock().having(middle).having(one).having(two).text()
    assert base.split("\n\n", 1)[1].strip() in both
    assert all(re.fullmatch(r"#.*|\[.*\]|\w+ = .*|", line) for line in both.splitlines())
