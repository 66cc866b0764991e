"""Which edits move a task's code: of names that its function reaches, and of nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wombat.plan.closure.checkout import Checkout
from wombat.plan.closure.code import closure_of_task

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.plan.closure.code import Closure

FILES = {
    "lib/__init__.py": "from .impl import shown as shown, deep\n__version__ = '1'\n",
    "lib/impl.py": '''"""What this is."""
from __future__ import annotations
import re
from typing import TYPE_CHECKING
from functools import lru_cache, wraps
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from . import deep
if TYPE_CHECKING:
    from lib.lively import LOUD
HERE = Path(__file__).resolve().parent.joinpath("x")
PATTERN = re.compile("a" + "b")
LIMIT: int = 3
WORDS = sorted(["b", "a"], key=lambda word: word)
Alias = list["Row"]
def timed(f):
    """Measures."""
    @wraps(f)
    def inner(*args):
        return f(*args)
    return inner
def retry(times):
    def around(f):
        def inner(*args):
            return [f(*args) for _ in range(times)][0]
        return inner
    return around
class Kind(Enum):
    ONE = 1
@dataclass(frozen=True)
class Row:
    a: int = 1
    b: list[int] = field(default_factory=list)
    @property
    def kind(self): return Kind.ONE
class Wide(Row):
    def more(self): return PATTERN
class Made:
    def __init__(self, a): self.a = a
DEFAULT = Made(LIMIT)
@timed
@retry(3)
def shown(x, y=LIMIT):
    # what it does
    return deep.er(x) + y
def quoted(x: "Row"): return x
def aliased() -> Alias: return []
def typed(x: LOUD): return x
def wide(): return Wide()
def made(): return DEFAULT
def local(deep, LIMIT, *, Row):
    return [PATTERN for PATTERN in deep], LIMIT, Row, lambda shown: shown
def inner():
    from . import other as o
    return o.one()
def store():
    global LIMIT
    LIMIT = 5
''',
    "lib/deep.py": "from lib.other import *\ndef er(x):\n    return one(x)\ndef not_used(): ...\n",
    "lib/other.py": "__all__ = ['one']\n\n\ndef one(x=1): return x\n\n\ndef two(): ...\n",
    "lib/lively.py": "import lib.other\nLOUD = []\nLOUD.append(1)\n",
    "lib/lazy.py": "def __getattr__(n): return found(n)\ndef found(n): ...\ndef no(): ...\n",
    "quiet.py": "import lib.lively\n\n\ndef go(): return 1\n\n\ndef other(): ...\n",
    "use.py": """import sys
import lib
import lib.lazy as lazy
from lib import shown as s
def far(x): return s(x)
def by_package(x): return lib.shown(x)
def by_chain(x): return lib.deep.er(x)
def lazily(): return lazy.anything
def whole(): return getattr(lib.deep, "er")
def by_dict(): return lib.deep.__dict__["er"]
def handed(): return (lambda m: m.er)(lib.deep)
def mine(): return globals()["hidden"]
def all_of_it(): return sys.modules["lib.lazy"]
def hidden(): ...
def of_class():
    class Big:
        from lib.other import one as get
    return Big.get
def of_inner_class():
    class Big:
        if sys:
            import lib.other as o
    return Big.o.one()
def lazy_global():
    def load():
        global late
        import lib.other as late
    load()
    return late.one()
def by_nonlocal():
    late = None
    def load():
        nonlocal late
        import lib.other as late
    load()
    return late.one()
def by_locals():
    from lib.other import one
    return locals()["on" + "e"]()
def unread():
    from lib.other import one
def not_read():
    import lib.other
    return 1
