"""What counts as code beyond plain imports: scripts, `-m`, `*`, and imports by a literal name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import pytest

from wombat.plan.closure.checkout import Checkout
from wombat.plan.closure.code import closure_of_task, code_of_task

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.plan.ir import Code

FILES = {
    "lib/__init__.py": "",
    "lib/helper.py": "from . import deep\n",
    "lib/deep.py": "Y = 1\n",
    "lib/__main__.py": "from lib import late\n",
    "lib/late.py": "",
    "lib/unrelated.py": "",
    "scripts/r.py": "import beside, lib.helper\n",
    "scripts/beside.py": "",
    "scripts/run.sh": "echo\n",
    "scripts/tool": "#!/usr/bin/env python3\nimport lib.helper\n",
    "scripts/conf.ini": "",
    "app/__main__.py": "import beside\n",
    "entry.py": "import lib.deep\ndef main(): return lib.deep.Y\n",
    "pyproject.toml": "[project.scripts]\ntrain = 'entry:main'\n",
    "beside.py": "",
    "literal/__init__.py": "__all__ = ['one', 'Two']\n",
    "computed/__init__.py": "__all__ = [name for name in NAMES]\n",
    "plain/__init__.py": "",
    "grown/__init__.py": "__all__ = ['one']\n__all__ += ['two']\n",
    **{f"{p}/one.py": "" for p in ("literal", "computed", "plain", "grown")},
    **{f"{p}/two.py": "" for p in ("literal", "computed", "plain", "grown")},
    "computed/three/__init__.py": "",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    return tmp_path


def code(root: Path, *, argv: tuple[Any, ...] = (), **words: str) -> Code:
    given: dict[str, Any] = {"run": None, "script": None} | words
    return code_of_task(Checkout(root), argv=argv, **given)


def moved_by(root: Path, **words: Any) -> set[str]:
    """The files whose change moves the code of a task."""
    before = code(root, **words).digest
    moved = set()
    for path, text in FILES.items():
        (root / path).write_text(text + "print()\n", "utf-8")
        if code(root, **words).digest != before:
            moved.add(path)
        (root / path).write_text(text, "utf-8")
    return moved


DEEP = {"lib/__init__.py", "lib/deep.py"}
HELPER = DEEP | {"lib/helper.py"}
SCRIPT = HELPER | {"scripts/r.py", "scripts/beside.py"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"argv": ("python", "scripts/r.py")}, SCRIPT),
        ({"argv": ("python", "./scripts/r.py")}, SCRIPT),
        ({"script": "set -x; python scripts/r.py --fast"}, SCRIPT),
        ({"argv": ("python", "-m", "lib.helper")}, HELPER),
        ({"script": "python -m lib.helper | tee x"}, HELPER),
        (
            {"argv": ("python", "-m", "lib")},
            {"lib/__init__.py", "lib/__main__.py", "lib/late.py"},
        ),
        ({"argv": ("bash", "scripts/run.sh")}, {"scripts/run.sh"}),
        ({"argv": ("python", "-m", {"$": "params.lib"})}, set()),
        ({"argv": ("-m",)}, set()),
        ({"argv": ("tool", "--config=scripts/conf.ini")}, {"scripts/conf.ini"}),
        ({"argv": ("scripts/tool",)}, HELPER | {"scripts/tool"}),
        ({"argv": ("train", "--fast")}, DEEP | {"entry.py", "pyproject.toml"}),
        ({"argv": ("bash", "-c", "cd scripts && python r.py")}, SCRIPT),
        ({"script": "cd scripts && python r.py"}, SCRIPT),
        ({"script": "cd lib; cd ../scripts; python r.py"}, SCRIPT),
        ({"script": "make -C scripts run.sh"}, {"scripts/run.sh"}),
        ({"argv": ("python", "app")}, {"app/__main__.py", "beside.py"}),
        ({"argv": ("tool", "scripts")}, set()),
        ({"script": "cat ../x /etc/passwd ../../scripts/run.sh"}, set()),
        ({"argv": ("tool", "-m", "../lib", "-m", "")}, set()),
    ],
    # A set has no order, and each test process must know a case by the same name.
    ids=lambda given: ",".join(sorted(given)) if isinstance(given, set) else str(given),
)
def test_what_a_command_names_is_its_code(root: Path, words: Any, expected: set[str]) -> None:
    assert moved_by(root, **words) == expected
    assert {path.removeprefix("./") for path in code(root, **words).files} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from literal import *", {"literal/__init__.py", "literal/one.py"}),
        ("from grown import *", {"grown/__init__.py", "grown/one.py", "grown/two.py"}),
        ("from plain import *", {"plain/__init__.py"}),
        (
            "from computed import *",
            {
                *("computed/__init__.py", "computed/one.py", "computed/two.py"),
                "computed/three/__init__.py",
            },
        ),
        ("import importlib\nimportlib.import_module('lib.helper')", HELPER),
        ("from importlib import import_module\nimport_module('lib.deep')", DEEP),
        ("__import__('beside')", {"beside.py"}),
        ("import importlib\nimportlib.import_module('.deep', 'lib')", DEEP),
        ("import importlib\nimportlib.import_module('.deep', package='lib')", DEEP),
        ("import importlib\nimportlib.import_module(name)", set()),
        ("__import__('../../lib/deep')\n__import__('/etc/x')\n__import__('')", set()),
        ("import_module('.....')", set()),
    ],
    # A set has no order, and each test process must know a case by the same name.
    ids=lambda given: ",".join(sorted(given)) if isinstance(given, set) else str(given),
)
def test_what_a_function_reaches(root: Path, text: str, expected: set[str]) -> None:
    (root / "work.py").write_text(f"{text}\ndef go(): ...\n", "utf-8")
    assert moved_by(root, run="work:go") == expected


def test_a_relative_literal_is_found_from_its_package(root: Path) -> None:
    (root / "lib" / "own.py").write_text("import_module('.deep', __package__)\n", "utf-8")
    files = code(root, run="lib.own:go").files
    assert files == ("lib/__init__.py", "lib/deep.py", "lib/own.py")


@pytest.mark.parametrize(
    ("argv", "moves"),
    [
        (("python", "scripts/r.py"), False),
        (("python3.12", "-u", "scripts/r.py"), False),
        (("cp", "scripts/r.py", "out"), True),
        (("python", "beside.py", "scripts/r.py"), True),
    ],
)
def test_a_comment_counts_where_the_bytes_are_read(
    root: Path, argv: tuple[str, ...], moves: bool
) -> None:
    before = code(root, argv=argv).digest
    (root / "scripts/r.py").write_text("# said\n" + FILES["scripts/r.py"], "utf-8")
    assert (code(root, argv=argv).digest != before) is moves


def test_a_script_is_reached_by_names(root: Path) -> None:
    """Its folder's modules are pieces of their own: elsewhere the name means another file."""
    (root / "scripts/r.py").write_text("import beside\nbeside.go()\n", "utf-8")
    (root / "scripts/beside.py").write_text("def go(): ...\ndef no(): ...\n", "utf-8")
    words = {"run": None, "argv": ("python", "scripts/r.py"), "script": None}
    found = closure_of_task(Checkout(root), **words)
    assert set(found.pieces) == {"scripts/r.py", "beside:go@scripts"}
    assert found.code.roots == ("scripts/r.py",)
    (root / "scripts/beside.py").write_text("def go(): ...\ndef no(): return 1\n", "utf-8")
    assert closure_of_task(Checkout(root), **words).code == found.code


