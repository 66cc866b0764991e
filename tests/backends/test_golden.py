"""Golden files: a project a folder, and the child that GitLab gets of it.

To write them anew: WOMBAT_UPDATE=1. Read them before you commit, as a reviewer of CI would.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wombat.cli.entry import run

HERE = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", sorted(f.name for f in HERE.iterdir() if f.is_dir()))
def test_the_child_as_it_was_reviewed(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compile", "-C", str(HERE / name), "--to", "gitlab", "--out", str(tmp_path)]
    assert run(words) == 0, capsys.readouterr().err
    text = (tmp_path / "child.yml").read_text("utf-8")
    expected = HERE / name / "child.yml"
    if os.environ.get("WOMBAT_UPDATE"):
        expected.write_text(text, "utf-8")
    assert text == expected.read_text("utf-8")
    assert run([*words, "--check"]) == 0, capsys.readouterr().err
    (tmp_path / "child.yml").write_text(text.replace("max: 2", "max: 1"), "utf-8")
    assert run([*words, "--check"]) == 1
