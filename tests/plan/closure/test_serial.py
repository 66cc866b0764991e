"""Code digests: what counts as a change, what is reached, and the same on every Python."""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wombat.plan.closure.serial import digest_tree, serialised

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = '''
"""What this is."""
import os
from . import helper
from .helper import LIMIT as limit


@decorated(1, key="ä")
class Model(Base, metaclass=Meta):
    """A docstring."""
    size: int = 0x10

    def fit(self, /, frame, *rest, seed: int = 3, **more) -> "Model":
        \'\'\'Another.\'\'\'
        total = sum(x ** 2 for x in frame if x is not None)
        if (n := len(rest)) > 1_000 and not seed:
            raise ValueError(f"bad {n!r:>{seed}} {total=} {{x}}" "more" f"{limit:.2f}")
        return self


async def load(path: str | None = None, b=b"\\xff", c=1e-7, d=3j, e=..., f=-0.0):
    async with open(path) as one, two() as (a, *b):
        async for x in one:
            yield await x
    try:
        pass
    except* (OSError, KeyError) as fault:
        del fault
    else:
        global STATE
    finally:
        assert path, "no"
    match path:
        case {"a": [1, *_], **rest} | Model(size=3) as found if found:
            return
        case None | True | -1:
            pass
    lambda *a, k=1, **kw: (yield)
    while True:
        break
    a[1:2, ..., ::3] = b @ c // d << e
    print(*a, **b, sep="\\N{KOALA}\\ud83d")
'''
DEEP = "A = 0x" + "f" * 9_000 + "\nB = frame" + ".filter(x)" * 700 + "\nC = " + "1 + " * 900 + "1\n"


def digest(text: str) -> str:
    return digest_tree(ast.parse(text))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("a = 1\n", "a=1 # a comment\n\n\n"),
        ("a = 16\n", "a = 0x10\n"),
        ("a = 'x'\n", 'a = "x"\n'),
        ("f(a,\n  b)\n", "f(a, b)\n"),
        ("def f():\n    return 1\n", "def f():\n    'What it does.'\n    return 1\n"),
        ("a = 1\n", "'''A module.'''\na = 1\n"),
        ("class A:\n    b = 1\n", "class A:\n    '''Doc.'''\n    b = 1\n"),
        ("a = (1)\n", "a = 1\n"),
    ],
)
def test_what_means_the_same_has_one_digest(one: str, two: str) -> None:
    assert digest(one) == digest(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("a = 1\n", "a = 2\n"),
        ("a = 1\n", "b = 1\n"),
        ("a = 1\n", "a = 1.0\n"),
        ("a = 1\n", "a = True\n"),
        ("a = 'x'\n", "a = b'x'\n"),
        ("a = 0.0\n", "a = -0.0\n"),
        ("f(a, b)\n", "f(b, a)\n"),
        ("f(a, b)\n", "f(a)(b)\n"),
        ("[[a], b]\n", "[[a, b]]\n"),
        ("a = 1\nb = 2\n", "b = 2\na = 1\n"),
        ("x and y or z\n", "x and (y or z)\n"),
        ("def f(a): return a\n", "def f(a, /): return a\n"),
        ("def f(*, a): return a\n", "def f(a): return a\n"),
        ("x = 'a'\n'b'\n", "x = 'ab'\n"),
        ("from a import b\n", "from .a import b\n"),
        ("f('a', 'bc')\n", "f('ab', 'c')\n"),
        ("def f():\n    'doc'\n", "def f():\n    b'doc'\n"),
        ("def f():\n    1\n    'x'\n", "def f():\n    1\n"),
    ],
)
def test_what_means_another_thing_has_another_digest(one: str, two: str) -> None:
    assert digest(one) != digest(two)


def test_long_numbers_and_deep_code_are_read() -> None:
    assert digest(DEEP) != digest(DEEP.replace("+ 1\n", "+ 2\n"))


FIXED = {
    SAMPLE: "acfd0af38940f2e6",
    'f"a {b!r:>{c}}{d=:{e}.{f}} {{g}}" "h"\n': "0dc2ab1b854e9ae2",
    "x = -1, 1e300, 1j, b'\\x00', ..., None, 'ä🐨'\n": "37ed1ba0612f47d5",
    "@a\ndef f(b, /, c, *d, e=1, **g): return lambda: (yield)\n": "75296060c263793b",
}
"""Code, and how its serialisation's SHA-256 began when this was written."""

PIECES = """
import sys, types, ast, json
blake3 = types.ModuleType("blake3")
blake3.blake3 = None
sys.modules["blake3"] = blake3
from wombat.plan.closure.serial import serialised
for text in json.load(sys.stdin):
    try:
        tree = ast.parse(text)
    except SyntaxError:
        print("newer")
        continue
    data = "".join(serialised(tree)).encode("utf-8", "surrogatepass")
    import hashlib
    print(hashlib.sha256(data).hexdigest())
"""


def other_pythons() -> list[Path]:
    """One interpreter for each other version that Wombat supports, where there is one."""
    found = {}
    for minor in range(11, 16):
        versions = sorted((Path.home() / ".pyenv" / "versions").glob(f"3.{minor}.*/bin/python"))
        if path := shutil.which(f"python3.{minor}"):
            versions.append(Path(path))
        if versions and minor != sys.version_info.minor:
            found[minor] = versions[0]
    return list(found.values())


def sources() -> list[str]:
    """The sample, and real code: this project's, and the standard library's of this Python."""
    files = sorted((ROOT / "wombat").rglob("*.py")) + sorted((ROOT / "pipelines").glob("*.py"))
    library = Path(ast.__file__).parent
    files += [library / name for name in ("argparse.py", "dataclasses.py", "typing.py", "enum.py")]
    return [*FIXED, "a = 0x" + "f" * 9000, *(file.read_text("utf-8") for file in files)]


@pytest.mark.slow
def test_every_python_serialises_code_alike() -> None:
    """Against what was written down, and against every other Python that is here."""
    texts = sources()
    ours = run_pieces(Path(sys.executable), texts)
    assert len(set(ours)) > 50
    assert [one[:16] for one in ours[: len(FIXED)]] == list(FIXED.values())
    for python in other_pythons():
        theirs = run_pieces(python, texts)
        # A newer Python's library may use syntax that an older one can't read.
        both = [(a, b) for a, b in zip(ours, theirs, strict=True) if b != "newer"]
        assert len(both) > len(texts) - 3
        assert [b for _, b in both] == [a for a, _ in both]


def run_pieces(python: Path, texts: list[str]) -> list[str]:
    found = subprocess.run(
        [str(python), "-c", PIECES],
        input=json.dumps(texts),
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.split()


def test_the_digest_is_of_the_serialisation() -> None:
    """The digest doesn't move by itself: this one is written down."""
    text = "".join(_pieces("def f(a: int = 1) -> str:\n    return f'{a}'\n"))
    assert text == (
        "(Module body=[1 (FunctionDef args=(arguments args=[1 (arg annotation=(Name id=<str 3 int>)"
        "arg=<str 1 a>)]defaults=[1 (Constant value=<int 1>)])body=[1 (Return value=(JoinedStr "
        "values=[1 (FormattedValue conversion=<int -1>value=(Name id=<str 1 a>))]))]"
        "name=<str 1 f>returns=(Name id=<str 3 str>))])"
    )
    assert hashlib.sha256(text.encode()).hexdigest()


def _pieces(text: str) -> list[str]:
    return list(serialised(ast.parse(text)))
