"""lakefs.md: its commands run in order, on the double; its codes and numbers are right."""

from __future__ import annotations

import os
import re

import pytest

from tests.docs.pages import ROOT, anchors, blocks, links, prose, read, tables
from tests.docs.playing import play_block
from tests.lakefs.conftest import Lake
from tests.lakefs.double import Double
from tests.lakefs.projects import Look
from wombat.api.doctor_lakefs import OLDEST
from wombat.review.rules import explain

PAGE = "docs/lakefs.md"


@pytest.fixture
def double(monkeypatch):
    double = Double()
    found = Lake(double.endpoint, double.key, double.secret, "lake", double)
    monkeypatch.delenv("LAKECTL_CREDENTIALS_SESSION_TOKEN", raising=False)
    monkeypatch.setenv("LAKECTL_CONFIG_FILE", os.devnull)
    for name, value in found.environ.items():
        monkeypatch.setenv(name, value)
    with found.raw as raw:
        body = {"name": "lake", "storage_namespace": "local://lake"}
        assert raw.ask("POST", "/repositories", tree=body).status == 201
    yield found
    double.close()


@pytest.mark.slow
def test_from_nothing_to_a_merged_run(tmp_path, monkeypatch, capsys, double):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WOMBAT_STORE", raising=False)
    begun, asked, changed, pulled, rights = blocks(PAGE, "console")
    (said,) = blocks(PAGE, "yaml")
    play_block(begun.text, capsys)
    (tmp_path / "shop" / "wombat.yml").write_text(said.text)
    play_block(asked.text, capsys)
    look = Look(double)
    first = look.files()
    assert look.branches() == ["main"]
    (day,) = re.findall(r'to `"([\d-]+)"`', read(PAGE))
    pipeline = tmp_path / "shop" / "pipelines" / "shop.yml"
    assert "2026-01-01" in pipeline.read_text()
    pipeline.write_text(pipeline.read_text().replace("2026-01-01", day))
    play_block(changed.text, capsys)
    second = look.files()
    differ = {path for path in first if first[path] != second[path]}
    assert second.keys() == first.keys()
    assert "data/shop/load/orders/data.parquet" not in differ
    shown = re.findall(r"^~ modified (\S+)$", read(PAGE), re.MULTILINE)
    assert {path for path in shown if not path.endswith("_wombat.json")} <= differ
    play_block(pulled.text, capsys)
    assert any((tmp_path / "shop" / "totals").rglob("*.parquet"))
    play_block(rights.text, capsys)


def test_each_code_is_one_and_its_exit_is_told():
    (rows,) = [
        rows for header, rows in tables(PAGE) if header == ("exit", "code", "what it is", "then")
    ]
    told = {
        code: int(exit_code)
        for exit_code, cell, *_ in rows
        for code in re.findall(r"`([\w-]+)`", cell)
    }
    every = {path.stem for path in (ROOT / "wombat" / "rules").glob("lakefs-*.md")}
    # What can't be begun, and what is of reading.
    assert every - told.keys() == {"lakefs-config", "lakefs-not-published"}
    for code, exit_code in told.items():
        assert explain(code)
        assert exit_code == (14 if code in ("lakefs-audit", "lakefs-content") else told[code])
    codes = {"lakefs-credentials": 13, "lakefs-denied": 13, "lakefs-unreachable": 13}
    conflicts = dict.fromkeys(
        ("lakefs-foreign", "lakefs-dirty", "lakefs-conflict", "lakefs-refused"), 15
    )
    assert told == {**codes, **conflicts, "lakefs-audit": 14, "lakefs-content": 14}


def test_its_numbers_are_those_of_the_code():
    assert f"servers before {'.'.join(map(str, OLDEST))}" in " ".join(read(PAGE).split())
    assert f"lakefs-sdk>={'.'.join(map(str, OLDEST))}" in read("pyproject.toml")


def test_its_links_lead_somewhere():
    for path, anchor in links(PAGE):
        target = (ROOT / "docs" / path).resolve() if path else ROOT / PAGE
        assert target.is_file(), path
        assert not anchor or anchor in anchors(str(target.relative_to(ROOT))), anchor


def test_other_pages_lead_there():
    assert f"]({PAGE})" in read("README.md")
    assert "](lakefs.md)" in prose("docs/RUNNING.md")
