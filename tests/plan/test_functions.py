"""Functions read from their syntax: what is found, and which values their annotations accept."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import pytest

from wombat.plan.closure.checkout import Checkout
from wombat.plan.functions import Argument, accepts, find_function, functions, is_output

if TYPE_CHECKING:
    from pathlib import Path

ACCEPTED: list[tuple[str, Any, bool]] = [
    ("int", 1, True), ("int", True, False), ("int", 1.0, False), ("int", "1", False),
    ("float", 1, True), ("float", 1.5, True), ("float", False, False), ("float", "x", False),
    ("bool", True, True), ("bool", 1, False), ("str", "x", True), ("str", 1, False),
    ("str", None, False), ("None", None, True), ("None", 0, False),
    ("str | None", None, True), ("str | None", 1, False), ("int | str | None", "x", True),
    ("Optional[int]", None, True), ("typing.Optional[int]", "x", False),
    ("Union[int, str]", "x", True), ("Union[int, str]", [1], False),
    ("Literal['a', 'b']", "a", True), ("Literal['a', 'b']", "c", False),
    ("Literal[1]", True, False), ("Literal[1]", 1, True), ("Literal[MODE]", "c", True),
    ("list", [1], True), ("list", {}, False), ("list[int]", [1, 2], True),
    ("list[int]", [1, "x"], False), ("list[int]", [True], False),
    ("list[list[str]]", [["a"]], True),
    ("dict", {}, True), ("dict[str, int]", {"a": 1}, True), ("dict[str, int]", [1], False),
    ("Sequence[int]", [1], True), ("Sequence[int]", 3, False), ("Mapping[str, Any]", {}, True),
    ("'int'", 1, True), ("'int'", "x", False), ("'not ( python'", 1, True),
    ("Any", object(), True), ("object", 1, True), ("pd.DataFrame", "x", True), ("Path", "x", True),
    ("Annotated[int, Gt(0)]", "x", True), ("date", "2026-11-01", True),
    ("tuple[int, ...]", [1], True),
]  # fmt: skip


def annotation(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


@pytest.mark.parametrize(("text", "value", "expected"), ACCEPTED)
def test_accepts(text: str, value: Any, expected: bool) -> None:
    assert accepts(annotation(text), value) is expected


def test_what_has_no_annotation_accepts_all() -> None:
    assert accepts(None, object())


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Output", True), ("wombat.Output", True), ("'wombat.Output'", True), ("Outputs", False)],
)
def test_outputs_to_write(text: str, expected: bool) -> None:
    assert is_output(Argument("page", annotation(text), required=True)) is expected


MODULE = """
from other import imported, far as near
import package.inner

def plain(a, b: int = 1, /, c=2, *, d, e: str = "x"): ...
async def waiting(a, **more): ...
@decorated
def wrapped(a): ...
class Callable_:
    def method(self): ...
assigned = partial(plain, 1)
annotated: object = print
if True:
    def inside(a): ...
else:
    def other(b): ...
try:
    import fast
except ImportError:
    def fast(a): ...
def twice(a): ...
def twice(b): ...
def outer():
    def hidden(): ...
def _private(): ...
"""


def signature(tmp_path: Path, name: str) -> Any:
    (tmp_path / "m.py").write_text(MODULE)
    module = Checkout(tmp_path).module("m")
    assert module is not None
    return find_function(module, name)


def test_a_signature(tmp_path: Path) -> None:
    found = signature(tmp_path, "plain")
    assert [(a.name, a.required) for a in found.arguments] == [
        *(("a", True), ("b", False), ("c", False), ("d", True), ("e", False)),
    ]
    assert (found.file, found.line, found.open) == ("m.py", 5, False)


@pytest.mark.parametrize(
    "name", ["waiting", "wrapped", "imported", "near", "package", "assigned", "annotated", "fast"]
)
def test_what_can_not_be_known_is_open(tmp_path: Path, name: str) -> None:
    found = signature(tmp_path, name)
    assert found is not None
    assert found.open or name == "fast"


@pytest.mark.parametrize("name", ["hidden", "method", "far", "nowhere"])
def test_what_is_not_at_the_top_is_not_there(tmp_path: Path, name: str) -> None:
    assert signature(tmp_path, name) is None


def test_the_last_definition_counts(tmp_path: Path) -> None:
    assert [a.name for a in signature(tmp_path, "twice").arguments] == ["b"]


def test_the_public_functions(tmp_path: Path) -> None:
    signature(tmp_path, "plain")
    module = Checkout(tmp_path).module("m")
    assert module is not None
    names = functions(module)
    assert "plain" in names
    assert "_private" not in names
    assert "hidden" not in names
