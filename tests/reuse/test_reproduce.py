"""An earlier run's tasks done once more: the very inputs, code at its commit, nothing is kept."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.executor.web import site
from tests.reuse.conftest import Here
from wombat.api import runs
from wombat.api.reproducing import reproduce
from wombat.api.run_finding import _some
from wombat.api.session import open_session
from wombat.cli.entry import run as wombat
from wombat.errors import Absent, StoreDamaged, UsageFault, WombatError
from wombat.executor import installed
from wombat.review.reproduced import exit_code, reproduced_text

if TYPE_CHECKING:
    from wombat.executor.local import RunResult

FILES = {
    "wombat.yml": "project: pricing\n",
    ".gitignore": ".wombat\nbeside\n",
    "uv.lock": 'version = 1\n[[package]]\nname = "idna"\nversion = "3.20"\n'
    'source = {registry = "https://pypi.org/simple"}\n',
    "data/seed.txt": "3",
    "pipelines/prices.yml": """\
pipeline: prices
params: {factor: {type: int, default: 2}}
tasks:
  load:
    run: pricing:load
    inputs: {seed: {file: data/seed.txt}}
    requires: [idna]
    outputs: {rows: {type: json}}
  table:
    foreach: {region: [us, eu]}
    run: pricing:table
    inputs: {rows: load.rows}
    with: {factor: $params.factor}
    env: {MODE: plain}
    outputs: {frame: {type: dataframe}}
  total:
    run: pricing:total
    inputs: {frames: {from: table.frame, collect: dict}}
    with: {beside: '%s'}
    outputs: {sum: {type: json}}
  page:
    shell: 'cat "$WOMBAT_INPUT_SUM" > "$WOMBAT_OUTPUT_PAGE"'
    inputs: {sum: total.sum}
    outputs: {page: {type: file, path: page.txt}}
  tell: {run: "pricing:tell", inputs: {sum: total.sum}}
""",
    "pricing.py": """\
import os
from pathlib import Path

import pandas as pd


def load(seed: Path):
    return list(range(int(seed.read_text())))


def table(rows, factor: int, region: str):
    assert os.environ["MODE"] == "plain"
    return pd.DataFrame({"n": [factor * one for one in rows], "region": region})


def total(frames: dict, beside: str):
    chance = int(Path(beside).read_text())
    whole = int(sum(frame["n"].sum() for frame in frames.values()))
    if chance > whole:
        raise ValueError("too much")
    return whole + chance


def tell(sum):
    pass