def literal(): return __import__("lib.other")
""",
    "held.py": "class Holder:\n    from lib import other\ndef go(): return Holder.other.one()\n",
    "text.py": "def go():\n    import lib.other\n    return eval('lib.other.one()')\n",
    "both.py": "A = 1\nB = A\nA = 2\n\n\ndef go(): return B\n\n\ndef alone(): ...\n",
    "ns/sub/mod.py": "def go(): return 1\n\n\ndef other(): ...\n",
    "far.py": "import ns.sub.mod\n\n\ndef go(): return ns.sub.mod.go()\n",
}
IMPL, DEEP, OTHER = "lib/impl.py", "lib/deep.py", "lib/other.py"
SAME = [
    ("use:far", IMPL, "# what it does", "# what it did"),
    ("use:far", IMPL, '"""Measures."""', '"""Measures time."""'),
    ("use:far", IMPL, '"""What this is."""\n', '"""What this was."""\n\n\n'),
    ("use:far", IMPL, "return deep.er(x) + y", "return (deep.er(x)\n            + y)"),
    ("use:far", IMPL, "def wide(): return", "def wide(): return 1,"),
    ("use:far", IMPL, "ONE = 1", "ONE = 2"),
    ("use:far", IMPL, "import re\n", "import re, json\n"),
    ("use:far", DEEP, "def not_used(): ...", "def not_used(): return 1"),
    ("use:far", OTHER, "def two(): ...", "def two(): return 1"),
    ("use:far", "use.py", "def mine(): return", "def mine(): return 1,"),
    ("use:far", "lib/__init__.py", "'1'", "'2'"),
    ("use:far", "lib/lively.py", "append(1)", "append(2)"),
    ("use:by_chain", IMPL, "LIMIT: int = 3", "LIMIT: int = 4"),
    ("lib.impl:local", IMPL, "LIMIT: int = 3", "LIMIT: int = 4"),
    ("lib.impl:local", IMPL, "a: int = 1", "a: int = 2"),
    ("lib.impl:local", IMPL, '"a" + "b"', '"a" + "c"'),
    ("lib.impl:local", DEEP, "return one(x)", "return x"),
    ("lib.impl:local", "lib/lively.py", "append(1)", "append(2)"),
    ("use:lazily", "lib/lazy.py", "def no(): ...", "def no(): return 1"),
    ("use:not_read", OTHER, "return x", "return 2"),
    ("use:of_class", OTHER, "def two(): ...", "def two(): return 1"),
    ("quiet:go", "quiet.py", "def other(): ...", "def other(): return 1"),
    ("quiet:go", OTHER, "return x", "return 2"),
    ("both:go", "both.py", "def alone(): ...", "def alone(): return 1"),
    ("far:go", "ns/sub/mod.py", "def other(): ...", "def other(): return 1"),
]
MOVED = [
    ("use:far", IMPL, "deep.er(x) + y", "deep.er(x) - y"),
    ("use:far", IMPL, "y=LIMIT", "y=2"),
    ("use:far", IMPL, "LIMIT: int = 3", "LIMIT: int = 4"),
    ("use:far", IMPL, "LIMIT: int = 3", "LIMIT: float = 3"),
    ("use:far", IMPL, "@retry(3)", "@retry(4)"),
    ("use:far", IMPL, "return f(*args)\n", "return f(args)\n"),
    ("use:far", IMPL, "range(times)", "range(2)"),
    ("use:far", DEEP, "return one(x)", "return x"),
    ("use:far", DEEP, "import *", "import one"),
    ("use:far", OTHER, "def one(x=1): return x", "def one(x=1): return 2"),
    ("use:far", OTHER, "['one']", "['one', 'two']"),
    ("use:far", "lib/__init__.py", "shown as shown", "wide as shown"),
    ("use:far", "use.py", "import shown as s", "import deep as s"),
    ("use:far", IMPL, "from __future__ import annotations\n", ""),
    ("use:far", IMPL, "HERE = Path", "print(1)\nHERE = Path"),
    ("use:far", IMPL, "HERE = Path", "import lib.lively\nHERE = Path"),
    ("use:by_package", DEEP, "return one(x)", "return x"),
    ("use:by_chain", DEEP, "return one(x)", "return x"),
    ("use:lazily", "lib/lazy.py", "def found(n): ...", "def found(n): return 1"),
    ("use:lazily", "lib/lazy.py", "def no(): ...", "def anything(): ..."),
    ("use:whole", DEEP, "def not_used(): ...", "def not_used(): return 1"),
    ("use:by_dict", DEEP, "def not_used(): ...", "def not_used(): return 1"),
    ("use:handed", DEEP, "def not_used(): ...", "def not_used(): return 1"),
    ("use:mine", "use.py", "def hidden(): ...", "def hidden(): return 1"),
    ("use:all_of_it", "lib/lazy.py", "def no(): ...", "def no(): return 1"),
    *(
        (f"use:{name}", OTHER, "return x", "return 2")
        for name in (
            "of_class",
            "of_inner_class",
            "lazy_global",
            "by_nonlocal",
            "by_locals",
            "unread",
        )
    ),
    ("use:literal", OTHER, "def two(): ...", "def two(): return 1"),
    ("lib.impl:quoted", IMPL, "a: int = 1", "a: int = 2"),
    ("lib.impl:aliased", IMPL, "a: int = 1", "a: int = 2"),
    ("lib.impl:typed", "lib/lively.py", "append(1)", "append(2)"),
    ("lib.impl:wide", IMPL, "a: int = 1", "a: int = 2"),
    ("lib.impl:wide", IMPL, '"a" + "b"', '"a" + "c"'),
    ("lib.impl:wide", IMPL, "ONE = 1", "ONE = 2"),
    ("lib.impl:made", IMPL, "self.a = a", "self.a = 1"),
    ("lib.impl:made", IMPL, "LIMIT: int = 3", "LIMIT: int = 4"),
    ("lib.impl:inner", OTHER, "return x", "return 2"),
    ("lib.impl:store", IMPL, "LIMIT: int = 3", "LIMIT: int = 4"),
    ("held:go", OTHER, "return x", "return 2"),
    ("text:go", OTHER, "return x", "return 2"),
    ("quiet:go", "lib/lively.py", "append(1)", "append(2)"),
    ("both:go", "both.py", "A = 1\nB = A\nA = 2\n", "A = 1\nA = 2\nB = A\n"),
    ("far:go", "ns/sub/mod.py", "return 1", "return 2"),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names")
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def closed(root: Path, function: str) -> Closure:
    return closure_of_task(Checkout(root), run=function, argv=(), script=None)


BEFORE: dict[str, Closure] = {}


def unedited(root: Path, function: str) -> Closure:
    if function not in BEFORE:
        BEFORE[function] = closed(root, function)
    return BEFORE[function]


def edited(root: Path, path: str, old: str, new: str, function: str) -> Closure:
    assert FILES[path].count(old) == 1, "an edit is of one place"
    (root / path).write_text(FILES[path].replace(old, new), "utf-8")
    try:
        return closed(root, function)
    finally:
        (root / path).write_text(FILES[path], "utf-8")


@pytest.mark.parametrize(("function", "path", "old", "new"), SAME)
def test_what_is_not_reached_does_not_count(
    root: Path, function: str, path: str, old: str, new: str
) -> None:
    after = edited(root, path, old, new, function)
    assert after.code.digest == unedited(root, function).code.digest


@pytest.mark.parametrize(("function", "path", "old", "new"), MOVED)
def test_what_is_reached_counts(root: Path, function: str, path: str, old: str, new: str) -> None:
    before, after = unedited(root, function), edited(root, path, old, new, function)
    assert after.code.digest != before.code.digest
    differing = {k: v.digest for k, v in after.pieces.items()} != {
        k: v.digest for k, v in before.pieces.items()
    }
    assert differing, "the pieces alone say it"
    assert path in after.code.files


def test_pieces_are_complete(root: Path) -> None:
    """All that is used is there, and all that is there is reached from the roots."""
    found = closed(root, "use:far")
    seen: set[str] = set()
    waiting = list(found.code.roots)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += found.pieces[name].uses
    assert seen == set(found.pieces)
    assert found.pieces["use:far"].uses == ("lib.impl:shown", "lib:shown", "use:s")
    assert {"lib.other:one", "lib.deep:*", "lib.impl:timed"} < seen
    assert not {"lib.impl:Row", "lib.other:two", "lib.impl"} & seen


LIVELY = [
    "print()",
    "X = open(__file__)",
    "X = [1]\nX[0] = 2",
    "for X in range(3): pass",
    "@sys.settrace\ndef x(): ...",
    "class X(Unknown): ...",
    "class X(metaclass=Unknown): ...",
    "class X:\n    Y = print()",
    "def x(a=print()): ...",
    "def x(a: print()): ...",
    "X = iter([1])",
    "X = (one for one in [1])",
    "X = Y = 1\nX += 1\nZ = X\nZ += 1",
    "def note(): Y.append(1)\nX = note()",
    "class Base:\n    def __init_subclass__(cls): Y.append(1)",
    "class Own:\n    def __init__(self): Y.append(1)\nX = Own()",
    "def note(f):\n    Y.append(f)\n    return f\n@note\ndef x(): ...",
    "assert True",
    "X = [print() for _ in range(3)]",
    "if print(): pass",
    "try:\n    print()\nfinally:\n    pass",
    "del Y[0]",
    "import sys\nsys.x = 1",
    "X = Y >> Z",
    "def len(x): Y.append(1)\nX = len([])",
    "from elsewhere import *\nX = len([])",
    "X = type('X', (Y,), {})",
    "X = type(*Y)",
    "from enum import Enum\nX = Enum('X', 'a', type=Y)",
    "class Meta(type): ...\nX = Meta('X', (Y,), {})",
    "class Base:\n    def __pydantic_init_subclass__(cls): Y.append(1)",
    *(
        f"from told import {name}\nclass X:\n    {body}"
        for name, body in (
            *(("STAMP", "s = STAMP"), ("STAMP", "s: object = STAMP"), ("STAMP", "a, b = 1, STAMP")),
            *(("STAMP", "s = 1 and STAMP"), ("STAMP", "s = [t := STAMP]"), ("ALIAS", "s = ALIAS")),
            *(("make", "s = make()"), ("HELD", "s = HELD['a']"), ("HELD", "s = HELD.get('a')")),
            *(
                ("own", "s = own.stamp"),
                ("stamped", "@stamped\n    def s(self): ..."),
                ("q", "s = q"),
            ),
            ("STAMP\nfrom dataclasses import field", "s = field(default=STAMP)"),
            ("STAMP", "class Deep:\n        s = STAMP"),
            ("STAMP as A\nB = {'a': A}", "s = B.get('a')"),
            ("STAMP as A\nB = {'a': A}", "s = B['a']"),
        )
    ),
]
TOLD = """
class Told:
    def __set_name__(self, owner, name): SEEN[owner.__name__] = owner
