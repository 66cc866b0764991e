"""Every request that is sent to lakeFS is one of lakeFS's official OpenAPI, as Prism judges it."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.lakefs.openapi import DOCUMENT, Document, judge, prism
from tests.lakefs.shapes import known

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    not DOCUMENT.exists(), reason="WOMBAT_TEST_DATA names no folder with lakefs-swagger.json"
)
SHAPES: Final = known()
UNANSWERABLE: Final = {
    "createBranch": "its answer is declared as text/html alone, and lakeFS's SDK accepts JSON: "
    "Prism finds the request right, and then has no answer to give",
}
"""What Prism answers with 406, for its own reasons. It judges the request before that: what is
wrong with one is 400 all the same. The request is sent once more, accepting anything."""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with prism(tmp_path_factory.mktemp("prism")) as port:
        yield port


@pytest.fixture(scope="module")
def document() -> Document:
    return Document()


@pytest.mark.slow
def test_every_request_is_one_of_the_official_openapi(port: int, document: Document) -> None:
    """Those that any test makes Wombat send: a request of another shape fails that test."""
    assert len(SHAPES) > 20
    for shape in SHAPES:
        judged = judge(port, shape)
        if shape["kind"] in UNANSWERABLE:
            assert judged.status == 406, shape
            judged = judge(port, shape, {"accept": "*/*"})
        assert judged.well, (shape, judged)
        assert not document.undeclared(shape), shape


def _changed(kind: str, **changes: Any) -> dict[str, Any]:
    """A request of an operation, with some of it otherwise; None takes a name away."""
    shape = deepcopy(next(one for one in SHAPES if one["kind"] == kind))
    for name, value in changes.items():
        where, _, key = name.partition("__")
        if not key:
            shape[where] = value
        elif value is None:
            shape[where].pop(key.replace("_", "-") if where == "headers" else key)
        else:
            shape[where][key.replace("_", "-") if where == "headers" else key] = value
    return shape


WRONG: Final = {
    "a page too great": ("listObjects", {"query__amount": "1001"}),
    "no number": ("listBranches", {"query__amount": "many"}),
    "no truth": ("listObjects", {"query__user_metadata": "perhaps"}),
    "no path": ("statObject", {"query__path": None}),
    "no name": ("createBranch", {"body__name": None}),
    "a number for a name": ("createBranch", {"body__name": 1}),
    "no message": ("commit", {"body__message": None}),
    "metadata that is no text": ("mergeIntoBranch", {"body__metadata": {"name": 1}}),
    "one path for a list": ("deleteObjects", {"body__paths": "x"}),
    "no range": ("getObject", {"headers__range": "x"}),
    "another kind of difference": ("diffRefs", {"query__type": "four_dot"}),
    "another method": ("getCommit", {"method": "PATCH"}),
    "another path": ("getCommit", {"path": "/repositories/lake/commit/main"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_request_is_seen(port: int, what: str) -> None:
    kind, changes = WRONG[what]
    judged = judge(port, _changed(kind, **changes))
    assert not judged.well, json.dumps(_changed(kind, **changes))
    assert judged.status in (400, 404, 405, 422), judged


@pytest.mark.parametrize(
    ("kind", "changes", "name"),
    [
        ("listObjects", {"query__limit": "1"}, "limit"),
        ("statObject", {"headers__if_none_match": "*"}, "if-none-match"),
        ("createBranch", {"body__from": "main"}, "from"),
        ("uploadObject", {"headers__content_type": "text/plain"}, "text/plain"),
    ],
)
def test_a_name_that_lakefs_does_not_know_is_seen(
    document: Document, kind: str, changes: dict[str, Any], name: str
) -> None:
    assert document.undeclared(_changed(kind, **changes)) == [name]