""",
}


def git(root: Path, *words: str) -> bytes:
    given = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(root), *given, *words]
    return subprocess.run(command, check=True, capture_output=True).stdout


def write(root: Path, name: str, before: str, after: str) -> None:
    text = (root / name).read_text()
    assert before in text
    (root / name).write_text(text.replace(before, after))


def start(root: Path) -> Path:
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text.replace("%s", str(root / "beside")))
    (root / "beside").write_text("1")
    git(root.parent, "init", "-q", "-b", "main")  # the project is a folder of the repository
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    return root


class WithEnvironment(Here):
    def ask(self, request: dict[str, Any], timeout: float | None = None) -> dict[str, Any]:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in request["env"].items():
                patch.setenv(name, value)
            return super().ask(request, timeout)


def run_pipeline(root: Path, pipeline: str, **asked: Any) -> RunResult:
    return runs.run_pipeline(root, pipeline, jobs=1, **asked)


@pytest.fixture
def root(here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for place in ("pool", "reproduce"):
        monkeypatch.setattr(f"wombat.executor.{place}.Worker", WithEnvironment)
    return start(tmp_path / "project")


def stored(root: Path) -> dict[str, bytes]:
    folder = root / ".wombat" / "store"
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_run_is_the_same_once_more_and_leaves_nothing(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_pipeline(root, "prices", given={"factor": "5"}, profile="production").run
    before = stored(root)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    found = reproduce(root, run[:-3])
    assert [one.name for one in found] == [
        "prices/load", "prices/table: [us]", "prices/table: [eu]", "prices/total", "prices/page",
    ]  # fmt: skip
    assert {one.state for one in found} == {"same"}
    assert {one.code for one in found} == {"this checkout"}
    assert all(output.now for one in found for output in one.outputs)
    assert exit_code(found) == 0
    assert stored(root) == before
    assert not list((tmp_path / "scratch").iterdir())


@pytest.mark.slow
def test_its_code_files_and_parameters_are_those_of_its_commit(root: Path) -> None:
    run = run_pipeline(root, "prices", given={"factor": "5"}).run
    write(root, "pricing.py", "factor * one", "factor + one")
    write(root, "data/seed.txt", "3", "4")
    write(root, "pipelines/prices.yml", "MODE: plain", "MODE: other")
    for _ in range(2):
        index = git(root, "ls-files", "-s")
        found = reproduce(root, run.rpartition("-")[2])
        assert git(root, "ls-files", "-s") == index
        assert not (root.parent / ".git/worktrees").exists()
        assert {one.state for one in found} == {"same"}
        assert all("in a folder of its own" in one.code for one in found)
        git(root, "commit", "-qam", "two", "--allow-empty")
    write(root, "pricing.py", "def load", "# said otherwise\ndef load")
    assert reproduce(root, run, task="load")[0].code.startswith("commit ")
    shutil.rmtree(root.parent / ".git")
    assert exit_code(reproduce(root, run, task="total")) == 0, "where its own code is still here"
    with pytest.raises(StoreDamaged) as caught:
        reproduce(root, run, task="load")
    assert (caught.value.code, caught.value.exit_code) == ("inputs-lost", 14)
    with pytest.raises(StoreDamaged) as caught:
        reproduce(root, run, task="table", label="us")
    assert (caught.value.code, caught.value.exit_code) == ("code-lost", 14)
    assert "pricing.py" in caught.value.message


def test_a_run_with_changes_is_done_again_where_they_are(root: Path) -> None:
    write(root, "pricing.py", "factor * one", "factor - one")
    run = run_pipeline(root, "prices").run
    assert reproduce(root, run, task="table")[0].code == (
        "this checkout, whose code is the same: it ran in one with changes"
    )
    write(root, "data/seed.txt", "3", "4")
    assert reproduce(root, run, task="load")[0].code.startswith("commit "), "where its file is"
    git(root, "commit", "-qam", "two", "--allow-empty")
    assert exit_code(reproduce(root, run, task="table")) == 0
    write(root, "pricing.py", "factor - one", "factor * one")
    with pytest.raises(StoreDamaged) as caught:
        reproduce(root, run, task="table")
    assert caught.value.code == "code-lost"


def test_what_differs_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "pricing.py", '"region": region}', '"region": region, "x": chance()}')
    write(
        root,
        "pricing.py",
        "def load",
        "def chance():\n    return len(os.environ['HOME'])\n\n\ndef load",
    )
    git(root, "commit", "-qam", "two", "--allow-empty")
    run = run_pipeline(root, "prices").run
    monkeypatch.setenv("HOME", "x" * 9999)
    (one,) = reproduce(root, run, task="table", label="us")
    assert (one.state, exit_code((one,))) == ("differs", 1)
    assert one.outputs[0].diff is not None
    assert [c.name for c in one.outputs[0].diff.columns if c.state != "same"] == ["x"]
    assert "9,999" in reproduced_text(one)
    monkeypatch.setattr(installed, "_version", lambda name: f"{name} 9")
    monkeypatch.setattr(sys, "version_info", (4, 0, 1))
    (one,) = reproduce(root, run, task="load")
    told = {what: now for what, _, now in one.environment}
    assert told == {"python": "4.0.1", "idna": "idna 9"}
    assert "python: 3." in reproduced_text(one)


def test_a_failure_is_met_again_with_what_it_read(root: Path) -> None:
    (root / "beside").write_text("100")
    first = run_pipeline(root, "prices")
    error = first.failed["total", None]
    assert error.hint == f"the same inputs here: wombat reproduce {first.run} prices/total --pdb"
    (one,) = reproduce(root, first.run, pipeline="prices", task="total")
    assert (one.state, exit_code((one,))) == ("failed", 12)
    assert "fails as it did then" in reproduced_text(one)
    (root / "beside").write_text("1")
    (one,) = reproduce(root, first.run, task="total")
    assert (one.state, exit_code((one,))) == ("differs", 1)
    assert "is done now; it failed then" in reproduced_text(one)
    with pytest.raises(Absent):
        reproduce(root, first.run, task="page")


def test_a_failure_of_an_untrusted_branch_is_met_in_its_zone(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "beside").write_text("100")
    with monkeypatch.context() as patch:
        patch.setenv("WOMBAT_ZONE", "u")
        failed = run_pipeline(root, "prices")
        (one,) = reproduce(root, failed.run, task="total")
    said = f"the same inputs here: WOMBAT_ZONE=u wombat reproduce {failed.run} prices/total --pdb"
    assert failed.failed["total", None].hint == said
    assert one.state == "failed"
    with pytest.raises(Absent):
        reproduce(root, failed.run, task="total")


JUDGED = """\
pipeline: prices
tasks:
  make:
    run: pricing:make
    outputs:
      rows: {type: dataframe, schema: rows, policies: {development: {on_fail: warn}}}
