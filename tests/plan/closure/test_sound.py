"""Whatever changes what a function returns changes its code's digest: against running it."""

from __future__ import annotations

import importlib
import os
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from wombat.plan.closure.checkout import Checkout
from wombat.plan.closure.code import code_of_task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = ("alpha", "beta", "pack", "pack.inner", "pack.outer", "gamma", "top")
"""Each may import those before it; `pack` imports nothing of what is below it at first."""
PLAIN = (
    "{name} = {number}",
    "{name} = [{number}, {use}][1] + {number}",
    "def {name}(given=0):\n    return {number} + {use} + given",
    "def {name}():\n    {local} = {number}\n    return {local} + {use}",
    "def {name}():\n    return sum([{use} for {local} in range(2)]) + {number}",
    "class {name}:\n    size = {number}\n    def get(self):\n        return self.size + {use}",
    (
        "class {name}:\n    def __init__(self, a=1):\n        self.a = a + {number}\n"
        "    def get(self):\n        return self.a + {use}"
    ),
    "if {use} > 3:\n    {name} = {number}\nelse:\n    {name} = {use}",
    "try:\n    {name} = {use} + {number}\nexcept NameError:\n    {name} = {number}",
    "{name} = lambda: {number} + {use}",
    "{name} = {number}\n{name} += {use}",
    "{name}, other_{name} = {number}, {use}",
    "def {name}():\n    def deep():\n        return {use}\n    return deep() + {number}",
    (
        "def wrap_{name}(f):\n    def inner():\n        return f() + {number}\n    return inner\n\n"
        "@wrap_{name}\ndef {name}():\n    return {use}"
    ),
    "def {name}(given={use}):\n    return given + {number}",
    "{name} = {number}\nseen_{name} = {name} + {use}\n{name} = {number} + seen_{name}",
)
LIVELY = (
    "SHELF.append({number} + {use})\n{name} = {number}",
    "{name} = sum(SHELF) + {number}",
    "def {name}():\n    return sum(SHELF) + {use}",
    (
        "def wrap_{name}(f):\n    SHELF.append({number})\n    return f\n\n\n"
        "@wrap_{name}\ndef {name}():\n    return {use}"
    ),
    (
        "def set_{name}():\n    global {name}\n    {name} = {number} + {use}\n\n\n"
        "{name} = 1\nset_{name}()"
    ),
    "for {name} in range({number}):\n    pass",
    (
        "class Kept_{name}:\n    kinds = []\n    def __init_subclass__(cls):\n"
        "        Kept_{name}.kinds.append({number})\n\n\n"
        "class Kind_{name}(Kept_{name}):\n    pass\n\n\n"
        "{name} = len(Kept_{name}.kinds) + {use}"
    ),
    "{name} = {number}\nalias_{name} = [{name}]\nalias_{name}[0] = {use}\n{name} = alias_{name}[0]",
    "def {name}():\n    return globals()['hidden_{name}'] + {use}\n\n\nhidden_{name} = {number}",
)
EXAMPLES = 1_000 if os.environ.get("WOMBAT_SOAK") else 10
SHELF = "from shelf import SHELF\n"


@st.composite
def projects(draw: st.DrawFn, *, lively: bool) -> list[tuple[str, list[str]]]:
    """Modules with their definitions, one a text; each name occurs once in all of them."""
    made: list[tuple[str, list[str]]] = []
    known: list[tuple[str, str, str]] = []
    count = 0
    for module in MODULES:
        texts, here = [], []
        for _ in range(draw(st.integers(1, 3))):
            count += 1
            name, number = f"n{count}", draw(st.integers(1, 9))
            use = draw(_uses(module, known, here))
            shape = draw(st.sampled_from(PLAIN + LIVELY if lively else PLAIN))
            local = f"n{draw(st.integers(1, count))}"
            imports, expression = use
            local = "v" if local in expression else local
            text = shape.format(name=name, number=number, use=expression, local=local)
            texts.append(imports + text)
            here.append((name, _call(name, shape)))
        known += [(module, name, call) for name, call in here]
        made.append((module, texts))
    return made


def _call(name: str, shape: str) -> str:
    if "class {name}" in shape:
        return f"{name}().get()"
    return f"{name}()" if re.search(r"def \{name\}|lambda", shape) else name