MAIN = "import sys\n\n\ndef go(): return work()\n\n\nif __name__ == '__main__':\n    {0}\n    {1}\n"
BLOCKS = [
    ("from beside import work", "go()"),
    ("import beside as b", "sys.exit(b.work())"),
    ("from lib.helper import go as work", "go()"),
    ("from . import helper as h", "h.go()"),
]


@pytest.mark.parametrize(("imported", "called"), BLOCKS)
@pytest.mark.parametrize("words", [("python", "lib/m.py"), ("python", "-m", "lib.m"), ()])
def test_what_is_run_is_main(
    root: Path, imported: str, called: str, words: tuple[str, ...]
) -> None:
    """What stands below `if __name__ == "__main__":` runs there, and not where it's imported."""
    (root / "lib/m.py").write_text(MAIN.format(imported, called), "utf-8")
    given = {"argv": words, "script": None, "run": None}
    if not words:
        given |= {"run": "entry:main", "declared": ("lib/m.py",)}

    def digests() -> tuple[str, str]:
        checkout = Checkout(root)
        imports = closure_of_task(checkout, run="lib.m:go", argv=(), script=None)
        return closure_of_task(checkout, **given).code.digest, imports.code.digest

    before = digests()
    for path in ("beside.py", "lib/helper.py"):
        (root / path).write_text("def go(): return 1\nwork = go\n", "utf-8")
    after = digests()
    assert after[1] == before[1]
    assert after[0] != before[0]


FOUND = [
    # A package or module of any root comes before a folder without `__init__.py`.
    (
        {"p/m.py": "", "src/p/__init__.py": "", "src/p/m.py": ""},
        {"src/p/__init__.py", "src/p/m.py"},
    ),
    ({"p/m.py": "", "src/p/__init__.py": ""}, {"src/p/__init__.py"}),
    ({"p/x.py": "", "src/p.py": ""}, {"src/p.py"}),
    # Folders are one package together.
    ({"p/x.py": "", "src/p/m.py": ""}, {"src/p/m.py"}),
    # A package's own folder alone, unless it says where else to look.
    ({"p/__init__.py": "", "src/p/m.py": ""}, {"p/__init__.py"}),
    (
        {"p/__init__.py": "__path__ = __path__ + ['src/p']\n", "src/p/m.py": ""},
        {"p/__init__.py", "src/p/m.py"},
    ),
    ({"p/__init__.py": "", "p/m.py": "", "p.py": ""}, {"p/__init__.py", "p/m.py"}),
]