"""
MAKE = """\
import pandas as pd


def make():
    return pd.DataFrame({"n": [1, 2, 300]})
"""


def test_data_that_failed_when_it_was_judged_anew_fails_again(root: Path) -> None:
    (root / "pipelines/prices.yml").write_text(JUDGED)
    (root / "pricing.py").write_text(MAKE)
    (root / "schemas").mkdir()
    (root / "schemas/rows.yml").write_text("schema: rows\ncolumns: {n: {type: int64, max: 9}}\n")
    made = run_pipeline(root, "prices")
    judged = run_pipeline(root, "prices", profile="production")
    record = open_session(root).store.attempts("prices", judged.run, "make")[0].record
    assert record["reused"]["run"] == made.run
    (one,) = reproduce(root, judged.run)
    assert (one.run, exit_code((one,))) == (judged.run, 11)
    assert "fails as it did then" in reproduced_text(one)
    assert "--pdb" not in str(judged.failed["make", None].hint)


def test_what_was_reused_is_done_again_as_it_was_made(root: Path) -> None:
    first = run_pipeline(root, "prices").run
    write(root, "pricing.py", "whole + chance", "whole + chance + 1")
    git(root, "commit", "-qam", "two", "--allow-empty")
    second = run_pipeline(root, "prices").run
    load, _, _, total, _ = reproduce(root, second)
    assert (load.run, load.asked, load.state) == (first, second, "same")
    assert (total.run, total.asked, total.state) == (second, None, "same")
    assert f"which run {second} reused" in reproduced_text(load)


def test_of_several_attempts_that_is_taken_which_was_read(root: Path) -> None:
    first = run_pipeline(root, "prices")
    total, load = (first.done[task, None].record for task in ("total", "load"))
    other = {**total, "outputs": {"sum": load["outputs"]["rows"]}}
    store, page = open_session(root).store, first.done["page", None].record
    store.record_attempt("prices", first.run, "total", None, other)
    assert reproduce(root, first.run, task="page")[0].state == "same"
    read = {**page, "inputs": {"sum": load["outputs"]["rows"]["C"]}}
    store.record_attempt("prices", first.run, "page", None, read)
    assert reproduce(root, first.run, task="page")[0].state == "differs", "it read the other one"


def test_what_came_from_the_branch_is_found_by_its_content(root: Path) -> None:
    run_pipeline(root, "prices")
    write(root, "pricing.py", "whole + chance", "whole + chance + 1")
    write(root, "pipelines/prices.yml", "shell: 'cat ", "shell: 'cat -u ")
    alone = run_pipeline(root, "prices", task="page", only=True).run
    (page,) = reproduce(root, alone, task="page")
    assert (page.name, page.run, page.state) == ("prices/page", alone, "same")


def test_what_is_gone_from_the_store_is_told(root: Path) -> None:
    run = run_pipeline(root, "prices").run
    shutil.rmtree(root / ".wombat/store/local/pricing/m")
    with pytest.raises(StoreDamaged) as caught:
        reproduce(root, run, task="table")
    assert caught.value.exit_code == 14


OUTSIDE = """\
pipeline: prices
tasks:
  load: {run: "pricing:lines", inputs: {raw: {url: "URL"}}, outputs: {rows: {type: json}}}
