"""Which results serve a run, and which never do; what is left to do after one that ended early."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from wombat.api.pulling import pull
from wombat.api.runs import run_pipeline
from wombat.api.session import open_session
from wombat.cli.display import finished
from wombat.cli.entry import run as main
from wombat.errors import StoreDamaged, TaskFailed
from wombat.executor.reuse.hits import Hits
from wombat.store import names
from wombat.store.records import seal

PIPELINE = """\
pipeline: p
tasks:
  a: {run: "work:a", outputs: {out: {type: json}}}
  b: {run: "work:b", inputs: {x: a}, outputs: {out: {type: json}}}
  c: {run: "work:c", inputs: {x: b}, outputs: {out: {type: json}}}
"""
CODE = """\
import time
from pathlib import Path

HERE = Path(HERE_)


def told(name):
    with (HERE / "log").open("a") as log:
        log.write(f"{name}\\n")


def a():
    told("a")
    return 1


def b(x: int):
    told("b")
    while (HERE / "waits").exists():
        time.sleep(0.01)
    if (HERE / "broken").exists():
        raise ValueError
    return x + 1


def c(x: int):
    told("c")
    return x + 1
"""


class Shop:
    """A chain of three tasks, which tell when they run; everything else lies beside it."""

    def __init__(self, folder, patch):
        self.folder, self.root, self.patch = folder, folder / "shop", patch
        (self.root / "pipelines").mkdir(parents=True)
        self.write("wombat.yml", "project: shop\n")
        self.write("pipelines/p.yml", PIPELINE)
        self.write("work.py", CODE.replace("HERE_", repr(str(folder))))
        patch.setenv("WOMBAT_STORE", str(folder / "store"))

    def write(self, path, text):
        (self.root / path).write_text(text)

    def edit(self, path, before, after):
        text = (self.root / path).read_text()
        assert before in text
        self.write(path, text.replace(before, after))

    def ran(self):
        log = self.folder / "log"
        found = log.read_text().split() if log.exists() else []
        log.unlink(missing_ok=True)
        return found

    def run(self, **words):
        """The run's result, and what ran."""
        result = run_pipeline(self.root, "p", jobs=1, **words)
        return result, self.ran()

    def start(self):
        """A process of its own, and what it is waited for."""
        words = [sys.executable, "-m", "wombat", "-C", str(self.root), "run", "p", "-j", "1"]
        said = (self.folder / "said").open("a")
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=said)

    @property
    def store(self):
        return open_session(self.root).store


@pytest.fixture
def shop(tmp_path, monkeypatch):
    return Shop(tmp_path, monkeypatch)


pytestmark = pytest.mark.slow
everything = ["a", "b", "c"]


def test_what_was_not_looked_for_when_the_run_began_is_when_its_part_does(here, shop, monkeypatch):
    shop.run()
    monkeypatch.setattr("wombat.executor.reuse.hits.READ", ())
    monkeypatch.setattr("wombat.api.reusing.Hits", partial(Hits, looks=0))
    assert shop.run()[1] == []


def test_after_a_failure_the_rest_is_done_and_nothing_else(here, shop):
    (shop.folder / "broken").touch()
    result, ran = shop.run()
    assert isinstance(result.error, TaskFailed)
    assert ran == ["a", "b"]
    assert shop.run()[1] == ["b"], "a failure is no result"
    (shop.folder / "broken").unlink()
    result, ran = shop.run()
    assert (result.error, ran, result.published.outcome) == (None, ["b", "c"], "published")


def test_after_an_interrupt_the_rest_is_done_and_nothing_else(here, shop):
    (shop.folder / "waits").touch()
    process = shop.start()
    try:
        log, end = shop.folder / "log", time.monotonic() + 30
        while "b" not in (log.read_text() if log.exists() else ""):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    finally:
        process.kill()
        process.wait()
    assert shop.ran() == ["a", "b"]
    said = (shop.folder / "said").read_text()
    assert "1 of 3 done when it was stopped: the next run goes on from there\n" in said
    (stopped,) = shop.store.runs("p")
    assert [one.task for one in shop.store.attempts("p", stopped)] == ["a"], "b didn't fail"
    (shop.folder / "waits").unlink()
    assert shop.run()[1] == ["b", "c"]