@pytest.mark.parametrize(("files", "expected"), FOUND)
def test_modules_are_found_as_python_finds_them(
    tmp_path: Path, files: dict[str, str], expected: set[str]
) -> None:
    for path, text in {**files, "work.py": "import p.m\ndef go(): return p.m.x()\n"}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    (tmp_path / "src").mkdir(exist_ok=True)
    assert set(code(tmp_path, run="work:go").files) == {"work.py", *expected}


CLASHING = [
    ({"p.py": "V = 1\n", "src/p.py": "V = 1\n"}, "go.py"),
    ({"p/__init__.py": "V = 1\n", "src/p/__init__.py": "V = 1\n"}, "scripts/go.py"),
    ({"p/m.py": "V = 1\n", "src/p/__init__.py": "V = 1\n", "src/p/m.py": ""}, "go.py"),
]


@pytest.mark.parametrize(("files", "script"), CLASHING)
def test_a_command_may_find_either_of_two(
    tmp_path: Path, files: dict[str, str], script: str
) -> None:
    """What its Python searches is its own affair: the root, `src/`, or both."""
    for path, text in {**files, script: "import p.m\nfrom p import *\n"}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    for argv in (("python", script), ("python", "-m", "go")):
        if argv[1] == "-m" and script != "go.py":
            continue
        before = code(tmp_path, argv=argv).digest
        for path, text in files.items():
            (tmp_path / path).write_text("V = 2\nprint()\n", "utf-8")
            assert code(tmp_path, argv=argv).digest != before, path
            (tmp_path / path).write_text(text, "utf-8")


@pytest.mark.parametrize("path", ["same.py", "lib/same.py"])
def test_modules_of_one_name_are_pieces_of_their_own(root: Path, path: str) -> None:
    for one in ("same.py", "lib/same.py"):
        (root / one).write_text("V = 1\n", "utf-8")
    before = code(root, script="cd lib && python -m same").digest
    (root / path).write_text("V = 2\n", "utf-8")
    assert code(root, script="cd lib && python -m same").digest != before


def test_each_file_is_parsed_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ways there are to see it: as a script, a module, beside another one."""
    seen: list[str] = []
    parse = ast.parse

    def noted(text: Any, filename: str = "", *more: Any, **words: Any) -> Any:
        seen.append(filename)
        return parse(text, filename, *more, **words)

    monkeypatch.setattr(ast, "parse", noted)
    (root / "scripts/r.py").write_text("import sys, beside, lib.helper\nsys.path\n", "utf-8")
    given = {"run": None, "script": "cd lib && python -m helper && python ../scripts/r.py"}
    closure_of_task(Checkout(root), argv=(), **given, declared=("scripts/r.py", "lib/deep.py"))
    files = [one for one in seen if one.endswith(".py")]
    assert {"scripts/r.py", "scripts/beside.py", "lib/deep.py"} <= set(files)
    assert len(files) == len(set(files))


def test_declared_files_count(root: Path) -> None:
    given = {"run": "entry:main", "argv": (), "script": None}
    checkout = Checkout(root)
    bare = closure_of_task(checkout, **given).code
    declared = ("scripts/conf.ini", "scripts/r.py")
    found = closure_of_task(checkout, **given, declared=declared)
    assert found.code.digest != bare.digest
    assert set(found.code.files) == {*bare.files, *SCRIPT, "scripts/conf.ini", "beside.py"}, (
        "both what lies beside a script, and what `import scripts.r` finds"
    )
    assert {"scripts/conf.ini", "scripts/r.py"} < set(found.pieces)


DECLARED = [
    ({}, "lib/other.py", "from .deep import Y\n", "lib/deep.py"),
    ({}, "lib/other.py", "from . import helper\n", "lib/deep.py"),
    ({}, "lib/__init__.py", "from .deep import Y\n", "lib/deep.py"),
    ({"src/own/mine.py": ""}, "src/own/x.py", "from .mine import Y\n", "src/own/mine.py"),
    ({"ns/mine.py": "V = 1\n"}, "ns/x.py", "from .mine import V\n", "ns/mine.py"),
    ({"ns/__init__.py": "from .mine import V\n", "ns/mine.py": ""}, "ns/x.py", "", "ns/mine.py"),
]


@pytest.mark.parametrize(("more", "declared", "text", "reached"), DECLARED)
def test_declared_files_are_modules_too(
    root: Path, more: dict[str, str], declared: str, text: str, reached: str
) -> None:
    for path, content in {**more, declared: text}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, "utf-8")
    given = {"run": "entry:main", "argv": (), "script": None, "declared": (declared,)}
    before = closure_of_task(Checkout(root), **given).code
    assert reached in before.files
    (root / reached).write_text("Y = V = 2\nprint()\n", "utf-8")
    assert closure_of_task(Checkout(root), **given).code.digest != before.digest


def test_a_script_that_is_no_python_counts_as_it_is(root: Path) -> None:
    (root / "old.py").write_text("print 'x'\n", "utf-8")
    before = code(root, argv=("python2", "old.py"))
    assert before.files == ("old.py",)
    (root / "old.py").write_text("print 'y'\n", "utf-8")
    assert code(root, argv=("python2", "old.py")) != before
