"""Lock files of each format come to the same pins, and say where they are broken."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat.plan.ir import Package
from wombat.plan.packages import pylock, requirements_txt, uv_lock
from wombat.plan.packages.lock import EVERY, Lock
from wombat.plan.packages.pins import LockFault, merged

UV = """\
version = 1
revision = 3
requires-python = ">=3.11"
resolution-markers = ["python_full_version >= '3.12'", "python_full_version < '3.12'"]

[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "https://pypi.org/simple" }
resolution-markers = ["python_full_version < '3.12'"]
wheels = [
    { url = "https://files.example/numpy-1.26.4.whl", hash = "sha256:aa", size = 1, upload-time = "2024-02-05T23:48:50Z" },
]

[[package]]
name = "numpy"
version = "2.3.0"
source = { registry = "https://pypi.org/simple" }
resolution-markers = ["python_full_version >= '3.12'"]

[[package]]
name = "Pandas"
version = "2.3.3"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "numpy", version = "1.26.4", source = { registry = "https://pypi.org/simple" }, marker = "python_full_version < '3.12'" },
    { name = "numpy", version = "2.3.0", source = { registry = "https://pypi.org/simple" }, marker = "python_full_version >= '3.12'" },
]

[package.optional-dependencies]
parquet = [
    { name = "pyarrow" },
]

[[package]]
name = "pyarrow"
version = "22.0.0"
source = { registry = "https://user:secret@pypi.example/simple" }

[[package]]
name = "tool"
version = "0.1.0"
source = { git = "https://token@git.example/tool.git?rev=main#aaaabbbbccccddddeeeeffff0000111122223333" }

[[package]]
name = "archive"
version = "3"
source = { url = "https://user:secret@files.example/archive-3-py3-none-any.whl" }
wheels = [
    { url = "https://user:secret@files.example/archive-3-py3-none-any.whl", hash = "sha256:cafe" },
]

[[package]]
name = "shop"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "pandas", extra = ["parquet"] }, { name = "tool" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]
"""  # noqa: E501  # as uv writes it

PYLOCK = """\
lock-version = "1.0"
created-by = "somebody"

[[packages]]
name = "numpy"
version = "1.26.4"
marker = "python_full_version < '3.12'"
index = "https://pypi.org/simple"
wheels = [{ url = "https://files.example/numpy.whl", hashes = { sha256 = "aa" } }]

[[packages]]
name = "numpy"
version = "2.3.0"

[[packages]]
name = "pandas"
version = "2.3.3"
dependencies = [{ name = "numpy", version = "1.26.4" }, { name = "NumPy" }]

[[packages]]
name = "tool"
version = "0.1.0"
vcs = { type = "git", url = "https://t@git.example/tool", commit-id = "aaaabbbb" }

[[packages]]
name = "archive"
archive = { url = "https://user:secret@files.example/a.zip", hashes = { sha256 = "cafe" } }

[[packages]]
name = "lib"
directory = { path = "packages/lib", editable = true }
"""

LINES = """\
--index-url https://user:secret@pypi.example/simple
Pandas[parquet,aws] == 2.3.3 \\
    --hash=sha256:aa --hash=sha256:bb   # via shop
