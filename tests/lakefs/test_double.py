from wombat.store.lakefs import objects as o
from wombat.store.lakefs import versions as v
from wombat.store.lakefs.client import Client
from wombat.store.lakefs.login import find_login


def test_first(lake):
    c = Client(lake.repository, find_login(None))
    o.write(c, "main", "a/b", b"hello", size=5, metadata={"wombat-content": "x"})
    assert o.stat(c, "main", "a/b").metadata == {"wombat-content": "x"}
    assert [x.path for x in o.listing(c, "main", "")] == ["a/b"]
    assert list(o.folders(c, "main", "")) == ["a"]
    assert o.read(c, "main", "a/b", 1, 2) == b"el"
    i = v.commit(c, "main", "m", {"k": "v"})
    assert v.commit_of(c, "main").id == i
    assert v.commit(c, "main", "m", {}) is None
    assert v.create_branch(c, "x", "main")
    assert not v.create_branch(c, "x", "main")
    o.write(c, "x", "a/b", b"hell", size=4)
    j = v.commit(c, "x", "m2", {})
    m = v.merge(c, "x", "main", "mm", {})
    assert v.merge(c, "x", "main", "mm", {}) is None
    assert next(k.id for k in v.history(c, "main", limit=2)) == m
    assert dict(v.branches(c)) == {"main": m, "x": j}
    o.delete(c, "main", ["a/b"])
    assert [x.kind for x in v.uncommitted(c, "main")] == ["removed"]
    assert v.delete_branch(c, "x")
    assert not v.delete_branch(c, "x")