class Own:
    def __init__(self): self.stamp = STAMP
SEEN = {}
STAMP = Told()
ALIAS = STAMP
HELD = {"a": STAMP}
own = Own()
def make(): return STAMP
def stamped(f): return STAMP
@stamped
def q(): ...
"""
CALM = [
    "X = len([1]) + max(1, 2)",
    "X = {'a': 1}.get('a')",
    "X = ' '.join(['a'])",
    "X: list[int] = []\nX += [1]",
    "def make(a): return [a, 1]\nX = make(2)",
    "import logging\nlog = logging.getLogger(__name__)",
    "import numpy as np\nX = np.array([1])",
    "from typing import NamedTuple\nclass X(NamedTuple):\n    a: int = 1",
    "if 1 > 2:\n    X = 1\nelse:\n    X = 2",
    "try:\n    import tomllib\nexcept ImportError:\n    tomllib = None",
    "if __name__ == '__main__':\n    print()",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    print()",
    "__all__ = ['go']\n__all__ += ['x']",
    "X = 1\ndel X",
    "X = type(1)",
    "class Y:\n    a = b = 1\n    c = b\n    d, e = 1, 2",
    "LIMIT: int = 3\nWORD = ['a']\nclass X:\n    a = LIMIT\n    b: int = -LIMIT + 1\n    c = WORD",
    "from enum import Enum\nclass K(Enum):\n    A = 1\nclass X:\n    a = K.A\n    b = K.A.value",
    "from pathlib import Path\nclass X:\n    here = Path(__file__).parent\n    kind = list[int]",
    "def make(a): return [a]\nclass X:\n    a = make(1)\n    b = make\n    c = ' '.join(['a'])",
    "class Row: ...\nclass X:\n    a = Row\n    b = Row()",
    "def w(f):\n    def g(): return f()\n    return g\nclass X:\n    @w\n    def y(self): ...",
    "class X:\n    @property\n    def y(self): ...\n    @y.setter\n    def y(self, v): ...",
    "import dataclasses as d\n@d.dataclass\nclass X:\n    a: list = d.field(default_factory=list)",
]


@pytest.mark.parametrize(
    ("text", "whole"), [*((one, True) for one in LIVELY), *((one, False) for one in CALM)]
)
def test_a_module_with_effects_counts_whole(tmp_path: Path, text: str, whole: bool) -> None:
    (tmp_path / "m.py").write_text(f"{text}\ndef go(): ...\n", "utf-8")
    (tmp_path / "told.py").write_text(TOLD, "utf-8")
    assert (closed(tmp_path, "m:go").code.roots == ("m",)) is whole


UNREAD = [
    ("import importlib\ndef go(x): importlib.import_module(x)", True),
    ("import importlib as i\ndef go(x): i.import_module('a' + x)", True),
    ("from importlib import import_module as load\ndef go(x): load(x)", True),
    ("from importlib import import_module as load\ndef go(x): return map(load, x)", True),
    ("def go(x): __import__(x)", True),
    ("import runpy\ndef go(x): runpy.run_path(x)", True),
    ("import importlib.util as u\ndef go(x): u.spec_from_file_location('a', x)", True),
    ("def go(x):\n    import importlib\n    importlib.import_module(x)", True),
    ("import importlib\ndef go(x): importlib.import_module('m')", False),
    ("import importlib\ndef go(x): importlib.import_module(__name__)", False),
    ("import importlib\ndef go(x): ...\ndef other(x): importlib.import_module(x)", False),
    ("def go(x): x.import_module(x)", False),
    ("import pydoc\ndef go(x): return pydoc.locate(x)", True),
    ("def go(x): return x.locate(x)", False),
]


@pytest.mark.parametrize(("text", "unread"), UNREAD)
def test_imports_that_nobody_can_read(tmp_path: Path, text: str, unread: bool) -> None:
    (tmp_path / "m.py").write_text(text + "\n", "utf-8")
    assert bool(closed(tmp_path, "m:go").unknown) is unread


def test_deep_code_is_looked_through(tmp_path: Path) -> None:
    deep = "x = a" + ".f(x)" * 700 + "\ny = " + "1 + " * 900 + "a\ndef go(): return x, y\na = 1\n"
    (tmp_path / "m.py").write_text(deep, "utf-8")
    before = closed(tmp_path, "m:go").code.digest
    (tmp_path / "m.py").write_text(deep.replace("a = 1", "a = 2"), "utf-8")
    assert closed(tmp_path, "m:go").code.digest != before