numpy==1.26.4 ; python_version < "3.12"
numpy==2.3.0 ; python_version >= "3.12"
-e ./packages/lib
tool @ git+https://token@git.example/tool.git@aaaabbbbccccddddeeeeffff0000111122223333
archive @ https://files.example/archive-3.zip --hash=sha256:cafe
https://files.example/scipy-1.16.3-cp311-cp311-linux_x86_64.whl
-r more/models.txt
"""
MORE = "scikit_learn==1.7.2\n-c ../pins.txt\n-r models.txt\n"
PINS = "joblib>=1.4 , <2\nthreadpoolctl\n"
FILES = {"requirements.txt": LINES, "more/models.txt": MORE, "pins.txt": PINS}
COMMIT = "aaaabbbbccccddddeeeeffff0000111122223333"


def test_uv_lock() -> None:
    pins = uv_lock.parse(UV)
    assert merged(pins) == {
        "archive": Package("3+sha256:cafe"),
        "numpy": Package("1.26.4|2.3.0"),
        "pandas": Package("2.3.3", ("numpy", "pyarrow")),
        "pyarrow": Package("22.0.0"),
        "shop": Package("", ("pandas", "tool")),
        "tool": Package(f"0.1.0+{COMMIT}"),
    }
    assert {pin.name: pin.folder for pin in pins if pin.folder} == {"shop": "."}


def test_pylock() -> None:
    pins, graph = pylock.parse(PYLOCK)
    assert graph
    assert merged(pins) == {
        "archive": Package("+sha256:cafe"),
        "lib": Package(""),
        "numpy": Package("1.26.4|2.3.0"),
        "pandas": Package("2.3.3", ("numpy",)),
        "tool": Package("0.1.0+aaaabbbb"),
    }
    assert {pin.name: pin.folder for pin in pins if pin.folder} == {"lib": "packages/lib"}
    assert pylock.parse(PYLOCK.replace("dependencies = ", "# "))[1] is False


def test_requirements() -> None:
    found = requirements_txt.parse("requirements.txt", FILES.get)
    assert {name: one.version for name, one in merged(found.pins).items()} == {
        "archive": "+sha256:cafe",
        "joblib": "unpinned>=1.4,<2",
        "numpy": "1.26.4|2.3.0",
        "pandas": "2.3.3",
        "scikit-learn": "1.7.2",
        "scipy": "1.16.3",
        "threadpoolctl": "unpinned",
        "tool": f"+{COMMIT}",
    }
    assert found.unpinned == [
        ("joblib>=1.4 , <2", "pins.txt", 1),
        ("threadpoolctl", "pins.txt", 2),
    ]


def test_no_address_is_told() -> None:
    """It may hold a password."""
    for text in (UV, PYLOCK):
        said = text.replace("hash", "hush").replace("commit-id", "subdirectory")
        pins = uv_lock.parse(said) if text is UV else pylock.parse(said)[0]
        assert not [pin for pin in pins if "example" in pin.version or "secret" in pin.version]
    line = "tool @ git+https://secret@git.example/tool@main"
    (pin,) = requirements_txt.parse("r.txt", {"r.txt": line}.get).pins
    assert "example" not in pin.version
    (other,) = requirements_txt.parse("r.txt", {"r.txt": line.replace("main", "next")}.get).pins
    assert other.version != pin.version


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
@settings(max_examples=30)
@given(lines=st.permutations(LINES.replace(" \\\n    ", " ").splitlines()), bare=st.booleans())
def test_order_hashes_and_comments_dont_count(ending: str, lines: list[str], *, bare: bool) -> None:
    kept = [line.split(" --hash")[0] if bare and "==" in line else f"{line}  # x" for line in lines]
    files = {**FILES, "requirements.txt": ending.join(["# all", "", *kept])}
    found = requirements_txt.parse("requirements.txt", files.get)
    assert merged(found.pins) == merged(requirements_txt.parse("requirements.txt", FILES.get).pins)


FORMS = {
    "uv": uv_lock.parse,
    "pylock": pylock.parse,
    "lines": lambda text: requirements_txt.parse("r.txt", {"r.txt": text}.get),
}

BROKEN = {
    "uv": {
        "version = 2\n": ("version 2", 1),
        "x = 1": ("version None", 1),
        "version = 1\n[[package]]\n": ("no name", 2),
        'version = 1\n\n[[package]]\nname = "a"\n[[package]]\nname = 3\n': ("no name", 5),
        'version = 1\n[[package]]\nname = "a b"\n': ("no name", 2),
        'version = 1\npackage = "a"\n': ("list of tables", 1),
        "version = 1\npackage = [1]\n": ("no table", 1),
        'version = 1\n[[package]]\nname = "a"\nversion = 3\n': ("'version' of a", 2),
        'version = 1\n[[package]]\nname = "a"\nsource = "x"\n': ("'source' of a", 2),
        'version = 1\n[[package]]\nname = "a"\ndependencies = ["b"]\n': ("'dependencies' of a", 2),
        'version = 1\n[[package]]\nname = "a"\ndependencies = [{x = 1}]\n': ("no name", 2),
        'version = 1\nx = "': ("valid TOML", 2),
        "version = 1\nx = " + "[" * 5000: ("valid TOML", 1),
    },
    "pylock": {
        "x = 1": ("lock-version None", 1),
        'lock-version = "2.0"': ("lock-version '2.0'", 1),
        'lock-version = "1.0"\n[[packages]]\nname = "a"\nvcs = 1\n': ("'vcs' of a", 2),
        'lock-version = "1.0"\n[[packages]]\nname = "a"\nwheels = [1]\n': ("'wheels' of a", 2),
    },
    "lines": {
        "a==1\n\nname: shop\n": ("'name: shop'", 3),
        "<<<<<<< HEAD\n": ("is no requirement", 1),
        "a==1 b==2": ("is no requirement", 1),
        "# x\n-r other.txt": ("'other.txt', which isn't there", 2),
        "-r ../other.txt": ("leads out", 1),
        "-r https://a.example/b.txt": ("leads out", 1),
    },
}
CASES = [(form, text) for form, cases in BROKEN.items() for text in cases]


@pytest.mark.parametrize(("form", "text"), CASES)
def test_what_is_broken_says_where(form: str, text: str) -> None:
    said, line = BROKEN[form][text]
    with pytest.raises(LockFault) as caught:
        FORMS[form](text)
    assert said in str(caught.value)
    assert caught.value.line == line


NAMES = [f"p{number}" for number in range(8)]


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(NAMES),
        st.lists(st.tuples(st.integers(1, 3), st.lists(st.sampled_from(NAMES))), min_size=1),
    ),
    st.data(),
)
def test_what_is_reached(
    graph: dict[str, list[tuple[int, list[str]]]], data: st.DataObject
) -> None:
    """From a file that says a graph, circles and variants too, against the plainest way."""
    text = "version = 1\n"
    for name, variants in graph.items():
        for version, uses in variants:
            depends = ", ".join(f'{{ name = "{one}" }}' for one in uses)
            text += f'[[package]]\nname = "{name}"\nversion = "{version}"\n'
            text += f'source = {{ registry = "x" }}\ndependencies = [{depends}]\n'
    lock = Lock("uv.lock", merged(uv_lock.parse(text)), graph=True)
    starts = data.draw(st.sets(st.sampled_from(sorted(graph)))) if graph else set()
    wanted = set(starts)
    for _ in NAMES:
        wanted |= {u for n in wanted for _, uses in graph[n] for u in uses if u in graph}
    found = lock.reached(starts)
    assert list(found) == sorted(wanted)
    for name in wanted:
        assert found[name].version.split("|") == sorted({str(v) for v, _ in graph[name]})
    assert set(lock.reached([EVERY])) == {EVERY, *graph}


@given(st.text("version=1 []{}\n\"',#nameackgpsourcd.é\0", max_size=60))
def test_nothing_else_is_raised(text: str) -> None:
    for parse in FORMS.values():
        with contextlib.suppress(LockFault):
            parse(f"version = 1\nlock-version = '1.0'\n{text}")
