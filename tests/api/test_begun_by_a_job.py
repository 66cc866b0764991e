"""Runs that no compile job began: their first job does, as whoever started them asks for it."""

from __future__ import annotations

import pytest

from tests.api.test_outside import CODE, gitlab, there
from wombat.api.jobs import execute, publish
from wombat.api.session import open_session
from wombat.errors import UsageFault

__all__ = ["gitlab", "there"]


def load(gitlab, event, **more):
    """What the one task of a pipeline's own jobs came to, and its run's header."""
    gitlab.event(event, **more)
    (done,) = execute(gitlab.root, "shop", "load")
    assert publish(gitlab.root, "shop").outcome == "published"
    session = open_session(gitlab.root)
    return done.record, session.store.header("shop", session.surroundings.run)


def etag(header):
    (seen,) = header["sources"].values()
    return seen["etag"]


def test_a_source_that_moved_is_seen_anew_where_it_has_to_be_read(gitlab, there):
    first, _ = load(gitlab, "push")
    there.put(b"b\n", etag='"2"')
    again, header = load(gitlab, "push")
    assert (etag(header), again["reused"]["run"]) == ('"1"', "gitlab-example-com-1")
    assert "reused" not in header, "each task has a job, which looks by itself"
    assert again["outputs"]["rows"]["C"] == first["outputs"]["rows"]["C"]

    (gitlab.root / "tasks.py").write_text(CODE.replace("splitlines", "split"))
    changed, header = load(gitlab, "push")  # what was seen can't be had any more
    assert etag(header) == '"2"'
    assert "reused" not in changed


def test_what_is_to_be_made_anew_is(gitlab):
    load(gitlab, "push")
    assert "reused" in load(gitlab, "push", WOMBAT_FORCE="shop")[0], "a push asks for nothing"
    for said in ("shop", "other, shop/load", "shop/load other/task"):
        record, header = load(gitlab, "web", WOMBAT_FORCE=said)
        assert "reused" not in record
        assert header["anew"] == ["load"]
    record, header = load(gitlab, "web", WOMBAT_FORCE="shopping, other/load")
    assert "reused" in record
    assert "anew" not in header
    gitlab.event("web", WOMBAT_FORCE="shop/lode")
    with pytest.raises(UsageFault, match="has no such task") as caught:
        execute(gitlab.root, "shop", "load")
    assert caught.value.code == "unknown-task"
