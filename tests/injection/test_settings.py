"""Every payload in every slot of `wombat.yml`: refused at its line, or where it belongs, verbatim.

What is verbatim stands in generated files as one value, and nothing around it changes.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.injection.payloads import PAYLOADS
from tests.injection.reading import generated, shown
from tests.injection.settings import PLACES, REFUSED, Place
from tests.injection.writing import project, quoted, write
from wombat.api.project import check
from wombat.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

pytestmark = pytest.mark.slow

PIPELINE = """\
pipeline: p
tasks:
  a: {shell: ls, outputs: {o: {type: json}}<MORE>}
  b: {shell: ls, inputs: {i: a.o}}
"""
STEP = 1 if os.environ.get("WOMBAT_SOAK") else 2
MORE = {"image": ", image: base", "compute tags": ", compute: large"}


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    project(tmp_path, {"p": PIPELINE.replace("<MORE>", MORE.get(request.param, ""))})
    if request.param in ("gitlab requirements", "gitlab include", "gitlab include, local"):
        lock(tmp_path, [*PAYLOADS.values(), PLACES[request.param].neutral])
    if request.param == "gitlab extends":
        write(tmp_path, {"a.yml": ""})
    return PLACES[request.param]


def lock(root: Path, names: Iterable[str]) -> None:
    """Files by these names, as lock files are, wherever the system allows."""
    line = f"wombat-ci==0.1.0 --hash=sha256:{'0' * 64}\n"
    for name in names:
        with contextlib.suppress(OSError, ValueError):
            if not (root / name).exists() and ".." not in name and not name.startswith("/"):
                write(root, {name: line})


def files(root: Path, place: Place, payload: str, *, whole: bool) -> dict[str, str] | None:
    """What is generated with a payload there; None where it is refused at a line of the file."""
    text = place.text.replace("<P>", quoted(payload))
    write(root, {"wombat.yml": text})
    try:
        return generated(root, whole=whole)
    except Invalid as fault:
        lines = [
            one.place.line for one in fault.diagnostics if one.place.path in ("wombat.yml", payload)
        ]
        assert lines
        assert max(lines) <= text.count("\n") + 4
        return None


def test_payloads_are_refused_at_their_line_or_stand_where_they_belong(place, tmp_path):
    """Half of them in each place, in the next one the other half, and both where none of the first
    may stand; in a soak all in all."""
    plain = files(tmp_path, place, place.neutral, whole=True)
    assert plain is not None
    first = list(PLACES.values()).index(place) % STEP
    kept = 0
    for half in (first, *(one for one in range(STEP) if one != first)):
        kept += sum(
            stands(tmp_path, place, plain, name, whole=number % 4 == 0)
            for number, name in enumerate(list(PAYLOADS)[half::STEP])
        )
        if kept or not place.verbatim:
            return
    raise AssertionError("no payload stands there at all")


def stands(root: Path, place: Place, plain: dict[str, str], name: str, *, whole: bool) -> bool:
    """Whether a payload is taken there; then it changes nothing around it."""
    payload = PAYLOADS[name]
    found = files(root, place, payload, whole=whole)
    for path, text in (found or {}).items():
        if place.verbatim:
            tree = replaced(read(plain[path]), place.neutral, payload)
            assert read(text) == tree, (name, path)
            assert comments(text) == comments(plain[path]), (name, path)
        else:
            assert shown(text, "nothing") == shown(plain[path], "nothing"), (name, path)
        assert inputs(text) <= inputs(plain[path]), (name, path)
    return found is not None


@pytest.mark.parametrize("name", REFUSED)
def test_payloads_are_refused_where_no_text_can_stand(name, tmp_path):
    project(tmp_path, {"p": PIPELINE.replace("<MORE>", "")})
    for payload, text in PAYLOADS.items():
        write(tmp_path, {"wombat.yml": REFUSED[name].replace("<P>", quoted(text))})
        errors = [one for one in check(tmp_path).diagnostics if one.severity == "error"]
        assert errors or (name, text) == ("gitlab key", "image"), payload
        assert {one.place.path for one in errors} <= {"wombat.yml"}, payload


def read(text: str) -> list[Any]:
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def comments(text: str) -> list[str]:
    lines = (shown(line.strip(), "nothing") for line in text.splitlines())
    return [line for line in lines if line.startswith("#")]


def inputs(text: str) -> set[str]:
    """What GitLab would replace, where a file begins with inputs."""
    if "\n---\n" not in text:
        return set()
    return {part.partition("]]")[0].strip() for part in text.split("$[[")[1:]}


def replaced(tree: Any, old: str, new: str) -> Any:
    """The tree with one text instead of another, where that is a whole value or a shell's word."""
    if isinstance(tree, dict):
        return {replaced(key, old, new): replaced(item, old, new) for key, item in tree.items()}
    if isinstance(tree, list):
        return [replaced(item, old, new) for item in tree]
    if isinstance(tree, str) and tree.endswith(f" -r {old}"):
        return f"{tree.removesuffix(old)}{shlex.quote(_path(new))}"
    return new if tree == old else tree


def _path(text: str) -> str:
    return "/".join(step for step in text.split("/") if step not in ("", "."))