def test_two_processes_at_once_come_to_the_same(here, shop):
    both = [shop.start() for _ in range(2)]
    assert [one.wait(60) for one in both] in ([0, 0], [0, 15], [15, 0])
    assert set(shop.ran()) == set(everything)
    _, ran = shop.run()
    assert ran == []


def test_a_task_that_needs_all_others_changes_nothing_either(here, shop):
    shop.run()
    for words in ({"task": "c"}, {"task": "a", "downstream": True}):
        result, ran = shop.run(**words)
        assert (ran, result.published, result.stands.seq) == ([], None, 1)
    assert shop.run(task="b")[0].stands is None, "c wasn't asked for"


def test_a_volatile_task_runs_and_what_reads_the_same_of_it_does_not(here, shop):
    first = shop.run()[0].run
    shop.edit("pipelines/p.yml", "  a: {run", "  a: {volatile: true, run")
    for _ in range(2):
        result, ran = shop.run()
        assert (result.error, ran) == (None, ["a"])
    told = [finished(f"p/{name}", None, one) for (name, _), one in result.done.items()]
    assert [one.partition(" in ")[0] for one in sorted(told)] == [
        "p/a: done", "p/b: same as", "p/c: same as"
    ]  # fmt: skip
    assert all(f"same as in run {first}, " in one for one in told if "same" in one)


def test_force_makes_one_task_or_all_anew_and_cuts_off_what_reads_the_same(here, shop):
    shop.run()
    assert shop.run(force=True)[1] == everything
    assert shop.run(task="b", force=True)[1] == ["b"]
    assert shop.run(task="b", force=True, downstream=True)[1] == ["b", "c"]
    assert shop.run()[1] == []


def test_code_that_changed_while_it_ran_leaves_no_result(here, shop):
    writes = 'Path(__file__).write_text(Path(__file__).read_text() + "\\n\\nMORE = 2\\n")\n    '
    shop.edit(
        "work.py", 'told("a")\n    return 1', f'told("a")\n    {writes}return 1 + MORE - MORE'
    )
    shop.edit("work.py", "HERE = ", "MORE = 1\nHERE = ")
    before = (shop.root / "work.py").read_text()
    result, ran = shop.run(task="a", publish=False)
    assert (result.error, ran) == (None, ["a"])
    assert result.done["a", None].record["changed"] is True
    shop.write("work.py", before)
    assert shop.run(task="a", publish=False)[1] == ["a"]


def attempt(shop, task="a"):
    result, _ = shop.run()
    return result.done[task, None].record


def test_a_result_that_cannot_be_read_is_none(here, shop):
    key = attempt(shop)["key"]
    folder = shop.folder / "store"
    for file in [*folder.glob(f"*/shop/results/*/{key}/*"), *folder.glob("*/shop/cache/p/*")]:
        file.chmod(0o600)
        file.write_bytes(b"\0" + file.read_bytes()[1:])
    result, ran = shop.run()
    assert (result.error, ran) == (None, ["a"])


def outputs_gone(shop, content):
    gone = list((shop.folder / "store").glob(f"*/shop/m/{content[:2]}/{content}.*"))
    assert gone
    for file in gone:
        file.unlink()


