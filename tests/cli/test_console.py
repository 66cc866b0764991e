"""Where words go: nothing in them steers a terminal, or ends the command."""

from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.api.listing import Table
from wombat.cli.console import Console
from wombat.cli.tables import as_text

ANY = st.text(st.characters(codec=None, categories=None))


@given(ANY)
def test_json_is_the_same_tree_and_printable(text):
    said = shown(lambda: Console(json=True).result("", {"text": text}))
    assert [c for c in said.replace("\n", "") if not c.isprintable()] == []
    assert json.loads(said) == json.loads(json.dumps({"text": text}))


@given(ANY)
def test_a_cell_is_one_line_of_printable_text(text):
    said = as_text(Table("", ("name", "state"), [(text, "due")], {}))
    assert len(said.split("\n")) == 2
    assert said.replace("\n", "").isprintable()


@pytest.mark.parametrize(("encoding", "arrow"), [("utf-8", "→"), ("ascii", "\\u2192")])
def test_what_a_stream_cannot_take_is_escaped(encoding, arrow):
    console = Console(verbose=True)
    for say in (console.result, console.say, console.detail, console.say_error):
        assert shown(lambda say=say: say("a → \ud800"), encoding) == f"a {arrow} \\ud800\n"


def shown(call, encoding="utf-8"):
    """What a call writes to either stream, were they of that encoding."""
    written = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("stdout", "stderr"):
            patch.setattr(sys, name, io.TextIOWrapper(written, encoding, write_through=True))
        call()
        said = written.getvalue().decode()
        for name in ("stdout", "stderr"):
            getattr(sys, name).detach()
    return said