@st.composite
def _uses(
    draw: st.DrawFn, module: str, known: list[tuple[str, str, str]], here: list[tuple[str, str]]
) -> tuple[str, str]:
    """An import, or nothing, and an expression that uses a name defined before."""
    if here and draw(st.booleans()):
        return "", draw(st.sampled_from(here))[1]
    if not known:
        return "", "1"
    source, name, call = draw(st.sampled_from(known))
    rest = call.removeprefix(name)
    ways = [
        (f"import {source} as m_{name}\n", f"m_{name}.{call}"),
        (f"import {source}\n", f"{source}.{call}"),
        (f"from {source} import {name} as r_{name}\n", f"r_{name}{rest}"),
        (f"from {source} import {name}\n", call),
        (f"from {source} import *\n", call),
        ("", f"__import__({source!r}, fromlist=['x']).{call}"),
        (f"import {source} as m_{name}\n", f"getattr(m_{name}, {name!r}){rest}"),
        (f"import {source} as m_{name}\np_{name} = m_{name}.{name}\n", f"p_{name}{rest}"),
    ]
    if module.startswith("pack.") and source.startswith("pack."):
        ways.append((f"from . import {source[5:]} as m_{name}\n", f"m_{name}.{call}"))
        ways.append((f"from .{source[5:]} import {name}\n", call))
    return draw(st.sampled_from(ways))


@contextmanager
def only_here(root: Path) -> Iterator[None]:
    """The project's modules alone, imported anew."""
    sys.path.insert(0, str(root))
    try:
        importlib.invalidate_caches()
        yield
    finally:
        sys.path.remove(str(root))
        for name in [*MODULES, "shelf"]:
            sys.modules.pop(name, None)


def result(root: Path, call: str) -> Any:
    """What the last definition comes to, or the name of what it raises; None where the modules
    can't be imported: there is no result then."""
    with only_here(root):
        try:
            module = importlib.import_module("top")
        except Exception:  # whatever it is
            return None
        try:
            return eval(f"m.{call}", {"m": module})  # ours
        except ImportError:  # where the function imports by itself
            return None
        except Exception as fault:  # whatever it is: it's the result
            return type(fault).__name__


def write(root: Path, project: list[tuple[str, list[str]]]) -> None:
    for module, texts in project:
        relative = module.replace(".", "/")
        file = root / (f"{relative}/__init__.py" if module == "pack" else f"{relative}.py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(SHELF + "\n\n" + "\n\n".join(texts) + "\n", "utf-8")
    (root / "shelf.py").write_text("SHELF = []\n", "utf-8")


def edits(project: list[tuple[str, list[str]]]) -> Iterator[tuple[str, Any]]:
    """The project with one definition's first number another one, or its definition gone."""
    for at, (module, texts) in enumerate(project):
        for number, text in enumerate(texts):
            names = re.findall(r"\b(n\d+)\b", re.split(r"\n(?=[^fi])", text)[-1])
            for new in (re.sub(r"(?<![\w])(\d)(?!\w)", "8\\1", text), "pass"):
                if new != text:
                    changed = [*texts[:number], new, *texts[number + 1 :]]
                    yield (
                        names[0] if names else "",
                        [*project[:at], (module, changed), *project[at + 1 :]],
                    )


def root_of(project: list[tuple[str, list[str]]]) -> tuple[str, str]:
    text = project[-1][1][-1]
    name = re.findall(
        r"^(?:def |class |if .*\n    |try:\n    |for |SHELF.*\n)?(n\d+)\b", text, re.MULTILINE
    )
    kind = re.search(rf"^(class|def) {name[-1]}\b|^{name[-1]} = lambda", text, re.MULTILINE)
    call = "" if kind is None else "().get()" if kind.group(1) == "class" else "()"
    return name[-1], f"{name[-1]}{call}"


@pytest.mark.slow
@pytest.mark.parametrize("lively", [False, True])
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_what_changes_the_result_changes_the_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lively: bool, data: st.DataObject
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    project = data.draw(projects(lively=lively))
    name, call = root_of(project)

    def both(one: Any) -> tuple[Any, str]:
        write(tmp_path, one)
        code = code_of_task(Checkout(tmp_path), run=f"top:{name}", argv=(), script=None)
        return result(tmp_path, call), code.digest

    before, digest = both(project)
    event(f"result {type(before).__name__}")
    for _, changed in edits(project):
        after, other = both(changed)
        event(f"result changed: {after != before}, digest changed: {other != digest}")
        assert after in (before, None) or before is None or other != digest, changed