@pytest.mark.parametrize("read", [True, False])
def test_what_is_gone_is_made_anew_and_no_version_without_it_stands(here, shop, read):
    result, _ = shop.run()
    record = result.done["c", None].record["outputs"]["out"]
    outputs_gone(shop, record["C"])
    if read:
        with pytest.raises(StoreDamaged) as fault:
            pull(open_session(shop.root), "p/c.out", shop.folder / "out")
        assert fault.value.exit_code == 14
        assert fault.value.hint.startswith("this was noted, so 'wombat run p' makes it anew")
        assert list((shop.folder / "store").glob("*/shop/damage/*/*"))
    assert shop.run(task="c", publish=False)[1] == ["c"]
    result, ran = shop.run()
    assert (ran, result.stands, result.published.outcome) == ([], None, "published")
    assert shop.run()[0].stands.seq == 2
    pull(open_session(shop.root), "p/c.out", shop.folder / "out")


def test_an_input_that_is_damaged_fails_its_reader_on_record_and_is_made_anew(here, shop):
    result, _ = shop.run()
    content = result.done["a", None].record["outputs"]["out"]["C"]
    for file in (shop.folder / "store").glob(f"*/shop/m/*/{content}.*"):
        file.chmod(0o600)
        file.write_bytes(b"\0" + file.read_bytes()[1:])
    result, ran = shop.run(task="b", force=True)
    assert (result.error.exit_code, ran) == (14, [])
    (failed,) = shop.store.attempts("p", result.run)
    assert (failed.task, failed.record["state"]) == ("b", "failed")
    assert failed.record["error"]["exit"] == 14
    assert shop.run()[1] == ["a"], "what reads the same of it needn't run"


results = shutil.ignore_patterns("results", "cache", "refs", "runs")


def planted(shop, outputs):
    """A result of `a` in a store that has no other."""
    record = attempt(shop)
    shop.patch.setenv("WOMBAT_STORE", str(shop.folder / "other"))
    told = {word: record[word] for word in ("inputs", "cost", "profile", "code", "state")}
    store = shop.store
    shutil.copytree(
        shop.folder / "store", shop.folder / "other", ignore=results, dirs_exist_ok=True
    )
    made = {"out": record["outputs"]["out"]} | outputs
    store.record_result(record["key"], "planted", 1, {**told, "task": "a", "outputs": made})
    return shop.run(task="a", publish=False)


@pytest.mark.parametrize("lacking", [{"out": {}}, {"out": None}, {"out": {"parts": {}}}])
def test_a_result_without_an_output_serves_nobody(here, shop, lacking):
    result, ran = planted(shop, lacking)
    assert (result.error, ran) == (None, ["a"])


def test_a_result_of_that_key_serves(here, shop):
    assert planted(shop, {})[1] == [], "the test above looks at the right key"


def test_what_is_about_to_be_deleted_is_made_anew(here, shop):
    made = attempt(shop)["outputs"]["out"]
    store = shop.store
    zone = store.zone
    gone = names.manifest(zone, made["C"], made["M"]).removeprefix(f"{zone}/")
    collection = f"{zone}/gc/{names.inverse(1)}-{'ab' * 8}/doomed/000000"
    store.blobs.create(collection, seal(collection, "doomed", {"objects": [gone]}))
    result, ran = shop.run()
    assert (result.error, ran) == (None, ["a"])


def test_untrusted_results_never_serve_trusted_runs(here, shop):
    shop.patch.setenv("WOMBAT_ZONE", "u")
    assert shop.run()[1] == everything
    shop.patch.setenv("WOMBAT_ZONE", "t")
    assert shop.run()[1] == everything
    shop.edit("work.py", "return x + 1\n\n\ndef c", "return x + 2\n\n\ndef c")
    assert shop.run()[1] == ["b", "c"]
    shop.patch.setenv("WOMBAT_ZONE", "u")
    result, ran = shop.run()
    assert (result.error, ran) == (None, []), "trusted results serve everybody"
    zones = {one.record["reused"]["zone"] for one in result.done.values()}
    assert zones == {"t/shop"}


FRAME = """\
pipeline: p
tasks:
  a: {run: "work:a", outputs: {out: rows}}
"""
CHECKED = """

def a():
    import pyarrow as pa
    told("a")
    return pa.table({"n": pa.array([1, 2], pa.int64())})


def is_arrow(frame):
    told(type(frame).__module__)
    return True
"""


