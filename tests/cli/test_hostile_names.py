"""Names of columns are data: none of them steers a terminal or forges a line of a log."""

from __future__ import annotations

import re
import sys
from itertools import product

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.cli.entry import run
from wombat.printable import harmless, lines_of, one_line

NAMES = [
    "0\nerror[forged]: no",
    "\x1b[2J\x1b[H", "\x1b]0;title\x07", "a\n::error::forged", "::error file=a::forged",
    "a\r\x1b[0Ksection_start:1:forged\r", "\x9b31m", "\u202eforged", "a\u2028##[error]forged",
    "##[error]forged", "a\nerror[forged]: no",
]  # fmt: skip
PIPELINE = """\
pipeline: shop
tasks:
  make:
    run: tasks:make
    outputs: {odd: shop.odd}
"""
SCHEMA = "schema: shop.odd\ncolumns: {id: {type: int64, min: 1}}\n"
CODE = """\
import pyarrow.parquet as pq


def make():
    return pq.read_table("odd.parquet")
"""
SHOWN = re.compile(r"\x1b|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e]")
FORGED = re.compile(r"^\s*(::\w|##\[|error\[forged\])", re.MULTILINE)


@pytest.fixture
def verb(tmp_path, monkeypatch, capfd):
    for name in ("CI", "GITLAB_CI", "GITHUB_ACTIONS", "WOMBAT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    files = {
        "wombat.yml": "project: shop\n",
        "pipelines/shop.yml": PIPELINE,
        "schemas/odd.yml": SCHEMA,
        "tasks.py": CODE,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    pq.write_table(odd(NAMES), tmp_path / "odd.parquet")
    pq.write_table(odd([f"{name}!" for name in NAMES]), tmp_path / "other.parquet")

    def call(*words):
        code = run([*words, "-C", str(tmp_path)])
        said = capfd.readouterr()
        return code, said.out + said.err

    return call


def odd(names):
    return pa.table({"id": [0, 1], **{name: [1, 2] for name in names}})


def calm(said):
    assert not (found := SHOWN.search(said)), repr(said[found.start() - 60 : found.end() + 20])
    assert not (found := FORGED.search(said)), repr(said[found.start() - 60 : found.end() + 20])


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["development", "production"])
def test_a_run(verb, profile):
    code, said = verb("run", "shop", "-p", profile)
    assert (code, "forged" in said) == (0 if profile == "development" else 11, True)
    calm(said)


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--show", "5"), ("-p", "production")])
def test_a_test_by_a_schema(verb, words):
    code, said = verb("schema", "test", "shop.odd", "odd.parquet", *words)
    assert (code, "forged" in said) == (11, True)
    calm(said)


def test_a_diff(verb):
    for form in ("text", "markdown"):
        _, said = verb("diff", "odd.parquet", "other.parquet", "--format", form, "--all")
        assert "forged" in said
        calm(said)


def test_a_schema_of_such_names(verb, tmp_path):
    code, said = verb("schema", "infer", "odd.parquet", "--name", "shop.named", "--write")
    calm(said)
    assert code == 0
    (tmp_path / "schemas/odd.yml").write_text(
        SCHEMA.replace("{id: {type: int64, min: 1}}", '{"::error::x": int64, "\\e[2J": strin}')
    )
    for words in (("check",), ("schema", "show", "shop.named"), ("schema", "infer", "odd.parquet")):
        _, said = verb(*words)
        calm(said)
    code, said = verb("check")
    assert code == 10
    assert "2J" in said


@given(st.text(st.characters(codec=None, categories=None)))
def test_text_is_made_harmless(text):
    assert one_line(text).isprintable()
    assert lines_of(text).count("\n") == text.count("\n")
    for styled in (True, False):
        calm(re.sub(r"\x1b\[[0-9;]*m", "", harmless(text, styled=styled)))


@pytest.mark.parametrize(
    ("line", "styled"), list(product(["\x1b[31mred\x1b[0m", "a\tb", "a :: b", "::"], [True, False]))
)
def test_what_does_no_harm_stays(line, styled):
    shown = line if styled else re.sub(r"\x1b\[[0-9;]*m", "", line)
    assert harmless(line, styled=styled) == shown
