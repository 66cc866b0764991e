"""A mistake a file: NAME.yml is a project in sections, NAME.out what `wombat check` says of it.

A section begins with `# file: PATH`; without any, the file is `pipelines/churn.yml`. In a section a
word in angle brackets stands for what an editor would hide: <TAB>, <NUL>, <LATIN1-E4>. With
`# verbose` in it `check -v` is asked. To write the
.out files anew: WOMBAT_UPDATE=1. Read them before you commit.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.codes import codes_of_files
from wombat.cli.entry import run

HERE = Path(__file__).parent / "corpus"
CASES = sorted(HERE.glob("*.yml"))
HIDDEN = {"<TAB>": b"\t", "<NUL>": b"\0", "<LATIN1-E4>": b"\xe4", "<2 MB>": b"x" * (2 << 20)}
STANDARD = {
    "churn/__init__.py": "",
    "churn/load.py": "def customers(path=None):\n    return path\n",
    "churn/features.py": "def engineer(customers, horizon_days: int = 30):\n    return customers\n",
    "churn/model.py": (
        "def train(features, seed: int = 0):\n    return {}\n\n\n"
        "def score(features, model, region: str):\n    return features\n\n\n"
        "def report(scores):\n    return {}\n"
    ),
    "schemas/churn.yml": (
        "schema: customers\ncolumns:\n  id: int64\n  age: int64?\n  name: string\n"
        "---\nschema: customers_in\ncolumns:\n  id: int64\n  age: int64\n"
        "---\nschema: features\ncolumns:\n  id: int64\n  score: float64\n"
    ),
}


def lay_out(case: Path, root: Path) -> None:
    """Writes the project of a case: what all have, then its own sections."""
    text = case.read_text("utf-8")
    pieces = re.split(r"^# file: (\S+)\n", text, flags=re.MULTILINE)
    own = dict(zip(pieces[1::2], pieces[2::2], strict=True)) or {"pipelines/churn.yml": text}
    for path, content in {**STANDARD, **own}.items():
        file = root / path
        if path.endswith("/"):
            file.mkdir(parents=True, exist_ok=True)
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode()
        for word, raw in HIDDEN.items():
            data = data.replace(word.encode(), raw)
        file.write_bytes(data)
    if "# git" in text:
        subprocess.run(["git", "init", "-q", str(root)], check=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_what_check_says(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay_out(case, tmp_path)
    more = ["-v"] if "# verbose" in case.read_text("utf-8") else []
    code = run(["check", *more, "-C", str(tmp_path)])
    said = capsys.readouterr()
    expected = case.with_suffix(".out")
    if os.environ.get("WOMBAT_UPDATE"):
        expected.write_text(said.err, "utf-8")
    assert said.err == expected.read_text("utf-8")
    assert code == 10
    assert said.out == ""


def test_every_code_of_files_occurs() -> None:
    said = "".join(case.with_suffix(".out").read_text("utf-8") for case in CASES)
    seen = set(
        re.findall(r"^\S+:\d+:\d+: (?:error|warning|note)\[([a-z0-9-]+)\]", said, re.MULTILINE)
    )
    assert codes_of_files() - seen == set()


def test_every_output_has_its_case() -> None:
    assert {f.stem for f in HERE.glob("*.out")} == {f.stem for f in CASES}