def test_a_check_in_code_meets_a_frame_that_is_judged_anew_as_it_was_made(here, shop):
    (shop.root / "schemas").mkdir()
    shop.write("pipelines/p.yml", FRAME)
    shop.write(
        "schemas/rows.yml",
        "schema: rows\ncolumns: {n: int64}\nrules: [{name: seen, python: work:is_arrow}]\n",
    )
    shop.write("work.py", (shop.root / "work.py").read_text() + CHECKED)
    assert shop.run(profile="production")[1] == ["a", "pyarrow.lib"]
    shop.edit("work.py", "    return True", "    return not False")  # the task's code is the same
    assert shop.run(profile="production")[1] == ["pyarrow.lib"], "it is judged, and not made"
    assert shop.run(profile="production")[1] == []


RECORDS = """\
pipeline: p
tasks:
  a: {run: "work:a", outputs: {out: {type: records, ASKS}}}
"""
MODEL = """
import pydantic

LEAST = 1


class Row(pydantic.BaseModel):
    n: int = pydantic.Field(ge=LEAST)


def a() -> list:
    told("a")
    return [{"n": 3}]
"""


@pytest.mark.parametrize(
    ("asks", "path", "before", "after"),
    [
        ('model: "work:Row"', "work.py", "LEAST = 1", "LEAST = 2"),
        ("json_schema: row.json", "row.json", "1", "2"),
    ],
)
def test_what_records_are_asked_counts_wherever_it_is_written(
    here, shop, asks, path, before, after
):
    shop.write("pipelines/p.yml", RECORDS.replace("ASKS", asks))
    shop.write("row.json", '{"properties": {"n": {"minimum": 1}}}')
    shop.write("work.py", (shop.root / "work.py").read_text() + MODEL)
    assert shop.run()[1] == ["a"]
    shop.edit("work.py", "class Row", "# said otherwise\nclass Row")
    assert shop.run()[1] == []
    shop.edit(path, before, after)
    assert shop.run()[1] == ["a"]


def test_warnings_of_what_is_reused_are_counted_and_said_again_by_report(here, shop, capsys):
    shop.write("pipelines/p.yml", WARNS)
    (shop.root / "schemas").mkdir()
    column = "n: {type: int64, min: 2, severity: warn}"
    shop.write("schemas/rows.yml", f"schema: rows\ncolumns: {{{column}}}\n")
    shop.write("work.py", "import pyarrow as pa\n\n\ndef a():\n    return pa.table({'n': [1]})\n"
               "\n\ndef b(x: pa.Table):\n    return 1\n")  # fmt: skip
    words = ["-C", str(shop.root), "run", "p", "-j", "1"]

    def said():
        assert main(words) == 0
        return capsys.readouterr().err

    first = said()
    assert "1 warning in" in first
    assert "when what is reused" not in first
    made = re.search(r"run (local-[\w-]+)", first)[1]
    line = f"1 warning came with what is reused, of run {made}: "
    line += f"wombat report --run {made} --out DIR"
    assert line in said(), "nothing changed"
    assert line in said(), "as it was remembered, or found once more"
    shop.edit("work.py", "return 1", "return 2")
    told = said()
    assert line in told
    assert "1 done, 1 of 2 reused" in told
    shop.edit("work.py", "return 2", "return 3")
    assert line in said(), "a run that reuses hands it on"
    assert main(["-C", str(shop.root), "report", "--run", made, "--out", "out"]) == 0
    written = "".join(one.read_text() for one in (shop.root / "out").rglob("*.xml"))
    assert "skipped" in written


WARNS = """\
pipeline: p
tasks:
  a: {run: "work:a", outputs: {out: {type: dataframe, schema: rows}}}
  b: {run: "work:b", inputs: {x: a}, outputs: {out: {type: json}}}
"""
