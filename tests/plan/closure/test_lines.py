"""Lines as shells and Python read them: code within them, names with blanks, import paths."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from wombat.api.project import check
from wombat.plan.closure.checkout import Checkout
from wombat.plan.closure.code import closure_of_task, code_of_task

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "helper.py": "V = 1\ndef other(): ...\n",
    "lib/inner.py": "V = 1\n",
    "lib/main.py": "import inner\nprint(inner.V)\n",
    "scripts/my tool.py": "import helper\nprint(helper.V)\n",
    "scripts/s.py": "import inner\nprint(inner.V)\n",
    "scripts/near.py": (
        "import sys\nfrom os.path import dirname, join\n"
        "sys.path.insert(0, join(dirname(__file__), '..', 'lib'))\n"
        "import inner\nprint(inner.V)\n"
    ),
    "sql/a+b.sql": "select 1",
    "near.py": (
        "import sys\nfrom pathlib import Path\n"
        "sys.path.append(str(Path(__file__).parent / 'lib'))\n"
        "import inner\ndef go(): return inner.V\n"
    ),
    "deep/low.py": "V = 1\n",
    "deep/er/above.py": (
        "import sys, os\nsys.path.append(os.path.dirname(os.path.dirname(__file__)))\n"
        "from low import V\ndef go(): return V\n"
    ),
    "plain.py": "import inner\ndef go(): return inner.V\n",
}
HELPER, INNER = "helper.py", "lib/inner.py"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    return tmp_path


def digest(root: Path, **words: Any) -> str:
    given: dict[str, Any] = {"run": None, "argv": (), "script": None} | words
    return code_of_task(Checkout(root), **given).digest


CODE = "import helper; print(helper.V)"
FORMAT = {"$": "format", "text": f"{CODE}; open('{{outputs.o}}')"}


@pytest.mark.parametrize(
    ("words", "file"),
    [
        ({"argv": ("python", "-c", CODE)}, HELPER),
        ({"argv": ("python", "-W", "ignore", "-uc", CODE)}, HELPER),
        ({"argv": ("python", f"-c{CODE}")}, HELPER),
        ({"argv": ("python", "-c", FORMAT)}, HELPER),
        ({"argv": ("python", "-c", "print(__import__('helper').V)")}, HELPER),
        ({"argv": ("bash", "-c", f"python -c '{CODE}'")}, HELPER),
        ({"script": f'set -e\npython -c "{CODE}"'}, HELPER),
        ({"script": 'python -c "from helper import V; print($N + V)"'}, HELPER),
        ({"script": 'python -c "import helper; print($N + helper.V)"'}, HELPER),
        ({"script": f"echo '{CODE}' | python -"}, HELPER),
        ({"script": f"python <<< '{CODE}'"}, HELPER),
        ({"script": "python - <<X\nimport helper\n# isn't\nprint(helper.V)\nX\n"}, HELPER),
        ({"script": "  python <<-'E'\n\timport helper\n\tprint(helper.V)\n\tE\n"}, HELPER),
        ({"argv": ("python", "-mhelper")}, HELPER),
        ({"argv": ("python", "-um", "helper")}, HELPER),
        ({"script": "exec $PYTHON -mhelper"}, HELPER),
        ({"script": "cd lib && python -m main"}, INNER),
        ({"script": "cd 'lib' && python -c 'import inner; print(inner.V)'"}, INNER),
        ({"script": "PYTHONPATH=lib python scripts/s.py"}, INNER),
        ({"script": 'export PYTHONPATH="$PWD/lib:$PYTHONPATH"\npython -m plain'}, INNER),
        ({"argv": ("env", "PYTHONPATH=lib", "python", "scripts/s.py")}, INNER),
        ({"argv": ("python", "scripts/s.py"), "env": {"PYTHONPATH": "x:lib"}}, INNER),
        ({"argv": ("python", "scripts/near.py")}, INNER),
        ({"run": "near:go"}, INNER),
        ({"run": "deep.er.above:go"}, "deep/low.py"),
        ({"script": "# isn't it\npython scripts/'my tool.py'"}, "scripts/my tool.py"),
        ({"script": "python 'scripts/my tool.py'"}, HELPER),
        ({"script": "python scripts/my\\ tool.py # isn't"}, "scripts/my tool.py"),
        ({"argv": ("bash", "-c", 'python "scripts/my tool.py"')}, "scripts/my tool.py"),
        ({"script": "cat sql/a+b.sql"}, "sql/a+b.sql"),
    ],
    ids=str,
)
def test_what_a_line_reaches_is_its_code(root: Path, words: Any, file: str) -> None:
    before = digest(root, **words)
    text = FILES[file].replace("1", "2")
    (root / file).write_text(text if "2" in text else f"{text}print()\n", "utf-8")
    assert digest(root, **words) != before


@pytest.mark.parametrize(
    "words",
    [
        {"argv": ("python", "-c", CODE)},
        {"script": "python - <<-X\n\timport helper\n\tprint(helper.V)\n\tX"},
    ],
    ids=str,
)
def test_code_within_a_line_is_reached_by_names(root: Path, words: Any) -> None:
    before = digest(root, **words)
    (root / HELPER).write_text("V = 1\ndef other(): return 2\n", "utf-8")
    assert digest(root, **words) == before


def test_words_of_python_s_own_flags_are_no_script(root: Path) -> None:
    """So that of a script behind them comments don't count."""
    words = {"argv": ("python", "-W", "ignore", "scripts/s.py")}
    before = digest(root, **words)
    (root / "scripts/s.py").write_text("# said\n" + FILES["scripts/s.py"], "utf-8")
    assert digest(root, **words) == before


