"""Code and files that change during a run: never recorded as what they were."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from tests.executor.plans import of_file, of_task, output, plan, task
from wombat.errors import CheckFailed, DataInvalid
from wombat.executor import drift
from wombat.executor.local import run_plan
from wombat.executor.publish import publish_run
from wombat.executor.task import execute_part
from wombat.plan.closure.checkout import Checkout
from wombat.plan.closure.code import code_of_task

CODE = """
from pathlib import Path
import other
try:
    from late import VALUE
except ImportError:
    VALUE = "early"
def one() -> str:
    return VALUE + other.VALUE
def edits(name: str, text: str) -> str:
    Path(name).write_text(text)
    return "edited" if other.VALUE else ""
def to_and_fro(name: str, text: str, then: str) -> str:
    Path(name).write_text(text)
    Path(name).write_text(then)
    return other.VALUE
def makes(name: str) -> str:
    Path(name).mkdir()
    return other.VALUE
def overwrites(data: Path) -> str:
    text = data.read_text()
    data.write_text("spoiled")
    return text
def fills(folder: Path) -> list:
    found = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    (folder / "more").touch()
    (folder / "a").write_text("spoiled")
    return found
"""


def real(here, *tasks):
    """A plan whose tasks name their code as a compiled plan does."""
    checkout = Checkout(here.root)
    return plan(
        *(
            replace(one, code=code_of_task(checkout, run=one.run, argv=one.argv, script=one.script))
            for one in tasks
        )
    )


@pytest.fixture
def here(project):
    made = project(CODE)
    (made.root / "other.py").write_text('VALUE = "old"\n')
    (made.root / "script.sh").write_text("echo old\n")
    (made.root / "tool.py").write_text("import other\nprint(other.VALUE)\n")
    return made


def written(here, name, text):
    (here.root / name).write_text(text)


COMMAND = 'python tool.py > "$WOMBAT_OUTPUT_ONE"'
SCRIPT = 'sh script.sh > "$WOMBAT_OUTPUT_ONE"'
MADE = (output("one", "text"),)
ONE = task("one", "work:one", outputs=MADE)
CHANGES = [
    (ONE, "other.py", 'VALUE = "new"\n', "other.py"),
    (ONE, "work.py", CODE.replace("VALUE + ", "").lstrip(), "work.py"),
    (ONE, "late.py", 'VALUE = "late"\n', ""),
    (ONE, "other/__init__.py", 'VALUE = "new"\n', ""),
    (task("one", script=COMMAND, outputs=MADE), "tool.py", "print(1)\n", "tool.py"),
    (task("one", script=COMMAND, outputs=MADE), "other.py", 'VALUE = "new"\n', "other.py"),
    (task("one", script=SCRIPT, outputs=MADE), "script.sh", "echo new\n", "script.sh"),
]


@pytest.mark.parametrize(("one", "name", "text", "named"), CHANGES)
def test_new_code_is_not_run_as_the_old(here, one, name, text, named):
    context = here.begin(real(here, one))
    (here.root / name).parent.mkdir(exist_ok=True)
    written(here, name, text)
    with pytest.raises(CheckFailed) as caught:
        execute_part(context, "one")
    assert (caught.value.code, caught.value.exit_code) == ("code-changed", 1)
    assert caught.value.hint == "start a new run"
    assert (f": {named};" in str(caught.value)) == bool(named)
    assert context.store.attempts("demo", context.run) == []
    execute_part(here.begin(real(here, one)), "one")


def test_a_module_that_is_gone(here):
    context = here.begin(real(here, ONE))
    (here.root / "other.py").unlink()
    with pytest.raises(CheckFailed) as caught:
        execute_part(context, "one")
    assert caught.value.code == "code-changed"


def test_comments_and_unrelated_names_do_not_count(here):
    context = here.begin(real(here, ONE))
    written(here, "other.py", '# said\nVALUE   =   "old"\n')
    written(here, "unrelated.py", "x = 1\n")
    assert execute_part(context, "one").done
    assert here.value(context, "one") == b"earlyold"


def test_a_declared_file_counts_as_code(here):
    written(here, "more.sql", "select 1")
    checkout = Checkout(here.root)
    code = code_of_task(checkout, run=ONE.run, argv=(), script=None, declared=("more.sql",))
    context = here.begin(plan(replace(ONE, depends_on=("*.sql",), code=code)))
    written(here, "new.sql", "select 2")
    with pytest.raises(CheckFailed) as caught:
        execute_part(context, "one")
    assert caught.value.code == "code-changed"


def test_another_function_does_not_count(here):
    context = here.begin(real(here, ONE))
    text = (here.root / "work.py").read_text()
    written(here, "work.py", text.replace('return "edited" if', 'return "other" if'))
    assert execute_part(context, "one").done


def test_nothing_is_parsed_while_no_byte_differs(here, monkeypatch):
    context = here.begin(real(here, ONE))
    monkeypatch.setattr(drift, "_same_code", lambda *_: pytest.fail("parsed"))
    assert execute_part(context, "one").done


def test_code_that_is_the_same_is_parsed_once(here, monkeypatch):
    parts = task("one", "work:one", outputs=MADE)
    context = here.begin(real(here, parts))
    written(here, "other.py", 'VALUE = "old"  # said\n')
    execute_part(context, "one")
    monkeypatch.setattr(Checkout, "module", lambda *_: pytest.fail("parsed again"))
    execute_part(context, "one")


def test_a_result_of_code_that_changed_meanwhile_is_kept_for_its_run_alone(here):
    arguments = {"name": "other.py", "text": 'VALUE = "new"\n'}
    edits = task("edits", "work:edits", arguments=arguments, outputs=(output("edits", "text"),))
    context = here.begin(real(here, edits))
    record = execute_part(context, "edits").record
    assert (record["state"], record["changed"]) == ("done", True)
    assert "changed while it ran" in record["warnings"][0]
    assert publish_run(context.store, context.header).outcome == "published"
    assert context.store.find_result(record["key"]) is None
    assert all(not one["results"] for one in context.store.segments("demo"))
    assert here.value(context, "edits") == b"edited"


def test_code_that_was_another_for_a_moment_may_have_run(here):
    """It is what it was when the task ends; nobody knows what a late import met."""
    arguments = {"name": "other.py", "text": 'VALUE = "new"\n', "then": 'VALUE = "old"\n'}
    there = task("one", "work:to_and_fro", arguments=arguments, outputs=MADE)
    context = here.begin(real(here, there))
    record = execute_part(context, "one").record
    assert record["changed"]
    assert context.store.find_result(record["key"]) is None


def test_an_unchanged_result_is_for_all(here):
    """A folder that a task made is no code of it."""
    there = task("one", "work:makes", arguments={"name": "made"}, outputs=MADE)
    context = here.begin(real(here, there))
    record = execute_part(context, "one").record
    assert "changed" not in record
    publish_run(context.store, context.header)
    assert context.store.find_result(record["key"])["outputs"] == record["outputs"]


def test_warm_workers_do_not_hide_a_change(here):
    """The first task edits what the second one is made of; both run on one worker."""
    arguments = {"name": "other.py", "text": 'VALUE = "new"\n'}
    edits = task("edits", "work:edits", arguments=arguments, outputs=(output("edits", "text"),))
    one = task("one", "work:one", outputs=MADE, inputs=(of_task("x", "edits", "edits", "text"),))
    context = here.begin(real(here, edits, replace(one, inputs=(), needs=("edits",))))
    result = run_plan(context, jobs=1)
    assert [unit for unit, _ in result.done] == ["edits"]
    assert result.error.code == "code-changed"


def reader(name, function, path, kind="file"):
    word = "folder" if kind == "directory" else "data"
    return task(
        name, f"work:{function}", inputs=(of_file(word, path, kind),), outputs=(output(name),)
    )


def test_a_task_that_overwrites_its_input_spoils_its_own_copy(here):
    written(here, "data.txt", "mine")
    parts = replace(reader("x", "overwrites", "data.txt"), retry=1)
    context = here.begin(plan(parts, replace(parts, name="y", outputs=(output("y"),))))
    assert run_plan(context, jobs=1).error is None
    assert here.value(context, "x") == here.value(context, "y") == b'"mine"'
    assert (here.root / "data.txt").read_text() == "mine"
    (attempt, _) = context.store.attempts("demo", context.run)
    assert attempt.record["inputs"] == {"data": context.header["files"]["data.txt"]}


def test_a_folder_of_the_checkout_is_copied_whole(here):
    folder = here.root / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "run.sh").write_text("true")
    (folder / "deep" / "run.sh").chmod(0o755)
    (folder / "a").write_text("mine")
    context = here.begin(plan(reader("x", "fills", "folder", "directory")))
    execute_part(context, "x")
    assert here.value(context, "x") == b'["a","deep/run.sh"]'
    assert (folder / "a").read_text() == "mine"
    assert not (folder / "more").exists()


def test_a_file_that_changes_between_jobs_is_refused(here):
    written(here, "data.txt", "mine")
    context = here.begin(plan(reader("x", "overwrites", "data.txt")))
    written(here, "data.txt", "other")
    with pytest.raises(CheckFailed) as caught:
        execute_part(context, "x")
    assert (caught.value.code, caught.value.hint) == ("file-changed", "start a new run")
    (here.root / "data.txt").unlink()
    with pytest.raises(CheckFailed) as caught:
        execute_part(context, "x")
    assert "gone" in str(caught.value)


def test_a_pipe_in_place_of_a_file_does_not_block(here):
    written(here, "data.txt", "mine")
    context = here.begin(plan(reader("x", "overwrites", "data.txt")))
    (here.root / "data.txt").unlink()
    os.mkfifo(here.root / "data.txt")
    with pytest.raises(DataInvalid) as caught:
        execute_part(context, "x")
    assert caught.value.code == "artifact-path"


def test_a_copy_where_the_system_shares_no_blocks(here, tmp_path, monkeypatch):
    from wombat.executor import copying

    def refuses(*_):
        raise OSError(18, "cross-device")

    monkeypatch.setattr(os, "copy_file_range", refuses, raising=False)
    written(here, "data.txt", "mine" * 100_000)
    copying.copy_file(str(here.root / "data.txt"), tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "mine" * 100_000
    with pytest.raises(FileExistsError):
        copying.copy_file(str(here.root / "data.txt"), tmp_path / "copy")