"""


def test_outside_data_is_what_it_was_or_lost(root: Path) -> None:
    (root / "pricing.py").write_text("def lines(raw):\n    return raw.read_text().split()\n")
    with site() as there:
        url = there.put(b"a b", etag='"1"')
        (root / "pipelines/prices.yml").write_text(OUTSIDE.replace("URL", url))
        git(root, "commit", "-qam", "two")
        run = run_pipeline(root, "prices").run
        assert exit_code(reproduce(root, run)) == 0
        for body, etag in ((b"a c", '"2"'), (b"b b", '"1"')):
            there.put(body, etag=etag)
            with pytest.raises(StoreDamaged) as caught:
                reproduce(root, run)
            assert caught.value.code == "inputs-lost"


def test_what_cant_be_meant(root: Path) -> None:
    run, _ = (run_pipeline(root, "prices", given={"factor": str(n)}).run for n in (1, 2))
    for asked, kind, code in [
        ({"run": "local-2"}, UsageFault, "ambiguous-run"),
        ({"run": "nothing"}, Absent, "absent"),
        ({"run": run, "task": "lood"}, Absent, "absent"),
        ({"run": run, "task": "table", "label": "asia"}, Absent, "absent"),
        ({"run": run, "task": "tell"}, UsageFault, "reproduce-effect"),
        ({"run": "../x"}, UsageFault, "invalid-run"),
    ]:
        with pytest.raises(kind) as caught:
            reproduce(root, **asked)
        assert caught.value.code == code
    for asked in ("prices/total", "nothing"):
        with pytest.raises(WombatError, match=r"expected the run first|expected one of local-"):
            reproduce(root, asked)
    assert _some([f"r{n}" for n in range(10, 30)]) == "r29, r28, r27, r26, r25 and 15 more"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_debugger_begins_where_the_code_raised(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "beside").write_text("100")
    run = run_pipeline(root, "prices").run
    before, words = stored(root), ["-C", str(root), "reproduce", run]
    assert wombat([*words, "prices/total", "--pdb"]) == 2, "nobody could type"
    monkeypatch.setenv("A_TOKEN", "secret")
    folder = Path.cwd()
    with monkeypatch.context() as patch:
        asked = "p (whole, os.environ['WOMBAT_TASK'], os.getcwd(), 'A_TOKEN' in os.environ)\nq\n"
        patch.setattr(sys, "stdin", Terminal(asked))
        patch.setattr(sys, "path", list(sys.path))
        assert wombat([*words, "prices/total", "--pdb"]) == 12
    monkeypatch.delitem(sys.modules, "pricing")
    said = capsys.readouterr()
    assert f"(12, 'total', '{root}', False)" in said.out
    assert (os.environ["A_TOKEN"], Path.cwd()) == ("secret", folder)
    assert "prices/total: fails as it did then" in said.out
    assert stored(root) == before


@pytest.mark.slow
def test_the_verb_runs_a_worker(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = start(tmp_path / "project")
    run = run_pipeline(root, "prices").run
    assert wombat(["reproduce", run, "prices/load", "-C", str(root)]) == 0
    assert "prices/load: the same, byte by byte" in capfd.readouterr().out
    (root / "beside").write_text("2")
    assert wombat(["reproduce", run, "prices/", "-C", str(root), "--json"]) == 1
    assert '"state": "differs"' in capfd.readouterr().out
    assert wombat(["reproduce", "nothing", "-C", str(root)]) == 17