@pytest.mark.parametrize("words", [{"argv": ("python", "scripts/s.py")}, {"run": "plain:go"}])
def test_what_nobody_puts_on_the_path_isn_t_found(root: Path, words: Any) -> None:
    before = digest(root, **words)
    (root / INNER).write_text("V = 2\n", "utf-8")
    assert digest(root, **words) == before


def test_a_name_that_nobody_can_read_has_no_file(root: Path) -> None:
    """Its place is the task's own."""
    text = "import importlib, sys; importlib.import_module(sys.argv[1])"
    argv = ("python", "-c", text)
    found = closure_of_task(Checkout(root), run=None, argv=argv, script=None)
    assert [one.path for one in found.unknown] == [""]
    assert found.code.files == ()


def test_a_plan_knows_its_tasks_lines(root: Path) -> None:
    """The declared environment counts, and what nobody can read is an error at the task."""
    tasks: dict[str, dict[str, Any]] = {
        "path": {"command": ["python", "scripts/s.py"], "env": {"PYTHONPATH": "lib"}},
        "bare": {"command": ["python", "scripts/s.py"]},
    }
    for task in tasks.values():
        task["outputs"] = ["out"]
    pipeline = root / "pipelines" / "p.yml"
    pipeline.parent.mkdir()
    pipeline.write_text(json.dumps({"pipeline": "p", "tasks": tasks}))
    before = {one.name: one.code for one in check(root).plans["p"].tasks}
    (root / INNER).write_text("V = 2\n", "utf-8")
    after = check(root).plans["p"]
    assert {one.name for one in after.tasks if one.code != before[one.name]} == {"path"}
    assert "inner:V@scripts:lib" in after.code
    tasks["bare"]["command"] = ["python", "-c", "import runpy, sys; runpy.run_path(sys.argv[1])"]
    pipeline.write_text(json.dumps({"pipeline": "p", "tasks": tasks}, indent=1))
    (found,) = check(root).diagnostics
    assert (found.code, found.place.path) == ("dynamic-import", "pipelines/p.yml")
    assert found.place.line > 1
